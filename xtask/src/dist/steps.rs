//! What `dist`, `sign` and `recall` share: opening the folder of releases, and publishing into it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use moss_api::release::{ReleaseKeys, Version};

use super::folder::{Folder, Fresh};
use super::keys::{self, ReleaseKey};
use super::signing::{Lifetime, Signing};
use crate::workspace::{root, target_folder};

/// Where releases go, and with what signature.
#[derive(clap::Args)]
pub struct Destination {
    /// The secret key to sign with
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// The folder of releases; what it has stays [default: releases in the target folder]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The oldest client that these releases' servers work with
    #[arg(long, value_name = "VERSION")]
    pub minimum: Option<Version>,
    #[command(flatten)]
    pub lifetime: Lifetime,
}

/// [`Destination`], looked at.
pub struct Opened {
    signing: Option<Signing>,
    folder: Folder,
    path: PathBuf,
    minimum: Option<Version>,
}

impl Destination {
    /// Reads the key and what the folder has.
    ///
    /// # Errors
    /// When either cannot be read, or the folder is signed by a key that is not ours.
    pub fn open(self) -> Result<Opened> {
        let path = match self.out {
            Some(out) => out,
            None => target_folder()?.join("releases"),
        };
        let signing = self.key.map(|key| Signing::now(&key, self.lifetime)).transpose()?;
        let folder = open(&path, signing.as_ref().map(|signing| &signing.key))?;
        Ok(Opened { signing, folder, path, minimum: self.minimum })
    }
}

/// The folder, when a key of ours or the one given signed what is in it.
///
/// # Errors
/// When it cannot be read, or another key signed it.
pub fn open(path: &Path, key: Option<&ReleaseKey>) -> Result<Folder> {
    let mut keys = keys::trusted(root())?;
    if let Some(key) = key
        && !keys.contains(&key.public())
    {
        eprintln!("warning: the key is none of keys/*.pub: no moss built from this tree trusts it");
        keys.push(key.public());
    }
    Folder::open(path, &ReleaseKeys::new(keys))
}

impl Opened {
    /// Whether there is a key to sign with.
    pub const fn is_signed(&self) -> bool {
        self.signing.is_some()
    }

    /// Adds the release to the folder, and says so.
    ///
    /// # Errors
    /// As [`Folder::publish`].
    pub fn publish(self, mut fresh: Fresh) -> Result<()> {
        fresh.minimum = self.minimum;
        let (version, path) = (fresh.version, self.path.display());
        self.folder.publish(fresh, self.signing.as_ref())?;
        println!("{version} is in {path}");
        if self.signing.is_none() {
            eprintln!(
                "warning: UNSIGNED: no moss updates to it, no installer that checks takes it\n\
                 hint: cargo xtask sign {path} --key FILE --out DIR"
            );
        }
        Ok(())
    }
}
