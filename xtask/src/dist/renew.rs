//! `cargo xtask renew`: signs the manifest again, so that it goes on being believed.

use anyhow::Result;

use super::signing::Signed;
use super::steps::open;

/// Sign a folder's manifest again, for another --expires days; its releases stay
#[derive(clap::Args)]
pub struct Renew {
    #[command(flatten)]
    signed: Signed,
}

impl Renew {
    /// Changes the manifest, and says so.
    ///
    /// # Errors
    /// When the folder is not signed by a key of ours.
    pub fn run(self) -> Result<()> {
        let (signing, out) = (self.signed.signing()?, self.signed.out);
        open(&out, Some(&signing.key))?.renew(&signing)?;
        println!("the manifest in {} is good for {} days", out.display(), signing.lifetime.days);
        Ok(())
    }
}
