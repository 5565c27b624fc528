//! Programs, run with limits: nothing on their standard input but what is given, time that ends,
//! output that is cut; and for programs of others, no key of ours in their environment.

use std::io::{ErrorKind, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use moss_api::Exit;

use crate::error::{Error, Result};
use crate::system::shell::quoted;

/// Most of each output that is kept, in bytes.
const MAX_OUTPUT: usize = 4 * 1024 * 1024;
const PAUSE: Duration = Duration::from_millis(20);
/// How long output may still arrive after its writer has ended.
const LINGER: Duration = Duration::from_secs(1);

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed; what is not UTF-8 in it is replaced, and [`Self::is_whole`] says so.
    pub stdout: String,
    /// Whether `stdout` is all of what was printed, as it was printed.
    pub is_whole: bool,
    /// What it complained of.
    pub stderr: String,
}

impl Ended {
    /// Whether it says it succeeded.
    pub fn is_good(&self) -> bool {
        self.code == Some(0)
    }

    /// The last lines it left, for an error message.
    pub fn last_words(&self) -> String {
        let said = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let mut lines: Vec<_> = said.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
        let from = lines.len().saturating_sub(4);
        moss_api::clip(&lines.split_off(from).join("; "), 600)
    }

    /// What to tell when it failed.
    pub fn failure(&self, exit: Exit, command: &str) -> Error {
        let how =
            self.code.map_or("by a signal".to_owned(), |code| format!("with exit code {code}"));
        Error::new(
            exit,
            "host_failed",
            format!("'{command}' ended {how}: {}", moss_api::quoted(&self.last_words())),
        )
    }
}

/// The command line, as a shell reads it back.
pub fn line(argv: &[String]) -> String {
    argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// Runs a program to its end.
///
/// # Errors
/// When there is none of this name, it cannot be started, or it takes longer than `limit`.
pub fn run(argv: &[String], stdin: Option<&str>, limit: Duration) -> Result<Ended> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(Error::local("there is no command to run"));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("MOSS_") {
            command.env_remove(name);
        }
    }
    finish(&mut command, stdin, limit).map_err(|failed| match failed {
        Failed::NotStarted(e) if e.kind() == ErrorKind::NotFound => {
            Error::new(Exit::NotFound, "no_program", format!("there is no '{program}' on PATH"))
        }
        Failed::NotStarted(e) => Error::local(format!("cannot run {program}: {e}")),
        Failed::Hangs => {
            let (command, limit) = (line(argv), limit.as_secs_f32());
            Error::new(
                Exit::Unreachable,
                "host_hangs",
                format!("'{command}' did not end within {limit} s and was stopped"),
            )
        }
    })
}

/// Why a program came to no end of its own.
#[derive(Debug)]
pub enum Failed {
    /// It cannot be started.
    NotStarted(std::io::Error),
    /// It took too long, and was stopped with all it had started.
    Hangs,
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started, or takes longer than `limit`.
pub fn finish(
    command: &mut Command,
    stdin: Option<&str>,
    limit: Duration,
) -> Result<Ended, Failed> {
    command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0); // to end all of it
    let mut child = command.spawn().map_err(Failed::NotStarted)?;
    let (stdout, stderr) = (drain(child.stdout.take()), drain(child.stderr.take()));
    if let (Some(text), Some(mut pipe)) = (stdin, child.stdin.take()) {
        let text = text.to_owned();
        thread::spawn(move || pipe.write_all(text.as_bytes()));
    }
    let status = wait(&mut child, limit).ok_or(Failed::Hangs)?;
    let (stdout, is_whole) = stdout.text();
    Ok(Ended { code: status.code(), stdout, is_whole, stderr: stderr.text().0 })
}

/// What a program prints, while it prints it.
struct Output {
    kept: Arc<Mutex<Vec<u8>>>,
    ended: Receiver<()>,
}

impl Output {
    /// All of it; what some daemon that it left behind may still print is not waited for.
    /// And whether that is really all of it.
    fn text(self) -> (String, bool) {
        let has_ended = self.ended.recv_timeout(LINGER).is_ok();
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_whole = has_ended && kept.len() < MAX_OUTPUT && std::str::from_utf8(&kept).is_ok();
        (String::from_utf8_lossy(&kept).into_owned(), is_whole)
    }
}

/// Reads to the end on a thread of its own, keeping what fits.
fn drain(pipe: Option<impl Read + Send + 'static>) -> Output {
    let (end, ended) = channel();
    let output = Output { kept: Arc::default(), ended };
    if let Some(mut pipe) = pipe {
        let kept = Arc::clone(&output.kept);
        thread::spawn(move || {
            let mut chunk = vec![0; 16 * 1024];
            while let Ok(n @ 1..) = pipe.read(&mut chunk) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = MAX_OUTPUT.saturating_sub(kept.len()).min(n);
                kept.extend_from_slice(chunk.get(..room).unwrap_or_default());
            }
            let _ = end.send(());
        });
    }
    output
}

fn wait(child: &mut Child, limit: Duration) -> Option<std::process::ExitStatus> {
    let end = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(PAUSE),
            Ok(None) | Err(_) => break,
        }
    }
    // It and all it started: a wrapper that is killed alone leaves the real program running.
    #[cfg(unix)]
    if let Some(group) = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}
