//! The real `moss`, run the way an agent's host runs it: no terminal, an empty environment, a
//! workspace folder of its own.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::program;

const PATIENCE: Duration = Duration::from_secs(120);

/// One agent's workspace, which is also its home.
pub struct Workspace {
    folder: TempDir,
    env: Vec<(String, String)>,
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

impl Workspace {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), env: vec![] }
    }

    /// Sets a variable for every command run here.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the workspace.
    pub fn write(&self, name: &str, content: &str) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    /// Runs `moss` with these arguments.
    pub fn moss<const N: usize>(&self, args: [&str; N]) -> Ran {
        self.moss_with_input(&args, "")
    }

    pub fn moss_with_input(&self, args: &[&str], input: &str) -> Ran {
        let mut command = Command::new(program::moss());
        command.args(args);
        self.run(command, input)
    }

    /// Runs a command line the way a model does that copies it from a packet.
    pub fn shell(&self, line: &str) -> Ran {
        let mut command = Command::new("sh");
        command.args(["-c", line]);
        self.run(command, "")
    }

    fn run(&self, mut command: Command, input: &str) -> Ran {
        command.current_dir(self.folder.path()).env_clear();
        command.env("HOME", self.folder.path()).env("PATH", program::path_with_moss());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        run(command, input)
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    /// What it was, as it was typed.
    pub line: String,
    /// Exit code; -1 for a signal.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Starts a command whose input and output are pipes.
pub fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

/// Runs a command to its end with this text as its input.
pub fn run(mut command: Command, input: &str) -> Ran {
    let mut child = start(&mut command);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A command that reads no input may be gone already, and a shell that has found something
    // wrong reads no further.
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let ran = finish(child, &line(&command));
    let _ = writer.join();
    ran
}

/// How a command ends that was [started](start). It gets no more input; a pipe somebody else has
/// taken counts as empty.
pub fn finish(mut child: Child, line: &str) -> Ran {
    drop(child.stdin.take());
    let stdout = child.stdout.take().map(drain);
    let stderr = child.stderr.take().map(drain);
    let end = Instant::now() + PATIENCE;
    let late = |child: &mut Child| -> ! {
        let _ = child.kill();
        let _ = child.wait();
        panic!("{line} did not end within {PATIENCE:?}");
    };
    let mut text = |pipe: Option<Receiver<String>>| {
        let left = end.saturating_duration_since(Instant::now());
        let text = pipe.map_or_else(|| Ok(String::new()), |pipe| pipe.recv_timeout(left));
        text.unwrap_or_else(|_| late(&mut child))
    };
    let (stdout, stderr) = (text(stdout), text(stderr));
    // Its pipes are closed: nearly always it has ended, too.
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() < end => std::thread::sleep(Duration::from_micros(100)),
            None => late(&mut child),
        }
    };
    Ran { line: line.to_owned(), code: status.code().unwrap_or(-1), stdout, stderr }
}

/// A command as it would be typed.
fn line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// What comes out of a pipe until its end.
fn drain(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = vec![];
        let _ = pipe.read_to_end(&mut bytes);
        let _ = send.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receive
}

impl Ran {
    /// Fails the test unless it ended with this code; shows everything when it did not.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Fails the test unless stdout is this.
    #[track_caller]
    pub fn prints(self, stdout: &str) -> Self {
        assert_eq!(self.stdout, stdout, "{self}");
        self
    }

    /// Fails the test unless stdout contains this.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "stdout lacks {text:?}\n{self}");
        self
    }

    /// Fails the test if stdout contains this.
    #[track_caller]
    pub fn keeps_quiet_about(self, text: &str) -> Self {
        assert!(!self.stdout.contains(text), "stdout has {text:?}\n{self}");
        self
    }

    /// Standard output as JSON, after a success.
    #[track_caller]
    pub fn json(self) -> Value {
        let ran = self.exits(0);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|e| panic!("{e}\n{ran}"))
    }

    /// Fails the test unless stderr contains this.
    #[track_caller]
    pub fn complains(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "stderr lacks {text:?}\n{self}");
        self
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, code, stdout, stderr } = self;
        write!(f, "{line}\nexit {code}\n--stdout\n{stdout}\n--stderr\n{stderr}")
    }
}
