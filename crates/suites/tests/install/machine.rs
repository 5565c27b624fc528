//! A machine as the script sees it: a shell, the tools on its PATH, a home.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use test_support::moss::{Ran, run};
use test_support::needs;

/// What the script may need besides a shell and something that downloads.
const TOOLS: &[&str] = &[
    "awk", "cat", "chmod", "cp", "date", "grep", "gzip", "head", "id", "mkdir", "mv", "rm", "sed",
    "sync", "tar", "timeout", "uname", "wc",
];

/// The shells.
pub const SHELLS: &[&str] = &["dash", "bash", "busybox"];

/// What [`Machine::usual`] and a shelf of signed releases need.
pub const USUAL: [&str; 3] = ["dash", "curl", "openssl"];
/// What [`Machine::busybox`] and such a shelf need.
pub const BUSYBOX: [&str; 2] = ["busybox", "openssl"];
/// What both need.
pub const USUAL_AND_BUSYBOX: [&str; 4] = ["dash", "curl", "openssl", "busybox"];
/// What [`SHELLS`] and a shelf need.
pub const EVERY_SHELL: [&str; 5] = ["dash", "bash", "busybox", "curl", "openssl"];
/// All shells and all that downloads.
pub const EVERYTHING: [&str; 6] = ["dash", "bash", "busybox", "curl", "wget", "openssl"];

/// A folder of tools to be the whole PATH, and a home.
pub struct Machine {
    shell: &'static str,
    bin: TempDir,
    home: TempDir,
    env: Vec<(String, String)>,
}

impl Machine {
    /// With all tools, and these: `curl`, `sha256sum`, `openssl`, …
    pub fn new(shell: &'static str, more: &[&str]) -> Self {
        let bin = TempDir::new().unwrap();
        for tool in TOOLS.iter().chain(more) {
            symlink(find(tool), bin.path().join(tool)).unwrap();
        }
        Self { shell, bin, home: TempDir::new().unwrap(), env: Vec::new() }
    }

    /// With what most have.
    pub fn usual() -> Self {
        Self::new("dash", &["curl", "sha256sum", "openssl"])
    }

    /// Whose tools are all of busybox.
    pub fn busybox() -> Self {
        let machine = Self::new("busybox", &[]);
        for tool in TOOLS.iter().chain(&["wget", "sha256sum"]) {
            let _ = fs::remove_file(machine.bin.path().join(tool));
            symlink(find("busybox"), machine.bin.path().join(tool)).unwrap();
        }
        machine
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Takes a tool away.
    #[must_use]
    pub fn without(self, tool: &str) -> Self {
        fs::remove_file(self.bin.path().join(tool)).unwrap();
        self
    }

    /// The place of a tool.
    pub fn tool(&self, name: &str) -> PathBuf {
        self.bin.path().join(name)
    }

    /// The whole PATH.
    pub fn bin(&self) -> &Path {
        self.bin.path()
    }

    /// Where the script is told to install to.
    pub fn dir(&self) -> PathBuf {
        self.home.path().join("bin")
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Puts a program of this version where the script installs to.
    pub fn has(&self, version: &str) {
        self.has_program(&format!("#!/bin/sh\necho moss {version}\n"));
    }

    /// Puts any program there.
    pub fn has_program(&self, text: &str) {
        fs::create_dir_all(self.dir()).unwrap();
        let staged = self.home.path().join("staged");
        fs::write(&staged, text).unwrap();
        let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&staged, executable).unwrap();
        fs::rename(staged, self.dir().join("moss")).unwrap();
    }

    /// What is installed.
    pub fn moss(&self) -> Option<String> {
        fs::read_to_string(self.dir().join("moss")).ok()
    }

    /// Which version is installed, and nothing half done beside it.
    #[track_caller]
    pub fn version(&self) -> String {
        let text = self.moss().unwrap_or_default();
        let version = text.split("moss ").nth(1).unwrap_or("none").lines().next().unwrap();
        let found: Vec<_> = fs::read_dir(self.dir())
            .map(|dir| dir.map(|entry| entry.unwrap().file_name()).collect())
            .unwrap_or_default();
        let only = if text.is_empty() { vec![] } else { vec!["moss"] };
        assert_eq!(found, only, "left behind in {}", self.dir().display());
        version.trim_end_matches('"').trim_end_matches(" ;;").trim_end_matches('"').to_owned()
    }

    /// How the stand-in was called.
    pub fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.home.path().join("calls")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Pipes a script into the shell, to install into [`Self::dir`].
    pub fn install(&self, script: &str, args: &[&str]) -> Ran {
        let dir = self.dir();
        self.run(script, &[&["--dir", dir.to_str().unwrap()], args].concat())
    }

    /// Pipes a script into the shell.
    pub fn run(&self, script: &str, args: &[&str]) -> Ran {
        let mut command = Command::new(find(self.shell));
        if self.shell == "busybox" {
            command.arg("sh");
        }
        command.args(["-s", "--"]).args(args);
        command.current_dir(self.home.path()).env_clear();
        command.env("PATH", self.bin.path()).env("HOME", self.home.path());
        command.env("TMPDIR", self.tmp());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        let ran = run(command, script);
        let left: Vec<_> = fs::read_dir(self.tmp()).unwrap().collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        ran
    }

    fn tmp(&self) -> PathBuf {
        let tmp = self.home.path().join("tmp");
        fs::create_dir_all(&tmp).unwrap();
        tmp
    }
}

/// What the script promises of every refusal.
pub trait Refuses {
    /// Fails the test unless it ended with this code, one line of error that has these words, and
    /// at most a hint.
    fn refuses(self, code: i32, words: &str);
}

impl Refuses for Ran {
    #[track_caller]
    fn refuses(self, code: i32, words: &str) {
        let ran = self.exits(code);
        let errors: Vec<_> = ran.stderr.lines().filter(|l| l.starts_with("error: ")).collect();
        let [error] = errors[..] else { panic!("not one error:\n{}", ran.stderr) };
        assert!(error.contains(words), "{words}\n{}", ran.stderr);
        let others = ran.stderr.lines().filter(|line| {
            !["error: ", "hint: ", "note: ", "warning: "].iter().any(|p| line.starts_with(p))
        });
        assert_eq!(others.collect::<Vec<_>>(), [""; 0], "noise");
    }
}

/// A program of this machine; the test said that it needs it.
pub fn find(program: &str) -> PathBuf {
    needs::find(program).unwrap_or_else(|| panic!("the test does not say it needs {program}"))
}
