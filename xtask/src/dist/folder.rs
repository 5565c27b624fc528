//! The folder of releases: archives, `manifest.json`, which servers and clients read, and
//! `SHA256SUMS` with its signature for people.
//!
//! A folder is signed or it is not; the two are never mixed, so that a signature never covers what
//! was not signed before. A signed version never changes its bytes, and a signed manifest never
//! goes back to a lower serial.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use moss_api::Timestamp;
use moss_api::release::{
    Asset, CHANNEL, Digest, FileName, MANIFEST_NAME, MANIFEST_SCHEMA, Manifest, Recall, Release,
    ReleaseKeys, SignedManifest, Version, archive_name, seal,
};
use sha2::{Digest as _, Sha256};

use super::signing::Signing;

#[cfg(test)]
mod tests;

/// The digests of all archives, in the form of sha256sum.
const SUMS: &str = "SHA256SUMS";
/// Its signature: 64 bytes.
const SUMS_SIGNATURE: &str = "SHA256SUMS.sig";
/// Longest reason of a recall, in bytes: it is read on a terminal and by models.
const MAX_REASON: usize = 500;

/// An archive that was built, not signed yet.
pub struct Built {
    /// `moss` or `moss-server`.
    pub program: String,
    /// What it runs on.
    pub target: String,
    /// The `.tar.gz`.
    pub bytes: Vec<u8>,
}

/// What is released: one version, all or some of its archives.
pub struct Fresh {
    /// Which version.
    pub version: Version,
    /// When its commit was made.
    pub date: Timestamp,
    /// The oldest client its server works with; none leaves what the folder says.
    pub minimum: Option<Version>,
    /// Its archives.
    pub archives: Vec<Built>,
}

/// A folder of releases, as it was found.
pub struct Folder {
    path: PathBuf,
    manifest: Manifest,
    /// Of the manifest that is there, when it is signed.
    serial: Option<u64>,
}

impl Folder {
    /// Looks at a folder; one that is not there yet has no releases. What a signed one holds has
    /// to be what was signed, by one of `keys`.
    ///
    /// # Errors
    /// When it holds something else.
    pub fn open(path: &Path, keys: &ReleaseKeys) -> Result<Self> {
        let place = path.join(MANIFEST_NAME);
        let path = path.to_owned();
        let json = match std::fs::read(&place) {
            Ok(json) => json,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let manifest = Manifest {
                    schema: MANIFEST_SCHEMA,
                    channel: CHANNEL.to_owned(),
                    minimum: Version::new(0, 1, 0),
                    releases: Vec::new(),
                };
                return Ok(Self { path, manifest, serial: None });
            }
            Err(error) => return Err(error).with_context(|| place.display().to_string()),
        };
        if let Ok(manifest) = Manifest::parse(&json) {
            return Ok(Self { path, manifest, serial: None });
        }
        let signed = SignedManifest::open(&json, keys).with_context(|| {
            format!("{}\nhint: use a copy of the folder that you trust", place.display())
        })?;
        Ok(Self { path, manifest: signed.manifest, serial: Some(signed.stamp.serial) })
    }

    /// Signs archives, when there is a key, and puts them beside what the folder has: archives
    /// first, the manifest last, each in one step.
    ///
    /// # Errors
    /// When they would mix with what is signed otherwise, or change what was signed; then nothing
    /// was written. When something cannot be written.
    pub fn publish(mut self, fresh: Fresh, signing: Option<&Signing>) -> Result<()> {
        let place = self.path.display().to_string();
        let hint = "hint: another --out";
        let key = signing.map(|signing| &signing.key);
        let before = self.manifest.clone();
        match (self.serial.is_some(), key, self.manifest.releases.is_empty()) {
            (true, None, _) => bail!("{place} is signed, and there is no --key\n{hint}"),
            (false, Some(_), false) => bail!("{place} holds what was never signed\n{hint}"),
            (true, Some(_), _) | (false, _, _) => {}
        }
        let mut files = Vec::new();
        let mut assets = Vec::new();
        for built in fresh.archives {
            let name = archive_name(&built.program, fresh.version, &built.target);
            let (bytes, signature) = match key {
                Some(key) => key.sign_archive(&name, built.bytes)?,
                None => (built.bytes, String::new()),
            };
            let name: FileName = name.parse()?;
            assets.push(Asset {
                name: name.clone(),
                target: built.target,
                url: name.clone(),
                size: bytes.len() as u64,
                digest: Digest(Sha256::digest(&bytes).into()),
                signature,
            });
            files.push((name.to_string(), bytes));
        }
        if let Some(minimum) = fresh.minimum {
            self.manifest.minimum = minimum;
        }
        merge(&mut self.manifest, fresh.version, fresh.date, assets, key.is_some())?;
        let sums = sums(&self.manifest);
        if let Some(key) = key {
            files.push((SUMS_SIGNATURE.to_owned(), key.sign(&sums).into()));
        }
        files.push((SUMS.to_owned(), sums.into_bytes()));
        std::fs::create_dir_all(&self.path).with_context(|| place.clone())?;
        for (name, bytes) in &files {
            replace(&self.path.join(name), bytes)?;
        }
        // What says the same is not signed again: that would only use up a serial.
        if self.serial.is_some() && self.manifest == before {
            return Ok(());
        }
        self.write_manifest(signing)
    }

    /// Takes a version back, for a reason that its users are shown.
    ///
    /// # Errors
    /// When the folder has no such version, or the reason is no line of text.
    pub fn recall(mut self, version: Version, reason: &str, signing: &Signing) -> Result<()> {
        let one_line = !reason.trim().is_empty() && !reason.chars().any(char::is_control);
        ensure!(one_line && reason.len() <= MAX_REASON, "a reason is one line, {MAX_REASON} bytes");
        let place = self.path.display().to_string();
        let release = self.manifest.releases.iter_mut().find(|r| r.version == version);
        let release = release.with_context(|| format!("{place} has no release {version}"))?;
        release.recalled = Some(Recall { reason: reason.to_owned() });
        self.renew(signing)
    }

    /// Signs the manifest as it is, with a new serial and a new end.
    ///
    /// # Errors
    /// When it is not signed yet, or cannot be written.
    pub fn renew(self, signing: &Signing) -> Result<()> {
        let place = self.path.display();
        ensure!(self.serial.is_some(), "{place} holds no signed manifest\nhint: cargo xtask sign");
        self.write_manifest(Some(signing))
    }

    fn write_manifest(&self, signing: Option<&Signing>) -> Result<()> {
        let json = match signing {
            None => serde_json::to_string_pretty(&self.manifest)? + "\n",
            Some(signing) => {
                let (payload, signature) = signing.sign(&self.manifest, self.serial)?;
                seal(&payload, &signature)
            }
        };
        // What would be refused by those who read it is not written.
        match signing {
            None => Manifest::parse(json.as_bytes()).map(|_| ())?,
            Some(signing) => {
                let keys = ReleaseKeys::new(vec![signing.key.public()]);
                SignedManifest::open(json.as_bytes(), &keys).map(|_| ())?;
            }
        }
        replace(&self.path.join(MANIFEST_NAME), json.as_bytes())
    }
}

/// Puts a version's archives into the manifest, newest version first, archives by name. A recall
/// stays.
fn merge(
    manifest: &mut Manifest,
    version: Version,
    date: Timestamp,
    fresh: Vec<Asset>,
    for_ever: bool,
) -> Result<()> {
    let releases = &mut manifest.releases;
    let at = releases.iter().position(|release| release.version == version);
    let at = at.unwrap_or_else(|| {
        releases.push(Release { version, date, recalled: None, assets: Vec::new() });
        releases.len() - 1
    });
    let release = &mut releases[at];
    release.date = date;
    for asset in fresh {
        match release.assets.iter_mut().find(|other| other.name == asset.name) {
            Some(other) if for_ever && other.digest != asset.digest => {
                bail!("{} was released with other bytes\nhint: raise the version", asset.name)
            }
            Some(other) => *other = asset,
            None => release.assets.push(asset),
        }
    }
    release.assets.sort_by(|one, other| one.name.as_str().cmp(other.name.as_str()));
    releases.sort_by_key(|release| std::cmp::Reverse(release.version));
    Ok(())
}

/// `SHA256SUMS`: every archive the manifest offers.
fn sums(manifest: &Manifest) -> String {
    let mut text = String::new();
    for asset in manifest.releases.iter().flat_map(|release| &release.assets) {
        let digest = asset.digest.to_string();
        let hex = digest.trim_start_matches("sha256:");
        let _ = writeln!(text, "{hex}  {}", asset.name);
    }
    text
}

/// Writes a file beside its place and moves it there: a reader sees the old or the new.
fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let written = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        #[cfg(unix)] // a temporary file is its owner's alone, and servers run as others
        file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    written().with_context(|| format!("cannot write {}", path.display()))
}
