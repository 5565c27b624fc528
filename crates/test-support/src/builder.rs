//! One run of `moss`: what it is given, and exactly what it must say.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::moss::run;
use crate::program;
use crate::responder::Responder;

pub const KEY: &str = "ak_0123456789abcdef0123456789abcdef";
pub const ME: &str = "a0000000-0000-4000-8000-000000000001";

/// What a file with the key for this server holds.
pub fn key_file(key: &str, server: &str) -> String {
    format!("{key}\n{}/\n", server.trim_end_matches('/'))
}

/// The key in such a file.
pub fn kept_key(path: impl AsRef<Path>) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Defaults to an empty folder, an empty environment, and silence with exit code 0.
pub struct Test {
    dir: TempDir,
    args: Vec<String>,
    env: Vec<(String, String)>,
    stdin: String,
    stdout: Option<String>,
    stderr: Option<String>,
    status: i32,
    server: String,
}

/// What is left after a run.
pub struct Finished {
    pub dir: TempDir,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// A file in the folder it ran in.
    pub fn file(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// Runs on in the same folder.
    pub fn then(self, args: &[&str]) -> Test {
        Test { args: owned(args), ..Test::bare(self.dir) }
    }
}

fn owned(args: &[&str]) -> Vec<String> {
    args.iter().map(|&a| a.to_owned()).collect()
}

impl Test {
    /// In a folder where nobody is registered.
    pub fn nowhere(args: &[&str]) -> Self {
        Self { args: owned(args), ..Self::bare(TempDir::new().unwrap()) }
    }

    /// In the folder of an executor of this server.
    pub fn new(server: &Responder, args: &[&str]) -> Self {
        Self::at(&server.url, args)
    }

    /// In the folder of an executor of a server at this URL.
    pub fn at(url: &str, args: &[&str]) -> Self {
        Self::nowhere(args).registered(url, None)
    }

    /// In the folder of an executor who knows this server to be the original.
    pub fn at_original(server: &Responder, args: &[&str]) -> Self {
        Self::nowhere(args).registered(&server.url, Some("openmoss"))
    }

    /// In the folder of an executor who knows this server to be ours.
    pub fn at_moss(server: &Responder, args: &[&str]) -> Self {
        Self::nowhere(args).registered(&server.url, Some("moss"))
    }

    fn bare(dir: TempDir) -> Self {
        Self {
            dir,
            args: Vec::new(),
            env: Vec::new(),
            stdin: String::new(),
            stdout: Some(String::new()),
            stderr: Some(String::new()),
            status: 0,
            server: String::new(),
        }
    }

    fn registered(mut self, url: &str, kind: Option<&str>) -> Self {
        let mut profile =
            json!({"server": url, "agent_id": ME, "name": "AI-Wu", "role": "executor"});
        if let Some(kind) = kind {
            profile["kind"] = kind.into();
        }
        fs::create_dir(self.path(".moss")).unwrap();
        fs::write(self.path(".moss/profile.json"), profile.to_string()).unwrap();
        fs::write(self.path(".moss/key"), key_file(KEY, url)).unwrap();
        self.server = url.to_owned();
        self.mode(".moss", 0o700).mode(".moss/profile.json", 0o600).mode(".moss/key", 0o600)
    }

    /// The key comes from the environment, for the server of the profile that is there.
    #[must_use]
    pub fn key_in_environment(self) -> Self {
        let profile = fs::read(self.path(".moss/profile.json")).unwrap();
        let profile: Value = serde_json::from_slice(&profile).unwrap();
        let server = profile["server"].as_str().unwrap().to_owned();
        self.env("MOSS_SERVER", &server).env("MOSS_API_KEY", KEY)
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    #[must_use]
    pub fn file(self, path: &str, content: &str) -> Self {
        fs::write(self.path(path), content).unwrap();
        self
    }

    #[must_use]
    pub fn mode(self, path: &str, mode: u32) -> Self {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = text.to_owned();
        self
    }

    /// Exactly this; `[DIR]` and `[SERVER]` stand for the folder and the server's URL.
    #[must_use]
    pub fn stdout(mut self, text: &str) -> Self {
        self.stdout = Some(text.to_owned());
        self
    }

    #[must_use]
    pub fn stderr(mut self, text: &str) -> Self {
        self.stderr = Some(text.to_owned());
        self
    }

    /// The test looks at standard output itself.
    #[must_use]
    pub fn any_stdout(mut self) -> Self {
        self.stdout = None;
        self
    }

    /// The test looks at standard error itself.
    #[must_use]
    pub fn any_stderr(mut self) -> Self {
        self.stderr = None;
        self
    }

    #[must_use]
    pub fn status(mut self, code: i32) -> Self {
        self.status = code;
        self
    }

    /// The command, ready to run, for tests that need more than `run`.
    pub fn command(&self) -> Command {
        let mut command = Command::new(program::moss());
        command.current_dir(self.dir.path()).env_clear().args(&self.args);
        command.env("HOME", self.dir.path().join("home"));
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(self) -> Finished {
        let ran = run(self.command(), &self.stdin);
        let (stdout, stderr) = (self.generic(&ran.stdout), self.generic(&ran.stderr));
        for text in [&stdout, &stderr] {
            assert!(!text.contains(KEY), "the key was printed: {text}");
        }
        if let Some(want) = &self.stdout {
            assert_eq!(&stdout, want, "stdout of {:?}; stderr: {stderr}", self.args);
        }
        if let Some(want) = &self.stderr {
            assert_eq!(&stderr, want, "stderr of {:?}", self.args);
        }
        assert_eq!(ran.code, self.status, "{:?}: {stdout}{stderr}", self.args);
        Finished { dir: self.dir, stdout, stderr }
    }

    fn generic(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let dir = self.dir.path().canonicalize().unwrap();
        text = text.replace(dir.to_str().unwrap(), "[DIR]");
        if !self.server.is_empty() {
            text = text.replace(&self.server, "[SERVER]");
        }
        text
    }
}
