//! A machine with `moss` in `bin/`, an agent's workspace, and a server with releases.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::moss::Ran;

use crate::release::{Stamp, key, listed, manifest, name, payload, public_keys, seal, sign, whole};
use test_support::builder::key_file;
use test_support::responder::{Reply, Responder};

pub const KEY: &str = "ak_0123456789abcdef0123456789abcdef";
const NOW: &str = "2026-11-20T09:45:00Z";

pub struct Site {
    pub dir: TempDir,
    pub server: Responder,
    env: Vec<(String, String)>,
    args: Vec<String>,
}

impl Site {
    /// With an executor, who has nothing to do.
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let site = Self { dir, server: Responder::moss(), env: vec![], args: vec![] };
        for folder in ["bin", "real", "ws/.moss", "home"] {
            fs::create_dir_all(site.path(folder)).unwrap();
        }
        link(Path::new(test_support::program::moss()), &site.path("real/moss"));
        site.reinstall();
        site.profile(json!({}));
        site.write("ws/.moss/key", &key_file(KEY, &site.server.url));
        fs::set_permissions(site.path("ws/.moss/key"), fs::Permissions::from_mode(0o600)).unwrap();
        site.serves("/api/wake", packet(json!({})));
        site
    }

    pub fn profile(&self, change: Value) {
        let mut profile = json!({
            "server": self.server.url, "agent_id": "a0000000-0000-4000-8000-000000000001",
            "name": "AI-Wu", "role": "executor", "kind": "moss"
        });
        profile.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        self.write("ws/.moss/profile.json", &profile.to_string());
    }

    /// The original, in one step.
    pub fn reinstall(&self) {
        link(&self.path("real/moss"), &self.path("bin/again"));
        fs::rename(self.path("bin/again"), self.moss()).unwrap();
        let _ = fs::remove_file(self.path("bin/again")); // stays when it was the same file
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(path)
    }

    pub fn moss(&self) -> PathBuf {
        self.path("bin/moss")
    }

    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    pub fn has(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    /// A program of another version that is the real one in all else, unless `instead` says what
    /// it does first; `$1` is the command.
    pub fn program(&self, version: &str, instead: &str) -> String {
        let (real, moss) = (self.path("real/moss"), self.moss());
        let (real, moss) = (real.display(), moss.display());
        format!(
            "#!/bin/sh\n{instead}\ncase $1 in --version) echo 'moss {version}'; exit;; esac\n\
             MOSS_TEST_SELF='{version} {moss}' exec '{real}' \"$@\"\n"
        )
    }

    /// Serves these releases: a version, and what its program does instead.
    pub fn offer(&self, releases: &[(&str, &str)]) {
        let made = releases.iter().map(|(version, instead)| {
            let archive = self.archive(version, instead);
            self.serve(version, archive.clone());
            listed(version, &archive)
        });
        self.list(&made.collect::<Vec<_>>());
    }

    /// A release as it should be.
    pub fn archive(&self, version: &str, instead: &str) -> Vec<u8> {
        let program = self.program(version, instead);
        sign(&whole(version, program.as_bytes()), &key(1), &name(version))
    }

    pub fn serve(&self, version: &str, archive: Vec<u8>) {
        self.serves(&format!("/releases/{}", name(version)), Reply::new(200, archive));
    }

    pub fn list(&self, releases: &[Value]) {
        self.hand_out(&manifest(releases));
    }

    /// The same, by a manifest of this stamp.
    pub fn list_at(&self, stamp: Stamp, releases: &[Value]) {
        self.hand_out(&seal(&payload(releases, stamp), &key(1)));
    }

    /// Serves this as the manifest.
    pub fn hand_out(&self, manifest: &str) {
        self.serves("/releases/manifest.json", Reply::new(200, manifest));
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.moss());
        self.prepare(command.args(args));
        command
    }

    /// From now on, this path is answered so.
    pub fn serves(&self, path: &str, reply: impl Into<Reply>) {
        self.server.set(&format!("GET {path}"), reply);
    }

    /// Every path asked for so far, without its query.
    pub fn paths(&self) -> Vec<String> {
        self.server.asked().into_iter().map(|asked| asked.path).collect()
    }

    /// The same, and it begins anew.
    pub fn take_paths(&self) -> Vec<String> {
        let paths = self.paths();
        self.server.take_lines();
        paths
    }

    /// All header lines of all requests below `/releases`.
    pub fn release_headers(&self) -> String {
        let asked = self.server.asked().into_iter().filter(|a| a.path.starts_with("/releases"));
        let lines = asked.flat_map(|asked| asked.headers);
        lines.map(|(name, value)| format!("{name}: {value}\n").to_lowercase()).collect()
    }

    /// The environment and the folder of the agent.
    pub fn prepare(&self, command: &mut Command) {
        command.current_dir(self.path("ws")).env_clear().args(&self.args);
        command.env("HOME", self.path("home")).env("PATH", "/usr/bin:/bin");
        command.env("MOSS_TEST_RELEASE_KEYS", public_keys());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        finish(self.command(args).spawn().unwrap())
    }

    #[track_caller]
    pub fn version_is(&self, version: &str) {
        self.run(&["--version"]).exits(0).prints(&format!("moss {version}\n"));
    }

    /// What makes the program's file that very file.
    pub fn identity(&self) -> (u64, u64, i64) {
        let meta = fs::metadata(self.moss()).unwrap();
        (meta.ino(), meta.len(), meta.mtime_nsec())
    }

    /// Files in `bin/`, but for locks and what was seen of releases.
    pub fn beside(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.path("bin"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| ![".moss.lock", ".moss.seen", ".moss.seen.lock"].contains(&&name[..]))
            .collect();
        names.sort();
        names
    }
}

/// How a command of the site ended, which never shows the key.
pub fn finish(child: Child) -> Ran {
    let ran = test_support::moss::finish(child, "moss");
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(KEY) && !text.contains("panicked"), "{text}");
    }
    ran
}

/// The same file by another name, or a copy on another disk.
fn link(from: &Path, to: &Path) {
    if fs::hard_link(from, to).is_err() {
        fs::copy(from, to).unwrap();
    }
}

pub fn packet(change: Value) -> Value {
    let mut packet = json!({
        "schema": 1, "now": NOW, "project": "news",
        "me": {"id": "a", "name": "AI-Wu", "role": "executor", "score": 0, "score_change": 0,
               "rank": 1, "agents": 1},
        "work": false, "cursor": "c-1", "items": []
    });
    packet.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    packet
}

/// A packet with something to do.
pub fn work(change: Value) -> Value {
    let item = json!({
        "kind": "assigned", "id": "01a3c9f2-0000-4000-8000-000000000001", "name": "Order list API",
        "task_id": "77aa00bb", "task_name": "Shop", "priority": "high", "round": 1, "attempt": 1,
        "since": NOW, "description": "GET /orders", "deliverable": "orders.py",
        "acceptance": "pages by 20"
    });
    let mut packet = packet(json!({ "work": true, "items": [item] }));
    packet.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    packet
}

/// The name of the one archive there is in most tests.
pub fn archive_path(version: &str) -> String {
    format!("/releases/{}", name(version))
}
