//! A server with releases to install, signed by a key of the test's own.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zipsign_api::sign::copy_and_sign_tar;

use test_support::http::Request;
use test_support::manifest::{self, Stamp};
use test_support::server::{Launch, Process, configure};

/// What install.sh takes here.
pub const TARGET: &str = if cfg!(target_arch = "x86_64") {
    "x86_64-unknown-linux-musl"
} else {
    "aarch64-unknown-linux-musl"
};
/// What it takes when there is no other.
pub const SECOND_TARGET: &str = if cfg!(target_arch = "x86_64") {
    "x86_64-unknown-linux-gnu"
} else {
    "aarch64-unknown-linux-gnu"
};

/// A program in moss's place: it says its version, writes down how it was called, and takes an
/// archive that does not say it is forged.
const STAND_IN: &str = r#"#!/bin/sh
printf '%s\n' "$*" >>"$HOME/calls"
case $1 in
  --version) echo "moss VERSION" ;;
  self-test)
    if grep -q FORGED "$3"; then
      echo "error: no release key has signed ${3##*/}" >&2
      exit 9
    fi
    ;;
  whoami) [ -e .moss/profile.json ] && cat .moss/whoami ;;
  register)
    [ "$MOSS_REGISTRATION_TOKEN" = secret ] || exit 4
    echo "registered"
    ;;
  skill) echo "wrote a skill" ;;
esac
"#;

/// A running server, its folder of releases, and the key they are signed with.
pub struct Shelf {
    folder: TempDir,
    key: TempDir,
    server: Process,
    releases: Vec<Value>,
    stamp: Stamp,
}

impl Shelf {
    /// With nothing in it.
    pub fn empty() -> Self {
        let (folder, key) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        openssl(key.path(), &["genpkey", "-algorithm", "ed25519", "-out", "key"]);
        openssl(key.path(), &["pkey", "-in", "key", "-pubout", "-out", "pub"]);
        configure(folder.path(), "tasks.db");
        fs::create_dir(folder.path().join("releases")).unwrap();
        let server =
            Launch::new(folder.path()).env("MOSS_TEST_RELEASE_KEYS", &keys(key.path())).start();
        Self { folder, key, server, releases: Vec::new(), stamp: manifest::serial(100) }
    }

    /// With stand-ins for `moss` of these versions.
    pub fn with(versions: &[&str]) -> Self {
        let mut shelf = Self::empty();
        for version in versions {
            shelf.add(version);
        }
        shelf
    }

    /// Adds a version.
    pub fn add(&mut self, version: &str) {
        self.add_program(version, TARGET, STAND_IN.replace("VERSION", version).as_bytes());
    }

    /// Adds a version of some program.
    pub fn add_program(&mut self, version: &str, target: &str, program: &[u8]) {
        let name = format!("moss-{version}-{target}.tar.gz");
        self.add_archive(version, target, &archive(name.trim_end_matches(".tar.gz"), program));
    }

    /// Adds a version of a program as releases are made: signed under the archive's name, by the
    /// key of this shelf or another.
    pub fn add_signed(&mut self, version: &str, program: &[u8], foreign: Option<SigningKey>) {
        let top = format!("moss-{version}-{SECOND_TARGET}");
        let name = format!("{top}.tar.gz");
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join(&top)).unwrap();
        fs::write(folder.path().join(&top).join("moss"), program).unwrap();
        let keys = [foreign.unwrap_or_else(|| secret(self.key.path()))];
        let (mut archive, mut signed) =
            (Cursor::new(pack(folder.path(), &top)), Cursor::new(Vec::new()));
        copy_and_sign_tar(&mut archive, &mut signed, &keys, Some(name.as_bytes())).unwrap();
        self.add_archive(version, SECOND_TARGET, &signed.into_inner());
    }

    /// The public keys, as a debug build of moss takes them.
    pub fn keys(&self) -> String {
        keys(self.key.path())
    }

    /// Adds a version, in an archive as it is.
    pub fn add_archive(&mut self, version: &str, target: &str, archive: &[u8]) {
        let name = format!("moss-{version}-{target}.tar.gz");
        self.put(&name, archive);
        let asset = json!({
            "name": name, "target": target, "url": name, "size": archive.len(),
            "digest": format!("sha256:{}", sha256(archive)), "signature": "",
        });
        let date = "2026-11-20T09:00:00Z";
        self.releases.insert(0, json!({ "version": version, "date": date, "assets": [asset] }));
        self.publish();
    }

    /// Signs what is there again, otherwise stamped.
    pub fn renew(&mut self, stamp: Stamp) {
        self.stamp = stamp;
        self.publish();
    }

    /// Changes the newest release as the manifest has it, and signs that.
    pub fn change(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.releases[0]);
        self.publish();
    }

    /// Writes the manifest anew.
    pub fn publish(&self) {
        self.put_signed(&self.manifest());
    }

    /// What is signed.
    pub fn manifest(&self) -> String {
        let payload = manifest::payload(self.stamp, "0.1.0", &self.releases);
        format!("{payload:#}\n")
    }

    /// Hands out this text as the manifest, signed whatever it says.
    pub fn put_signed(&self, text: &str) {
        self.put("manifest.json", manifest::seal(text, &secret(self.key.path())).as_bytes());
    }

    /// A file of the releases.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("releases").join(name)
    }

    /// Puts a file there.
    pub fn put(&self, name: &str, content: &[u8]) {
        fs::write(self.file(name), content).unwrap();
    }

    /// The folder that holds the releases.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `http://127.0.0.1:PORT`
    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// The script as it is served.
    pub fn script(&self) -> String {
        Request::new("GET", "/install.sh").send(self.url()).text()
    }
}

/// A `.tar.gz` with one program under its top folder.
pub fn archive(top: &str, program: &[u8]) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join(top)).unwrap();
    fs::write(folder.path().join(top).join("moss"), program).unwrap();
    let mut archive = pack(folder.path(), top);
    // A signature is a second member that holds nothing and has it as its comment.
    archive.extend([0x1f, 0x8b, 8, 0x10, 0, 0, 0, 0, 0, 0xff]);
    archive.extend(b"a2V5".repeat(30));
    archive.extend([0, 1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
    archive
}

/// A `.tar.gz` of what is below `top`.
pub fn pack(folder: &Path, top: &str) -> Vec<u8> {
    let _ = Command::new("chmod").args(["-R", "755", top]).current_dir(folder).status();
    let packed = Command::new("tar").args(["-czf", "-", top]).current_dir(folder).output().unwrap();
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    packed.stdout
}

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The public keys of a shelf: another one's first, since either may have signed.
fn keys(folder: &Path) -> String {
    let other = SigningKey::from_bytes(&[7; 32]).verifying_key();
    format!("{},{}", BASE64_STANDARD.encode(other.as_bytes()), public(folder))
}

/// The secret key's 32 bytes: the last ones of the file.
fn secret(folder: &Path) -> SigningKey {
    openssl(folder, &["pkey", "-in", "key", "-outform", "DER", "-out", "der"]);
    let der = fs::read(folder.join("der")).unwrap();
    SigningKey::from_bytes(der.last_chunk().unwrap())
}

/// The public key's 32 bytes in base64: what follows the 12 that every such key begins with.
fn public(folder: &Path) -> String {
    let pem = fs::read_to_string(folder.join("pub")).unwrap();
    pem.lines().nth(1).unwrap()[16..].to_owned()
}

pub fn openssl(folder: &Path, args: &[&str]) {
    let ran = Command::new("openssl").args(args).current_dir(folder).output().unwrap();
    assert!(ran.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&ran.stderr));
}
