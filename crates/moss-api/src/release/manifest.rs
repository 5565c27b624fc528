//! Which releases there are: all versions of a channel, with their archives.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::values::{Digest, FileName, Version};
use crate::Timestamp;

/// The form of manifest this build reads and writes.
pub const MANIFEST_SCHEMA: u32 = 1;
/// Its file name, at a server below `/releases/`.
pub const MANIFEST_NAME: &str = "manifest.json";
/// Largest manifest, in bytes.
pub const MAX_MANIFEST_BYTES: usize = 1024 * 1024;
/// Largest archive, in bytes.
pub const MAX_ARCHIVE_BYTES: u64 = 64 * 1024 * 1024;

/// All releases of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_SCHEMA`].
    pub schema: u32,
    /// [`CHANNEL`](super::CHANNEL).
    pub channel: String,
    /// The oldest client that servers of these releases work with.
    pub minimum: Version,
    /// Newest first.
    pub releases: Vec<Release>,
}

/// One version, for every system it was built for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Which.
    pub version: Version,
    /// When it was made.
    pub date: Timestamp,
    /// Present when nobody should run it any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recalled: Option<Recall>,
    /// Its archives.
    pub assets: Vec<Asset>,
}

/// Why a release was taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// Free text.
    pub reason: String,
}

/// One archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asset {
    /// What [`archive_name`] makes of it.
    pub name: FileName,
    /// What it runs on, as Rust names it: `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// Where it is, beside the manifest.
    pub url: FileName,
    /// Its size, in bytes.
    pub size: u64,
    /// SHA-256 of the signed archive.
    pub digest: Digest,
    /// Base64 of its signature, for those who look; the archive carries it within.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub signature: String,
}

impl Manifest {
    /// Reads one that nobody has signed yet, or that was cut out of what was.
    ///
    /// # Errors
    /// When it is larger than [`MAX_MANIFEST_BYTES`], of another schema, or not one at all.
    pub fn parse(json: &[u8]) -> Result<Self, BadManifest> {
        /// Asked first: another schema may have other fields.
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
        }
        if json.len() > MAX_MANIFEST_BYTES {
            return Err(BadManifest::too_large());
        }
        let head: Head = serde_json::from_slice(json)?;
        if head.schema != MANIFEST_SCHEMA {
            let schema = head.schema;
            let why = format!("it is of schema {schema}, not {MANIFEST_SCHEMA}");
            return Err(BadManifest::Malformed(why));
        }
        Ok(serde_json::from_slice(json)?)
    }

    /// The release of this version.
    pub fn release(&self, version: Version) -> Option<&Release> {
        self.releases.iter().find(|release| release.version == version)
    }
}

impl Release {
    /// Its archive of a program (`moss`, `moss-server`) for a target.
    pub fn asset(&self, program: &str, target: &str) -> Option<&Asset> {
        let name = archive_name(program, self.version, target);
        self.assets.iter().find(|asset| asset.name.as_str() == name && asset.target == target)
    }
}

/// `moss-0.2.0-x86_64-unknown-linux-gnu.tar.gz`: the archive's file name, and the context of its
/// signature.
pub fn archive_name(program: &str, version: Version, target: &str) -> String {
    format!("{program}-{version}-{target}.tar.gz")
}

/// Why something is no manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadManifest {
    /// It is something else, or broken.
    Malformed(String),
    /// It may well be one, and no release key has signed it.
    Unsigned,
}

impl fmt::Display for BadManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(why) => f.write_str(why),
            Self::Unsigned => f.write_str("no release key has signed it"),
        }
    }
}

impl std::error::Error for BadManifest {}

impl BadManifest {
    /// There is more of it than there may be.
    pub fn too_large() -> Self {
        Self::Malformed(format!("it is larger than {MAX_MANIFEST_BYTES} bytes"))
    }
}

impl From<serde_json::Error> for BadManifest {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff";

    fn manifest() -> String {
        format!(
            r#"{{"schema":1,"channel":"stable","minimum":"0.1.0","releases":[{{"version":"0.2.0",
            "date":"2026-11-20T09:45:00Z","recalled":{{"reason":"eats files"}},
            "assets":[{{"name":"moss-0.2.0-x.tar.gz","target":"x","url":"moss-0.2.0-x.tar.gz",
            "size":12,"digest":"sha256:{HEX}"}}]}}]}}"#
        )
    }

    #[test]
    fn a_manifest_is_read_and_written() {
        let read = Manifest::parse(manifest().as_bytes()).unwrap();
        let again = serde_json::to_vec(&read).unwrap();
        assert_eq!(Manifest::parse(&again).unwrap(), read);
        let release = read.release(Version::new(0, 2, 0)).unwrap();
        assert_eq!(release.asset("moss", "x").unwrap().size, 12);
        assert!(
            release.asset("moss-server", "x").is_none() && release.asset("moss", "y").is_none()
        );
        assert!(read.release(Version::new(0, 1, 0)).is_none());
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let whole = manifest();
        for (from, to) in [
            (r#""schema":1"#, r#""schema":2"#),
            (r#""url":"moss"#, r#""url":"../moss"#),
            (r#""url":"moss"#, r#""url":"http://h/moss"#),
            (r#""name":"moss"#, r#""name":"a/moss"#),
            ("sha256:00", "sha256:0g"),
            ("sha256:", "sha512:"),
            (r#""size":12"#, r#""size":-1"#),
            (r#""version":"0.2.0""#, r#""version":"0.2""#),
        ] {
            let bad = whole.replacen(from, to, 1);
            assert_ne!(bad, whole, "{from}");
            assert!(Manifest::parse(bad.as_bytes()).is_err(), "{to}");
        }
        for cut in [0, 1, whole.len() / 2, whole.len() - 1] {
            assert!(Manifest::parse(&whole.as_bytes()[..cut]).is_err(), "cut at {cut}");
        }
        let large = format!("{whole}{}", " ".repeat(MAX_MANIFEST_BYTES));
        assert!(Manifest::parse(large.as_bytes()).is_err());
    }
}
