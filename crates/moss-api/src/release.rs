//! What there is to update to: `manifest.json`, beside the archives it tells of.
//!
//! The manifest itself is signed by nobody: it may hide a release, and can offer none that the
//! release keys did not sign. Each archive is, under its own name, which holds program, version
//! and target; so is every recall.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Timestamp;

/// The form of manifest this build reads and writes.
pub const MANIFEST_SCHEMA: u32 = 1;
/// Its file name, at a server below `/releases/`.
pub const MANIFEST_NAME: &str = "manifest.json";
/// Largest manifest, in bytes.
pub const MAX_MANIFEST_BYTES: usize = 1024 * 1024;
/// Largest archive, in bytes.
pub const MAX_ARCHIVE_BYTES: u64 = 64 * 1024 * 1024;
/// Longest name of a file, in bytes.
pub const MAX_FILE_NAME_BYTES: usize = 200;
/// Most digits of each of a version's numbers.
const MAX_DIGITS: usize = 9;
const DIGEST_PREFIX: &str = "sha256:";

/// All releases of a channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_SCHEMA`].
    pub schema: u32,
    /// Such as `stable`.
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

/// Why a release was taken back. It counts only with a signature of [`Recall::message`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// Free text.
    pub reason: String,
    /// Base64 of the 64 bytes of an ed25519 signature.
    pub signature: String,
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
    /// Reads one.
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
            return Err(BadManifest(format!("it is larger than {MAX_MANIFEST_BYTES} bytes")));
        }
        let bad = |e: serde_json::Error| BadManifest(e.to_string());
        let head: Head = serde_json::from_slice(json).map_err(bad)?;
        if head.schema != MANIFEST_SCHEMA {
            let schema = head.schema;
            return Err(BadManifest(format!("it is of schema {schema}, not {MANIFEST_SCHEMA}")));
        }
        serde_json::from_slice(json).map_err(bad)
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

impl Recall {
    /// What the release key signs to recall a version.
    pub fn message(version: Version, reason: &str) -> String {
        format!("moss recall\n{version}\n{reason}\n")
    }
}

/// `moss-0.2.0-x86_64-unknown-linux-gnu.tar.gz`: the archive's file name, and the context of its
/// signature.
pub fn archive_name(program: &str, version: Version, target: &str) -> String {
    format!("{program}-{version}-{target}.tar.gz")
}

/// Why something is no manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadManifest(String);

impl fmt::Display for BadManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadManifest {}

/// `MAJOR.MINOR.PATCH`, and no more: there are no previews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version([u32; 3]);

/// The text is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadVersion;

impl fmt::Display for BadVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a version is written like 0.2.0")
    }
}

impl std::error::Error for BadVersion {}

impl Version {
    /// From its three numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self([major, minor, patch])
    }
}

impl FromStr for Version {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let numbers: Option<Vec<u32>> = text.splitn(4, '.').map(number).collect();
        numbers.and_then(|numbers| numbers.try_into().ok()).map(Self).ok_or(BadVersion)
    }
}

/// Digits as one writes a number: no sign, no needless zero.
fn number(digits: &str) -> Option<u32> {
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && digits.len() <= MAX_DIGITS;
    let needless = digits.len() > 1 && digits.starts_with('0');
    if plain && !needless { digits.parse().ok() } else { None }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

/// The name of a file in the manifest's own folder: `[A-Za-z0-9._-]+`, hidden ones and `..` not
/// among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName(String);

/// The text is no plain file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadFileName;

impl fmt::Display for BadFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file name is made of letters, digits, dots, _ and -, and begins with no dot")
    }
}

impl std::error::Error for BadFileName {}

impl FileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for FileName {
    type Err = BadFileName;

    fn from_str(text: &str) -> Result<Self, BadFileName> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        let is_name = !text.is_empty()
            && text.len() <= MAX_FILE_NAME_BYTES
            && !text.starts_with('.')
            && text.bytes().all(fits);
        if is_name { Ok(Self(text.to_owned())) } else { Err(BadFileName) }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256, written `sha256:` and 64 small hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub [u8; 32]);

/// The text is no such digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadDigest;

impl fmt::Display for BadDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a digest is written sha256: and 64 hexadecimal digits")
    }
}

impl std::error::Error for BadDigest {}

impl FromStr for Digest {
    type Err = BadDigest;

    fn from_str(text: &str) -> Result<Self, BadDigest> {
        let hex = text.strip_prefix(DIGEST_PREFIX).ok_or(BadDigest)?;
        let small = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if hex.len() != 64 || !hex.bytes().all(small) {
            return Err(BadDigest);
        }
        let mut digest = [0; 32];
        for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
            let pair = hex.get(at..at + 2).ok_or(BadDigest)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadDigest)?;
        }
        Ok(Self(digest))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(DIGEST_PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// On the wire each is its text.
macro_rules! as_text {
    ($($type:ty),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

as_text!(Version, FileName, Digest);

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff";

    fn manifest() -> String {
        format!(
            r#"{{"schema":1,"channel":"stable","minimum":"0.1.0","releases":[{{"version":"0.2.0",
            "date":"2026-11-20T09:45:00Z","recalled":{{"reason":"eats files","signature":"QUJD"}},
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

    #[test]
    fn versions_are_three_numbers_in_their_order() {
        let version = |text: &str| text.parse::<Version>();
        for (older, newer) in [("0.9.9", "0.10.0"), ("0.99.99", "1.0.0"), ("0.1.0", "0.1.1")] {
            assert!(version(older).unwrap() < version(newer).unwrap());
        }
        assert_eq!(version("10.2.3").unwrap().to_string(), "10.2.3");
        for bad in ["", "1", "1.2", "1.2.3.4", "1.2.x", "+1.2.3", "01.2.3", "1..3", "v1.2.3"] {
            assert!(version(bad).is_err(), "{bad}");
        }
        assert!(version("1.2.3-rc1").is_err() && version("1.2.9999999999").is_err());
    }

    #[test]
    fn file_names_lead_nowhere_else() {
        assert!("moss-0.2.0_x.tar.gz".parse::<FileName>().is_ok());
        for bad in ["", ".", "..", "../a", "a/b", "/a", "a\\b", ".a", "a b", "ä", "a:b", "a%2fb"] {
            assert!(bad.parse::<FileName>().is_err(), "{bad}");
        }
        assert!("a".repeat(MAX_FILE_NAME_BYTES + 1).parse::<FileName>().is_err());
    }

    #[test]
    fn digests_are_their_text() {
        let text = format!("sha256:{HEX}");
        assert_eq!(text.parse::<Digest>().unwrap().to_string(), text);
        for bad in [HEX, "sha256:", &text[..70], &text.to_uppercase(), &format!("{text}00")] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }
}
