//! What there is to update to: `manifest.json`, beside the archives it tells of.
//!
//! The manifest is signed, numbered and good until a day ([`signed`](SignedManifest)), so that
//! whoever serves it can hide nothing for longer than that, and offer nothing older than what was
//! seen. Each archive is signed too, under its own name, which holds program, version and target.

mod keys;
mod manifest;
mod signed;
mod values;

pub use keys::{BadKey, ReleaseKeys};
pub use manifest::{
    Asset, BadManifest, MANIFEST_NAME, MANIFEST_SCHEMA, MAX_ARCHIVE_BYTES, MAX_MANIFEST_BYTES,
    Manifest, Recall, Release, archive_name,
};
pub use signed::{CHANNEL, Freshness, SignedManifest, Stamp, payload, seal};
pub use values::{
    BadDigest, BadFileName, BadVersion, Digest, FileName, MAX_FILE_NAME_BYTES, Version,
};
