//! What is measured and what it is measured with, built as they are shipped.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::workspace::{Profile, build};

/// Paths of the binaries.
pub struct Tools {
    /// The command agents type, as users download it.
    pub moss: PathBuf,
    /// The server.
    pub server: PathBuf,
    /// The same GET as `moss wake`, and nothing else; built like `moss`.
    pub bare_get: PathBuf,
    /// Runs a command and says its peak memory.
    pub peak_rss: PathBuf,
    /// The load generator.
    pub load: PathBuf,
    /// What an fsync costs.
    pub fsync_cost: PathBuf,
}

impl Tools {
    /// Builds them all.
    pub fn build() -> Result<Self> {
        println!("building (some minutes the first time)");
        Ok(Self {
            moss: build("moss", "moss", Profile::Dist)?,
            server: build("moss-server", "moss-server", Profile::Release)?,
            bare_get: build("bench-tools", "bare-get", Profile::Dist)?,
            peak_rss: build("bench-tools", "peak-rss", Profile::Dist)?,
            load: build("bench-tools", "load", Profile::Release)?,
            fsync_cost: build("bench-tools", "fsync-cost", Profile::Release)?,
        })
    }

    /// What a 4 KiB write and one fsync take in a folder: the median of a hundred.
    pub fn fsync_cost(&self, folder: &Path, mut command: Command) -> Result<Duration> {
        let output = command.arg(&self.fsync_cost).arg(folder).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "fsync-cost failed: {said}");
        let micros = String::from_utf8(output.stdout)?;
        Ok(Duration::from_micros(micros.trim().parse().context("fsync-cost said no number")?))
    }
}

/// Runs what follows as it is: the command to wrap another in when nothing is to be changed.
pub fn plainly() -> Command {
    Command::new("env")
}

/// Runs what follows with every fsync made longer by the kernel's tracer; everything else runs at
/// its own speed. `None` where there is no strace.
pub fn on_a_slow_disk(delay: Duration) -> Option<Command> {
    let there = Command::new("strace").arg("-V").output().is_ok_and(|o| o.status.success());
    there.then(|| {
        let mut command = Command::new("strace");
        let inject = format!("inject=fsync,fdatasync:delay_exit={}", delay.as_micros());
        command
            // Daemonized, the tracer is the grandchild: the server stays our child.
            .args([
                "--daemonize",
                "--follow-forks",
                "--seccomp-bpf",
                "--quiet=all",
                "--output=/dev/null",
            ])
            .args(["-e", "trace=fsync,fdatasync", "-e", &inject]);
        command
    })
}
