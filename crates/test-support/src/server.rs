//! A `moss-server` process whose life the test controls.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::server::{REGISTRATION_TOKEN, binary};

/// Longest wait for a server to listen, or to end when it should.
const PATIENCE: Duration = Duration::from_secs(30);

/// Writes a `config.yaml` that needs no set-up.
pub fn configure(folder: &Path, database: &str) {
    let config = format!(
        "agent:\n  registration_token: \"{REGISTRATION_TOKEN}\"\nserver:\n  port: 0\n\
         database:\n  path: \"{database}\"\nsetup:\n  initialized: true\n",
    );
    std::fs::write(folder.join("config.yaml"), config).unwrap();
}

/// How to start a server.
pub struct Launch {
    command: Command,
}

impl Launch {
    /// `moss-server serve` on the folder's `config.yaml`, with nothing in the environment but a
    /// free port.
    pub fn new(folder: &Path) -> Self {
        Self::command(folder, &["serve"])
    }

    /// Any `moss-server` command, run in a folder.
    pub fn command(folder: &Path, args: &[&str]) -> Self {
        Self::with(Command::new(binary()), folder, args)
    }

    /// [`Self::new`] at the end of a shell script, which runs first and must end in `exec "$@"`.
    pub fn after(mut shell: Command, script: &str, folder: &Path) -> Self {
        shell.args(["sh", "-c", script, "sh"]).arg(binary());
        Self::with(shell, folder, &["serve"])
    }

    fn with(mut command: Command, folder: &Path, args: &[&str]) -> Self {
        command.args(args).current_dir(folder);
        command.env_clear().env("MOSS_SERVER__PORT", "0");
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self { command }
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it and waits until it listens.
    pub fn start(self) -> Process {
        self.try_start().unwrap_or_else(|ended| panic!("the server did not start\n{ended}"))
    }

    /// Runs it to its end: for commands, and for servers that refuse to start.
    pub fn ends(self) -> Ended {
        match self.try_start() {
            Ok(process) => panic!("the server started\n{}", process.stdout()),
            Err(ended) => ended,
        }
    }

    /// Starts it, and waits until it either listens or has ended.
    pub fn try_start(mut self) -> Result<Process, Ended> {
        let mut child = self.command.spawn().unwrap();
        let (found, listening) = mpsc::channel();
        let stdout = Output::follow(child.stdout.take().unwrap(), Some(found));
        let stderr = Output::follow(child.stderr.take().unwrap(), None);
        let mut process = Process { child, url: String::new(), stdout, stderr };
        // The channel closes when standard output does: a server that ends is not waited for.
        match listening.recv_timeout(PATIENCE) {
            Ok(url) => {
                process.url = url;
                Ok(process)
            }
            Err(_) => Err(process.ended()),
        }
    }
}

/// A running server; killed when dropped.
pub struct Process {
    child: Child,
    url: String,
    stdout: Output,
    stderr: Output,
}

impl Process {
    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn stdout(&self) -> String {
        self.stdout.so_far()
    }

    pub fn stderr(&self) -> String {
        self.stderr.so_far()
    }

    /// A field of `/proc/PID/status` in KiB, such as `VmRSS`, or `VmHWM` for the most it ever was.
    pub fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// SIGTERM, and how it ends then.
    pub fn terminate(mut self) -> Ended {
        self.signal(Signal::SIGTERM);
        self.ended()
    }

    /// SIGKILL. It is gone when this returns, and so is its lock.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.ended();
    }

    /// How it ends, when something has made it end.
    pub fn wait(mut self) -> Ended {
        self.ended()
    }

    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        kill(Pid::from_raw(id), signal).unwrap();
    }

    fn ended(&mut self) -> Ended {
        let since = Instant::now();
        let status = loop {
            match self.child.try_wait().unwrap() {
                Some(status) => break status,
                None if since.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(1)),
                None => panic!("the server does not end\n{}{}", self.stdout(), self.stderr()),
            }
        };
        let took = since.elapsed();
        Ended { status, took, stdout: self.stdout.all(), stderr: self.stderr.all() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a server ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// From the signal, or from when it closed its standard output.
    pub took: Duration,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// Fails the test unless it ended with this code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.status.code(), Some(code), "{self}");
        self
    }

    /// Fails the test unless it ended with 1 and one line of error; answers the line.
    #[track_caller]
    pub fn refuses(self) -> String {
        let ended = self.exits(1);
        let mut lines = ended.stderr.lines();
        match (lines.next(), lines.next()) {
            (Some(line), None) if line.starts_with("error: ") => line.to_owned(),
            _ => panic!("not one line of error\n{ended}"),
        }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { status, took, stdout, stderr } = self;
        write!(f, "{status} after {took:?}\n--stdout\n{stdout}\n--stderr\n{stderr}")
    }
}

/// A pipe, read to its end on a thread of its own.
struct Output {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Output {
    /// Keeps every line, and tells `found` the first address the server says it listens on.
    fn follow(pipe: impl Read + Send + 'static, found: Option<mpsc::Sender<String>>) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let kept = text.clone();
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let url = line.split_once(" listening on ").map(|(_, url)| url.to_owned());
                let mut text = kept.lock().unwrap();
                text.push_str(&line);
                text.push('\n');
                drop(text);
                if let (Some(found), Some(url)) = (&found, url) {
                    let _ = found.send(url);
                }
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.so_far()
    }
}
