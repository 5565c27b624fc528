//! `cargo demo` that is not let finish: whatever ends it, its server is down and its folder is gone.
//!
//! Played with stand-ins for cargo and for both programs, so that nothing has to be built.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::fs::Permissions;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// Names the two others as what it built.
const CARGO: &str = r#"
for name in moss moss-server; do
  echo "{\"target\":{\"name\":\"$name\"},\"executable\":\"${0%/*}/$name\"}"
done
"#;
/// Builds for a while, and not to the end.
const SLOW_CARGO: &str = "sleep 5; exit 1";
const SERVER: &str = r#"
echo $$ >"${0%/*}/pid"
echo "moss-server listening on http://127.0.0.1:65535"
exec sleep 600
"#;
/// Every command is answered soon.
const MOSS: &str = "sleep 0.2; echo wu pat";
/// No command is answered.
const SLOW_MOSS: &str = "exec sleep 10";

/// A demo that has begun.
struct Demo {
    child: Child,
    stdout: Option<BufReader<ChildStdout>>,
    stand_ins: TempDir,
    temporary: TempDir,
}

impl Demo {
    fn begin(cargo: &str, moss: &str) -> Self {
        let (stand_ins, temporary) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for (name, script) in [("cargo", cargo), ("moss", moss), ("moss-server", SERVER)] {
            let path = stand_ins.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("demo")
            .env("CARGO", stand_ins.path().join("cargo"))
            .env("TMPDIR", temporary.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = Some(BufReader::new(child.stdout.take().unwrap()));
        Self { child, stdout, stand_ins, temporary }
    }

    /// Waits for a line with this in it.
    fn says(&mut self, text: &str) {
        let lines = self.stdout.as_mut().unwrap().by_ref().lines();
        let said: Vec<_> = lines.map_while(Result::ok).take_while(|l| !l.contains(text)).collect();
        assert!(self.is_running(), "it did not say {text:?}, but: {said:#?}");
    }

    fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What it said on its standard error, once it has ended and left nothing behind.
    fn ends_cleanly(mut self) -> String {
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(1), "{said}");
        assert_eq!(kill(server(self.stand_ins.path()), None), Err(Errno::ESRCH), "{said}");
        let left: Vec<_> = std::fs::read_dir(self.temporary.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?} is left: {said}");
        said
    }
}

fn server(stand_ins: &Path) -> Pid {
    let pid = std::fs::read_to_string(stand_ins.join("pid")).unwrap();
    Pid::from_raw(pid.trim().parse().unwrap())
}

#[test]
fn a_signal_ends_it_cleanly() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let mut demo = Demo::begin(CARGO, SLOW_MOSS);
        demo.says("moss-server at http://");
        kill(Pid::from_raw(demo.child.id().try_into().unwrap()), signal).unwrap();
        let said = demo.ends_cleanly();
        assert!(said.contains("error: the demo was interrupted"), "{signal}: {said}");
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_cleanly() {
    let mut demo = Demo::begin(CARGO, MOSS);
    demo.says("moss-server at http://");
    drop(demo.stdout.take());
    let said = demo.ends_cleanly();
    assert!(said.contains("error: the demo was interrupted"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn it_says_what_it_does_before_it_builds() {
    let mut demo = Demo::begin(SLOW_CARGO, MOSS);
    demo.says("The moss demo");
    demo.says("are built");
    demo.child.kill().unwrap();
    demo.child.wait().unwrap();
}
