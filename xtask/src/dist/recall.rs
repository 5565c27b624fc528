//! `cargo xtask recall`: takes a release back, so that nobody runs it any more.

use anyhow::Result;
use moss_api::release::Version;

use super::signing::Signed;
use super::steps::open;

/// Take a release back: every moss moves off it, downwards too
#[derive(clap::Args)]
pub struct Recall {
    /// Which
    version: Version,
    /// One line that its users are shown
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    signed: Signed,
}

impl Recall {
    /// Changes the manifest, and says so.
    ///
    /// # Errors
    /// When there is no such release.
    pub fn run(self) -> Result<()> {
        let (signing, out) = (self.signed.signing()?, self.signed.out);
        open(&out, Some(&signing.key))?.recall(self.version, &self.reason, &signing)?;
        println!("{} is recalled in {}", self.version, out.display());
        Ok(())
    }
}
