//! A script that does not arrive whole does nothing.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::machine::{SHELLS, find};

test_support::tests![
    wherever_it_is_cut_off needs ["dash", "bash", "busybox"],
];

/// Every program the script could begin with, each leaving a mark.
const PROGRAMS: &[&str] =
    &["awk", "curl", "cat", "grep", "mkdir", "rm", "sed", "sysctl", "uname", "wget", "moss"];

/// Whether a script, cut to these many bytes, called anything.
struct Watched {
    folder: TempDir,
    script: String,
}

impl Watched {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for program in PROGRAMS {
            let path = folder.path().join(program);
            fs::write(&path, "#!/bin/sh\n: >\"$HOME/mark\"\nexit 1\n").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let script = include_str!("../../../../install.sh")
            .replace("SERVER='' # filled in by moss-server", "SERVER='http://127.0.0.1:1'")
            .replace("KEYS='' # filled in by moss-server", "KEYS='A A'");
        Self { folder, script }
    }

    fn does_something(&self, shell: &str, length: usize) -> bool {
        let mut command = Command::new(find(shell));
        if shell == "busybox" {
            command.arg("sh");
        }
        let home = self.folder.path();
        command.args(["-s", "--", "--dir", "/absent/dir"]).current_dir(home).env_clear();
        command.env("PATH", home).env("HOME", home);
        // Thousands of times: from a file into nothing costs the least.
        let script = home.join("script");
        fs::write(&script, &self.script[..length]).unwrap();
        command.stdin(File::open(script).unwrap()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap();
        let mark = home.join("mark");
        let did = mark.exists();
        let _ = fs::remove_file(mark);
        did
    }
}

fn wherever_it_is_cut_off() {
    let watched = Watched::new();
    let whole = watched.script.len();
    assert!(watched.script.is_ascii(), "so that it can be cut anywhere");
    for shell in SHELLS {
        assert!(watched.does_something(shell, whole), "{shell}: the whole script");
        // All places would take minutes in each; those of one shell are enough for most of it.
        let every = if *shell == "dash" { 1 } else { 41 };
        let sparse = (0..whole - 1).step_by(every);
        for length in sparse.chain(whole.saturating_sub(200)..whole - 1) {
            assert!(!watched.does_something(shell, length), "{shell}: cut to {length} of {whole}");
        }
    }
}
