//! `cargo xtask sign`: signs what was built elsewhere, so that the key need not be where
//! dependencies are compiled.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use moss_api::release::{Digest, MANIFEST_NAME, Manifest, archive_name};
use sha2::{Digest as _, Sha256};

use super::folder::{Built, Fresh};
use super::programs::PROGRAMS;
use super::steps::Destination;

/// Sign what dist made without a key, on one machine or on several
#[derive(clap::Args)]
pub struct Sign {
    /// Folders that dist wrote, of the same commit
    #[arg(required = true, value_name = "DIR")]
    from: Vec<PathBuf>,
    #[command(flatten)]
    to: Destination,
}

impl Sign {
    /// Signs, and says what is where.
    ///
    /// # Errors
    /// When there is no key, or the folders are not what dist wrote for one commit.
    pub fn run(self) -> Result<()> {
        ensure!(self.to.key.is_some(), "nothing to sign with\nhint: --key FILE");
        let mut parts = self.from.iter().map(|folder| unsigned(folder));
        let mut whole = parts.next().context("nothing to sign")??;
        for part in parts {
            let part = part?;
            let same = part.version == whole.version && part.date == whole.date;
            ensure!(same, "{} and {} are of two commits", whole.version, part.version);
            whole.archives.extend(part.archives);
        }
        self.to.open()?.publish(whole)
    }
}

/// The newest release of a folder, with its archives, as they were built.
fn unsigned(folder: &Path) -> Result<Fresh> {
    let place = folder.join(MANIFEST_NAME);
    let json = std::fs::read(&place).with_context(|| place.display().to_string())?;
    let manifest = Manifest::parse(&json).with_context(|| place.display().to_string())?;
    let release = manifest.releases.into_iter().next();
    let release = release.with_context(|| format!("{}: no release", place.display()))?;
    let mut archives = Vec::new();
    for asset in release.assets {
        let path = folder.join(asset.url.as_str());
        let name = path.display();
        let bytes = std::fs::read(&path).with_context(|| name.to_string())?;
        ensure!(Digest(Sha256::digest(&bytes).into()) == asset.digest, "{name}: wrong digest");
        ensure!(asset.signature.is_empty(), "{name} is signed already");
        let program = PROGRAMS.iter().map(|program| program.name).find(|program| {
            archive_name(program, release.version, &asset.target) == asset.name.as_str()
        });
        let program = program.with_context(|| format!("{name} is no program of ours"))?;
        archives.push(Built { program: program.to_owned(), target: asset.target, bytes });
    }
    Ok(Fresh { version: release.version, date: release.date, minimum: None, archives })
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use moss_api::Timestamp;
    use moss_api::release::{ReleaseKeys, SignedManifest};

    use super::*;
    use crate::dist::folder::Folder;
    use crate::dist::keys;
    use crate::dist::signing::Lifetime;

    /// Two machines' folders, the keys, and where the signed one goes.
    struct World(tempfile::TempDir);

    impl World {
        fn new(second: i64) -> Self {
            let world = Self(tempfile::tempdir().unwrap());
            let none = ReleaseKeys::new(Vec::new());
            for (name, target, seconds) in
                [("one", "x86_64-unknown-linux-gnu", 1), ("two", "aarch64-apple-darwin", second)]
            {
                let built = Built {
                    program: "moss-server".to_owned(),
                    target: target.to_owned(),
                    bytes: crate::dist::archive::Archive::new("top").pack(0).unwrap(),
                };
                let date = Timestamp::from_micros(seconds * 1_000_000);
                let version = "0.2.0".parse().unwrap();
                let fresh = Fresh { version, date, minimum: None, archives: vec![built] };
                Folder::open(&world.at(name), &none).unwrap().publish(fresh, None).unwrap();
            }
            keys::make(&world.at("keys")).unwrap();
            world
        }

        fn at(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn sign(&self) -> Result<()> {
            let key = Some(self.at("keys/release-current.key"));
            let lifetime = Lifetime { days: 90 };
            let to = Destination { key, out: Some(self.at("out")), minimum: None, lifetime };
            Sign { from: vec![self.at("one"), self.at("two")], to }.run()
        }
    }

    #[test]
    fn what_two_machines_built_is_one_signed_release() {
        let world = World::new(1);
        world.sign().unwrap();
        let json = std::fs::read(world.at("out").join(MANIFEST_NAME)).unwrap();
        let public = std::fs::read_to_string(world.at("keys/release-current.pub")).unwrap();
        let keys: ReleaseKeys = public.parse().unwrap();
        let manifest = SignedManifest::open(&json, &keys).unwrap().manifest;
        let release = &manifest.releases[0];
        for target in ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin"] {
            let asset = release.asset("moss-server", target).unwrap();
            assert!(BASE64_STANDARD.decode(&asset.signature).unwrap().len() > 64);
        }
        assert_eq!(release.assets.len(), 2);
        world.sign().unwrap();
        assert_eq!(std::fs::read(world.at("out").join(MANIFEST_NAME)).unwrap(), json);
    }

    #[test]
    fn two_commits_are_no_release() {
        let said = World::new(2).sign().unwrap_err().to_string();
        assert!(said.contains("two commits"), "{said}");
    }

    #[test]
    fn an_archive_that_changed_on_the_way_is_not_signed() {
        let world = World::new(1);
        let path = world.at("two/moss-server-0.2.0-aarch64-apple-darwin.tar.gz");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.push(0);
        std::fs::write(&path, bytes).unwrap();
        let said = world.sign().unwrap_err().to_string();
        assert!(said.contains("wrong digest"), "{said}");
        assert!(!world.at("out").exists());
    }
}
