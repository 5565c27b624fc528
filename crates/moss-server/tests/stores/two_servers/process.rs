//! The real `moss-server` on a database of the tests' cluster: a process that can be killed.

use std::fs;
use std::path::Path;
use std::process::Command;

use test_support::http::{Reply, Request};
use test_support::server::{self, Launch};

/// A running server; killed when dropped.
pub struct Process {
    server: server::Process,
    folder: tempfile::TempDir,
}

impl Process {
    /// Starts one whose file names this database and says this besides, and waits until it listens.
    pub fn start(database: &str, besides: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("server: {{port: 0}}\ndatabase: {{url: '{database}'}}\n{besides}");
        fs::write(folder.path().join("config.yaml"), text).unwrap();
        Self { server: launch(folder.path(), "serve").start(), folder }
    }

    /// Starts it again, after it was killed, with the same file.
    pub fn again(&mut self) {
        self.kill();
        self.server = launch(self.folder.path(), "serve").start();
    }

    /// All it has said since it was started.
    pub fn said(&self) -> String {
        self.server.output()
    }

    /// The token of the link it has printed.
    pub fn setup_token(&self) -> String {
        let said = self.said();
        let (_, rest) = said.split_once("/setup#").unwrap_or_else(|| panic!("no link: {said}"));
        rest.lines().next().unwrap().to_owned()
    }

    /// What another command says about the same file.
    pub fn command(&self, name: &str) -> String {
        launch(self.folder.path(), name).ends().stdout
    }

    /// Its answer, over the network.
    pub fn answer(&self, request: &Request) -> Reply {
        request.send(self.server.url())
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.server.id()
    }

    /// SIGKILL. It is gone when this returns.
    pub fn kill(&mut self) {
        self.server.kill();
    }
}

fn launch(folder: &Path, name: &str) -> Launch {
    Launch::with(Command::new(env!("CARGO_BIN_EXE_moss-server")), folder, &[name])
}
