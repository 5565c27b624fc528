//! The release keys as install.sh uses them, where there is an openssl.

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signer, SigningKey};

test_support::tests![takes_the_signature_of_a_text needs ["openssl"]];

fn main() -> ExitCode {
    test_support::suite::run(&[TESTS])
}

/// Whether openssl takes `sig` for the signature of a text by the key of this public half.
fn takes(folder: &Path, public: &str, text: &str) -> bool {
    fs::write(folder.join("text"), text).unwrap();
    let mut openssl = Command::new("openssl");
    openssl.args(["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public]);
    openssl.args(["-in", "text", "-sigfile", "sig"]).current_dir(folder);
    openssl.output().unwrap().status.success()
}

fn takes_the_signature_of_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    assert!(xtask.arg("release-keys").arg(folder).output().unwrap().status.success());
    let secret = fs::read_to_string(folder.join("release-current.key")).unwrap();
    let secret = BASE64_STANDARD.decode(secret.trim()).unwrap();
    let key = SigningKey::from_keypair_bytes(secret.as_slice().try_into().unwrap()).unwrap();
    fs::write(folder.join("sig"), key.sign(b"the sums\n").to_bytes()).unwrap();
    assert!(takes(folder, "release-current.pem", "the sums\n"));
    assert!(!takes(folder, "release-current.pem", "other sums\n"));
    assert!(!takes(folder, "release-next.pem", "the sums\n"));
}
