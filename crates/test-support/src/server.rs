//! The real `moss-server`: a process whose life the test controls, on a free port of loopback.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::{NamedTempFile, TempDir};

use crate::database::Place;
use crate::needs::PATH;
use crate::program;

/// What agents register with.
pub const REGISTRATION_TOKEN: &str = "test-registration-token";
/// What the admin logs in with.
pub const ADMIN_PASSWORD: &str = "test-admin-password";

/// Longest wait for a server to listen, or to end when it should.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a starting or ending server is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// What a `config.yaml` says, so that the server needs no set-up, and that no agent asks too much: tests
/// ask more in a second than agents do in an hour.
pub struct Config<'a> {
    pub project: &'a str,
    pub registration_token: &'a str,
    /// None, and nobody can log in.
    pub admin_password: Option<&'a str>,
    /// The file of SQLite, beside the `config.yaml` unless absolute; otherwise a new one of the
    /// kind the tests are asked to run on.
    pub database: Option<&'a str>,
}

impl Default for Config<'_> {
    fn default() -> Self {
        Self {
            project: "Contract",
            registration_token: REGISTRATION_TOKEN,
            admin_password: None,
            database: None,
        }
    }
}

/// A password or token of nobody else's.
pub fn secret() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

impl Config<'_> {
    /// Writes it into a folder, whose `workspace` is the agents'. Answers where the database is.
    pub fn write(&self, folder: &Path) -> Place {
        let place = match self.database {
            Some(path) => Place::File(path.into()),
            None => Place::new(folder),
        };
        let admin =
            self.admin_password.map(|password| format!("admin:\n  password: {password:?}\n"));
        let config = format!(
            "project:\n  name: {:?}\n{}\
             agent:\n  registration_token: {:?}\n  allow_registration: true\n\
             server:\n  host: 127.0.0.1\n  port: 0\n\
             limits:\n  per_key: 0\n\
             {}\
             workspace:\n  root: {:?}\n\
             setup:\n  initialized: true\n",
            self.project,
            admin.unwrap_or_default(),
            self.registration_token,
            place.section(folder),
            folder.join("workspace"),
        );
        fs::write(folder.join("config.yaml"), config).unwrap();
        place
    }
}

/// Writes a `config.yaml` that needs no set-up and names this file of SQLite.
pub fn configure(folder: &Path, database: &str) {
    Config { database: Some(database), ..Config::default() }.write(folder);
}

/// How to start a server.
pub struct Launch {
    command: Command,
    /// In the place of the file its standard error is kept in.
    stderr: Option<Stdio>,
}

impl Launch {
    /// `moss-server serve` on the folder's `config.yaml`, with nothing in the environment but a
    /// free port.
    pub fn new(folder: &Path) -> Self {
        Self::command(folder, &["serve"])
    }

    /// Any `moss-server` command, run in a folder.
    pub fn command(folder: &Path, args: &[&str]) -> Self {
        Self::with(Command::new(program::moss_server()), folder, args)
    }

    /// [`Self::new`] at the end of a shell script, which runs first and must end in `exec "$@"`.
    pub fn after(mut shell: Command, script: &str, folder: &Path) -> Self {
        shell.args(["sh", "-c", script, "sh"]).arg(program::moss_server());
        Self::with(shell, folder, &["serve"])
    }

    /// These arguments at the end of any command, run in a folder.
    pub fn with(mut command: Command, folder: &Path, args: &[&str]) -> Self {
        command.args(args).current_dir(folder);
        command.env_clear().env("MOSS_SERVER__PORT", "0").env("PATH", PATH);
        command.stdin(Stdio::null());
        Self { command, stderr: None }
    }

    /// Its standard error is this, and nothing of it is kept.
    #[must_use]
    pub fn stderr(mut self, stderr: impl Into<Stdio>) -> Self {
        self.stderr = Some(stderr.into());
        self
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
        // Files and not pipes: a server that outlives the test must not lose its reader.
        let (stdout, stderr) = (NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap());
        let heard = self.stderr.take().unwrap_or_else(|| stderr.reopen().unwrap().into());
        self.command.stdout(stdout.reopen().unwrap()).stderr(heard);
        let since = Instant::now();
        let child = self.command.spawn().unwrap_or_else(|e| panic!("{:?}: {e}", self.command));
        let mut process = Process { child: Some(child), url: String::new(), stdout, stderr };
        loop {
            let ended = process.child().try_wait().unwrap();
            if let Some(url) = listening_on(&process.stdout()) {
                process.url = url;
                return Ok(process);
            }
            match ended {
                Some(status) => return Err(process.end(status, since)),
                None => assert!(since.elapsed() < PATIENCE, "no address\n{}", process.output()),
            }
            sleep(LOOK);
        }
    }
}

/// The first address a server says it listens on, when the line is whole.
fn listening_on(said: &str) -> Option<String> {
    let mut lines = said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    lines.find_map(|line| line.split_once(" listening on ").map(|(_, url)| url.to_owned()))
}

/// A running server; killed when dropped.
pub struct Process {
    /// None once it is left to itself.
    child: Option<Child>,
    url: String,
    stdout: NamedTempFile,
    stderr: NamedTempFile,
}

impl Process {
    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        self.url.rsplit("/").next().unwrap_or_default()
    }

    pub fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub fn stdout(&self) -> String {
        read(&self.stdout)
    }

    pub fn stderr(&self) -> String {
        read(&self.stderr)
    }

    /// The token of the one-time set-up link it prints, once it has printed it.
    pub fn setup_token(&self) -> String {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            let stdout = self.stdout();
            if let Some((_, token)) = stdout.split_once("/setup#") {
                return token.lines().next().unwrap().to_owned();
            }
            assert!(Instant::now() < end, "no link: {stdout}");
            sleep(Duration::from_millis(1));
        }
    }

    /// Everything it has printed so far.
    pub fn output(&self) -> String {
        self.stdout() + &self.stderr()
    }

    /// A field of `/proc/PID/status` in KiB, such as `VmRSS`, or `VmHWM` for the most it ever was.
    pub fn memory(&self, field: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// SIGTERM, and how it ends then.
    pub fn terminate(self) -> Ended {
        self.signal(Signal::SIGTERM);
        self.wait()
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

    /// Leaves it running.
    pub fn keep(mut self) {
        self.child = None;
    }

    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id()).unwrap();
        kill(Pid::from_raw(id), signal).unwrap();
    }

    fn child(&mut self) -> &mut Child {
        self.child.as_mut().unwrap()
    }

    fn ended(&mut self) -> Ended {
        let since = Instant::now();
        loop {
            match self.child().try_wait().unwrap() {
                Some(status) => return self.end(status, since),
                None if since.elapsed() < PATIENCE => sleep(LOOK),
                None => panic!("the server does not end\n{}", self.output()),
            }
        }
    }

    fn end(&self, status: ExitStatus, since: Instant) -> Ended {
        Ended { status, took: since.elapsed(), stdout: self.stdout(), stderr: self.stderr() }
    }
}

fn read(file: &NamedTempFile) -> String {
    String::from_utf8_lossy(&fs::read(file.path()).unwrap()).into_owned()
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// How a server ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// From the signal, or from its start when it never listened.
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

/// A server in a folder of its own, set up and empty.
pub struct Server {
    process: Process,
    folder: TempDir,
}

impl Server {
    pub fn start() -> Self {
        let folder = TempDir::new().unwrap();
        Config { admin_password: Some(ADMIN_PASSWORD), ..Config::default() }.write(folder.path());
        // Verdicts stand side by side here: nothing is to come of how many there were.
        let launch = Launch::new(folder.path()).env("MOSS_RECOVERY__REWORK_ROUNDS", "100");
        Self { process: launch.start(), folder }
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        self.process.url()
    }

    /// Holds `config.yaml`, the database and the workspace.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Everything it has printed so far.
    pub fn log(&self) -> String {
        self.process.output()
    }
}

#[cfg(test)]
mod tests {
    use super::listening_on;

    #[test]
    fn the_address_is_taken_only_when_it_is_whole() {
        assert_eq!(listening_on("moss-server listening on http://127.0.0.1:43"), None);
        let whole = "moss-server listening on http://127.0.0.1:4321\nmore";
        assert_eq!(listening_on(whole), Some("http://127.0.0.1:4321".into()));
    }
}
