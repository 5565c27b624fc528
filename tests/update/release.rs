//! Releases: made, signed, and spoilt.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};
use zipsign_api::SigningKey;
use zipsign_api::sign::copy_and_sign_tar;

use test_support::manifest;
pub use test_support::manifest::{Stamp, day, key, serial};

pub const TARGET: &str = env!("TARGET_TRIPLE");

/// As `MOSS_TEST_RELEASE_KEYS` takes it: the key in use and the next one; any other is a stranger's.
pub fn public_keys() -> String {
    manifest::public(&[key(1), key(2)])
}

/// A file in an archive.
pub struct Entry {
    pub path: String,
    pub kind: EntryType,
    pub link: Option<String>,
    pub content: Vec<u8>,
}

impl Entry {
    pub fn file(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        let (path, content) = (path.into(), content.into());
        Self { path, kind: EntryType::Regular, link: None, content }
    }

    pub fn link(path: impl Into<String>, kind: EntryType, to: &str) -> Self {
        Self { path: path.into(), kind, link: Some(to.to_owned()), content: vec![] }
    }
}

pub fn top(version: &str) -> String {
    format!("moss-{version}-{TARGET}")
}

pub fn name(version: &str) -> String {
    format!("{}.tar.gz", top(version))
}

/// A tar.gz, whatever the paths are.
pub fn pack(entries: &[Entry]) -> Vec<u8> {
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for entry in entries {
        let mut header = Header::new_ustar();
        header.set_entry_type(entry.kind);
        header.set_mode(0o755);
        header.set_size(entry.content.len() as u64);
        // Not through set_path, which would refuse what the tests are about.
        let field = &mut header.as_ustar_mut().unwrap().name;
        field[..entry.path.len()].copy_from_slice(entry.path.as_bytes());
        if let Some(link) = &entry.link {
            header.set_link_name(link).unwrap();
        }
        header.set_cksum();
        tar.append(&header, entry.content.as_slice()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

/// What a release holds: the program and what comes with it.
pub fn whole(version: &str, program: &[u8]) -> Vec<u8> {
    let top = top(version);
    pack(&[
        Entry { kind: EntryType::Directory, ..Entry::file(format!("{top}/"), "") },
        Entry::file(format!("{top}/LICENSE"), "MIT"),
        Entry::file(format!("{top}/moss"), program),
        Entry::file(format!("{top}/completions/moss.bash"), "# none"),
    ])
}

/// The archive with a signature for a name.
pub fn sign(archive: &[u8], key: &SigningKey, name: &str) -> Vec<u8> {
    let mut signed = Cursor::new(Vec::new());
    let keys = [key.clone()];
    copy_and_sign_tar(&mut Cursor::new(archive), &mut signed, &keys, Some(name.as_bytes()))
        .unwrap();
    signed.into_inner()
}

pub fn digest(archive: &[u8]) -> String {
    let hex: String = Sha256::digest(archive).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// A release as the manifest tells of it.
pub fn listed(version: &str, archive: &[u8]) -> Value {
    json!({
        "version": version, "date": "2026-11-20T09:45:00Z",
        "assets": [{
            "name": name(version), "target": TARGET, "url": name(version),
            "size": archive.len(), "digest": digest(archive), "signature": ""
        }]
    })
}

/// The same, recalled.
pub fn recalled(mut release: Value, reason: &str) -> Value {
    release["recalled"] = json!({ "reason": reason });
    release
}

/// What is signed of these releases.
pub fn payload(releases: &[Value], stamp: Stamp) -> Value {
    manifest::payload(stamp, "0.1.0", releases)
}

/// The same as it is handed out, signed by this key.
pub fn seal(payload: &Value, key: &SigningKey) -> String {
    manifest::seal(&format!("{payload:#}\n"), key)
}

/// A manifest as it should be.
pub fn manifest(releases: &[Value]) -> String {
    seal(&payload(releases, serial(100)), &key(1))
}

/// A gzip of this many zero bytes.
pub fn bomb(path: &str, bytes: u64) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let mut header = Header::new_ustar();
    header.set_path(path).unwrap();
    header.set_size(bytes);
    header.set_entry_type(EntryType::Regular);
    header.set_cksum();
    gzip.write_all(header.as_bytes()).unwrap();
    let zeroes = vec![0; 1 << 20];
    for _ in 0..bytes >> 20 {
        gzip.write_all(&zeroes).unwrap();
    }
    gzip.finish().unwrap()
}
