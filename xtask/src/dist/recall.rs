//! `cargo xtask recall`: takes a release back, so that nobody runs it any more.

use std::path::PathBuf;

use anyhow::Result;
use moss_api::release::Version;

use super::keys::ReleaseKey;
use super::steps::open;

/// Take a release back: every moss moves off it, downwards too
#[derive(clap::Args)]
pub struct Recall {
    /// Which
    version: Version,
    /// One line that its users are shown
    #[arg(long)]
    reason: String,
    /// The secret key to sign with
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The folder of releases
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Recall {
    /// Changes the manifest, and says so.
    ///
    /// # Errors
    /// When there is no such release.
    pub fn run(self) -> Result<()> {
        let key = ReleaseKey::read(&self.key)?;
        open(&self.out, Some(&key))?.recall(self.version, &self.reason, &key)?;
        println!("{} is recalled in {}", self.version, self.out.display());
        Ok(())
    }
}
