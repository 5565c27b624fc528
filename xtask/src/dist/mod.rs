//! `cargo xtask dist`: what users download, from this tree. `sign`, `renew` and `recall` work on
//! what it made.

mod archive;
mod folder;
mod keys;
#[cfg(test)]
mod packaging;
mod programs;
mod recall;
mod renew;
mod repeat;
mod sign;
mod signing;
mod source;
mod steps;
#[cfg(test)]
mod workflow;

pub use keys::make as release_keys;
#[cfg(unix)] // where it is measured
pub use programs::MAX_MOSS_BYTES;
pub use recall::Recall;
pub use renew::Renew;
pub use sign::Sign;

use anyhow::Result;
use moss_api::Timestamp;

use crate::workspace::host;
use folder::Fresh;
use programs::{PROGRAMS, version};
use steps::Destination;

/// Build what users download: archives, SHA256SUMS and manifest.json
#[derive(clap::Args)]
pub struct Dist {
    /// What it is to run on, as Rust names it, instead of this machine; again for more
    #[arg(long = "target", value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    to: Destination,
    /// Instead: build this commit twice, in two folders, and compare every byte
    #[arg(long, conflicts_with_all = ["key", "out", "minimum"])]
    check_reproducible: bool,
}

impl Dist {
    /// Builds, and says what is where.
    ///
    /// # Errors
    /// When something cannot be built, is too large, or may not be signed.
    pub fn run(self) -> Result<()> {
        if self.check_reproducible {
            return repeat::check(&self.targets);
        }
        let to = self.to.open()?;
        if to.is_signed() {
            source::ensure_committed()?;
        }
        let targets = if self.targets.is_empty() { vec![host()?] } else { self.targets };
        for target in &targets {
            source::ensure_installed(target)?;
        }
        let time = source::time()?;
        let mut archives = Vec::new();
        for target in targets {
            for program in &PROGRAMS {
                archives.push(program.pack(&target, time)?);
            }
        }
        let date = Timestamp::from_micros(i64::try_from(time)?.saturating_mul(1_000_000));
        to.publish(Fresh { version: version()?, date, minimum: None, archives })
    }
}
