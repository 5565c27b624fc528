//! The real `moss-server` on a database of the tests' cluster: a process that can be killed.

use std::fs;
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
        let child = serve(folder.path());
        let process = Self { child, folder };
        let since = Instant::now();
        while !process.said().contains(" listening on ") {
            assert!(since.elapsed() < PATIENCE, "no address: {}", process.said());
            std::thread::sleep(Duration::from_millis(2));
        }
        process
    }

    /// All it has said.
    pub fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap()
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

fn serve(folder: &Path) -> Child {
    let said = || {
        Stdio::from(
            fs::File::options().append(true).create(true).open(folder.join("said")).unwrap(),
        )
    };
    Command::new(env!("CARGO_BIN_EXE_moss-server"))
        .arg("serve")
        .current_dir(folder)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(said())
        .stderr(said())
        .spawn()
        .unwrap()
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
