//! The binaries every other test starts.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::process::Command;

use test_support::program::{moss, moss_server};

#[test]
fn both_are_built_and_are_of_one_version() {
    let version = |program| Command::new(program).arg("--version").output().unwrap().stdout;
    assert_eq!(version(moss()), format!("moss {}\n", env!("CARGO_PKG_VERSION")).into_bytes());
    assert_eq!(
        version(moss_server()),
        format!("moss-server {}\n", env!("CARGO_PKG_VERSION")).into_bytes()
    );
}
