//! A root that holds nothing but what a test puts there: no certificates, no configuration, no
//! program too many. Needs [`ROOT`](test_support::needs::ROOT), which a
//! container's first user has.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::machine::find;
use test_support::moss::{Ran, run};

/// Somebody who is not root.
pub const SOMEBODY: &str = "1000:1000";

/// What busybox stands in for.
const APPLETS: &[&str] = &[
    "awk",
    "cat",
    "chmod",
    "cp",
    "date",
    "grep",
    "gzip",
    "head",
    "mkdir",
    "mount",
    "mv",
    "rm",
    "sed",
    "sh",
    "sha256sum",
    "sync",
    "tar",
    "timeout",
    "uname",
    "wc",
    "wget",
];

/// What a system without busybox has.
const PROGRAMS: &[&str] = &[
    "awk",
    "cat",
    "chmod",
    "cp",
    "curl",
    "date",
    "grep",
    "gzip",
    "head",
    "mkdir",
    "mount",
    "mv",
    "openssl",
    "rm",
    "sed",
    "sh",
    "sha256sum",
    "sync",
    "tar",
    "timeout",
    "uname",
    "wc",
];

/// A folder to change the root to.
pub struct Root {
    folder: TempDir,
    user: &'static str,
    before: String,
    env: Vec<(String, String)>,
}

impl Root {
    /// One static busybox and nothing else.
    pub fn busybox() -> Self {
        let root = Self::new();
        fs::copy(find("busybox"), root.at("bin/busybox")).unwrap();
        for applet in APPLETS {
            symlink("busybox", root.at("bin").join(applet)).unwrap();
        }
        root
    }

    /// A system's usual programs with the libraries they need: curl and OpenSSL, no certificates.
    pub fn usual() -> Self {
        let root = Self::new();
        for program in PROGRAMS {
            root.copy(program);
        }
        root
    }

    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let root = Self { folder, user: "0:0", before: String::new(), env: Vec::new() };
        for dir in ["bin", "dev", "tmp", "home", "usr/local/bin", "mnt"] {
            fs::create_dir_all(root.at(dir)).unwrap();
        }
        let null = root.at("dev/null");
        let made = Command::new("mknod").arg("-m666").arg(null).args(["c", "1", "3"]).output();
        assert!(made.unwrap().status.success());
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(root.at(""), open).unwrap();
        for dir in ["tmp", "home"] {
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
            fs::set_permissions(root.at(dir), open).unwrap();
        }
        root
    }

    /// A place below it.
    pub fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Copies a program and the libraries it is linked with.
    fn copy(&self, program: &str) {
        let path = fs::canonicalize(find(program)).unwrap();
        fs::copy(&path, self.at("bin").join(program)).unwrap();
        let linked = Command::new("ldd").arg(&path).output().unwrap();
        for word in String::from_utf8_lossy(&linked.stdout).split_whitespace() {
            let library = Path::new(word);
            if !library.is_absolute() || !library.is_file() {
                continue;
            }
            let to = self.at(word.trim_start_matches('/'));
            if !to.exists() {
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::copy(library, to).unwrap();
            }
        }
    }

    #[must_use]
    pub fn user(mut self, user: &'static str) -> Self {
        self.user = user;
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Runs a command first, with the root at `$1`; what it mounts is gone afterwards.
    #[must_use]
    pub fn after(mut self, command: &str) -> Self {
        self.before = format!("{command} || exit 99\n");
        self
    }

    /// Pipes a script into `sh` there.
    pub fn run(&self, script: &str, args: &[&str]) -> Ran {
        let mut command = Command::new(find("unshare"));
        let change = r#"root=$1 user=$2; shift 2; exec chroot --userspec="$user" "$root" /bin/sh -s -- "$@""#;
        command.args(["-m", "sh", "-c", &format!("{}{change}", self.before), "sh"]);
        command.arg(self.folder.path()).arg(self.user).args(args).env_clear();
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin").env("HOME", "/home");
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        let ran = run(command, script);
        let left: Vec<_> = fs::read_dir(self.at("tmp")).unwrap().collect();
        assert!(left.is_empty(), "left behind: {left:?}");
        ran
    }
}
