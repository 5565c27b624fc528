//! The real `moss-server` on a database of the tests' cluster: a process that can be killed.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for a server to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; killed when dropped.
pub struct Process {
    child: Child,
    folder: tempfile::TempDir,
}

impl Process {
    /// Starts one whose file names this database and says this besides, and waits until it listens.
    pub fn start(database: &str, besides: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("server: {{port: 0}}\ndatabase: {{url: '{database}'}}\n{besides}");
        fs::write(folder.path().join("config.yaml"), text).unwrap();
        let child = command(folder.path(), "serve").spawn().unwrap();
        let process = Self { child, folder };
        process.is_up();
        process
    }

    /// Starts it again, after it was killed, with the same file.
    pub fn again(&mut self) {
        self.kill();
        fs::remove_file(self.folder.path().join("said")).unwrap();
        self.child = command(self.folder.path(), "serve").spawn().unwrap();
        self.is_up();
    }

    fn is_up(&self) {
        let since = Instant::now();
        while !self.said().contains(" listening on ") {
            assert!(since.elapsed() < PATIENCE, "no address: {}", self.said());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// All it has said.
    pub fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap()
    }

    /// The word after this in what it has said, once it is there.
    pub fn word_after(&self, beginning: &str) -> String {
        let since = Instant::now();
        loop {
            let said = self.said();
            let rest = said.split_once(beginning).map_or("", |(_, rest)| rest);
            if let Some((word, _)) = rest.split_once(['\n', ' ']) {
                return word.to_owned();
            }
            assert!(since.elapsed() < PATIENCE, "no {beginning}: {said}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// What another command says about the same file.
    pub fn command(&self, name: &str) -> String {
        let output = command(self.folder.path(), name).stdout(Stdio::piped()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// A request over the network: status and body.
    pub fn ask(&self, head: &str, body: &str) -> (u16, String) {
        let address = self.word_after(" listening on http://");
        let mut stream = TcpStream::connect(&address).unwrap();
        let (method, rest) = head.split_once(' ').unwrap();
        let (path, headers) = rest.split_once('\n').unwrap_or((rest, ""));
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL. It is gone when this returns.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(folder: &Path, name: &str) -> Command {
    let said = || {
        let said = fs::File::options().append(true).create(true).open(folder.join("said"));
        Stdio::from(said.unwrap())
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_moss-server"));
    command.arg(name).current_dir(folder).env_clear();
    command.stdin(Stdio::null()).stdout(said()).stderr(said());
    command
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
