//! What a manifest is signed with: a key, and how long the signature is to be good for.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use ed25519_dalek::SIGNATURE_LENGTH;
use moss_api::Timestamp;
use moss_api::release::{Manifest, Stamp, payload};

use super::keys::ReleaseKey;

const MICROS: i64 = 1_000_000;

/// How long a signature is good for.
#[derive(clap::Args, Clone, Copy)]
pub struct Lifetime {
    /// Days until the manifest has to be renewed: so long can whoever serves it hide a newer one
    #[arg(long = "expires", value_name = "DAYS", default_value_t = 90,
          value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
}

/// Where a folder of releases is, and what to sign it with.
#[derive(clap::Args)]
pub struct Signed {
    /// The secret key to sign with
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The folder of releases
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    #[command(flatten)]
    lifetime: Lifetime,
}

impl Signed {
    /// Reads the key.
    ///
    /// # Errors
    /// When it holds none.
    pub fn signing(&self) -> Result<Signing> {
        Signing::now(&self.key, self.lifetime)
    }
}

/// Signs manifests.
pub struct Signing {
    /// With this.
    pub key: ReleaseKey,
    /// At this time.
    pub at: Timestamp,
    /// For so long.
    pub lifetime: Lifetime,
}

impl Signing {
    /// Reads the key, for signing now.
    ///
    /// # Errors
    /// When the file holds none.
    pub fn now(key: &Path, lifetime: Lifetime) -> Result<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let at = Timestamp::from_micros(i64::try_from(since.as_secs())?.saturating_mul(MICROS));
        Ok(Self { key: ReleaseKey::read(key)?, at, lifetime })
    }

    /// What is signed of a manifest that follows one of this serial, and its signature.
    ///
    /// The serial is the time, so that a folder that was lost and made anew, or restored from an
    /// old copy, is not taken for an old one.
    ///
    /// # Errors
    /// When there is no higher serial.
    pub fn sign(
        &self,
        manifest: &Manifest,
        before: Option<u64>,
    ) -> Result<(String, [u8; SIGNATURE_LENGTH])> {
        let next = before.unwrap_or(0).checked_add(1).context("the serials are used up")?;
        let serial = next.max(u64::try_from(self.at.micros() / MICROS).unwrap_or(0));
        let lifetime = Duration::from_secs(u64::from(self.lifetime.days) * 24 * 60 * 60);
        let stamp = Stamp { serial, signed: self.at, expires: self.at + lifetime };
        let payload = payload(manifest, &stamp)?;
        let signature = self.key.sign(&payload);
        Ok((payload, signature))
    }
}
