//! Whether the manifest that was fetched is the newest there is, as far as can be told here.

use std::time::Instant;

use moss_api::Timestamp;
use moss_api::release::{Freshness, Manifest, Stamp, Version};

use crate::error::{Error, Result};
use crate::hints;
use crate::system::clock;

use super::choice::was_recalled;
use super::seen::{Outdated, Seen};
use super::{InstallDir, Source, failed, keys};

/// A manifest that a release key has signed, what was seen before it, and what speaks against it.
#[derive(Debug)]
pub struct Look {
    /// How new it is.
    pub stamp: Stamp,
    /// What it says.
    pub manifest: Manifest,
    /// What is known now, with what this manifest adds.
    pub seen: Seen,
    doubt: Option<Doubt>,
    from: String,
}

/// Why a manifest that is genuine is not to be gone by.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Doubt {
    /// A newer one was seen.
    Older(Outdated),
    /// Its time is over.
    Expired,
    /// Whether it is over cannot be told by this machine's clock.
    Clock,
}

/// Fetches the manifest and compares it with what was seen. Changes nothing on the disk.
///
/// # Errors
/// When it cannot be had, or no release key has signed it. Where one was seen, it says so.
pub async fn look(source: &Source, place: &InstallDir, deadline: Instant) -> Result<Look> {
    let fetched = source.manifest(deadline).await;
    let (mut seen, keys) = (Seen::beside(place), keys::keys()?);
    let signed = fetched.map_err(|error| withheld(error, seen.last(&keys)))?;
    let older = seen.outdates(&signed, &keys).map(Doubt::Older);
    seen.learn(&signed); // also of an old one: what it recalls was recalled
    let doubt = older.or(match signed.stamp.at(clock::now()) {
        Freshness::Good | Freshness::EndsSoon => None,
        Freshness::Expired => Some(Doubt::Expired),
        Freshness::SignedLater => Some(Doubt::Clock),
    });
    let from = source.to_string();
    Ok(Look { stamp: signed.stamp, manifest: signed.manifest, seen, doubt, from })
}

impl Look {
    /// Refuses a manifest there is a doubt of.
    ///
    /// # Errors
    /// With the doubt.
    pub fn ensure_fresh(&self) -> Result<()> {
        self.doubt.as_ref().map_or(Ok(()), |doubt| Err(self.told(doubt)))
    }

    /// The same for somebody who has asked for one version: when the manifest ends is nothing to
    /// them, and is returned to be told. What is older than what was seen stays refused.
    ///
    /// # Errors
    /// With the doubt.
    pub fn ensure_fresh_for_one(&self) -> Result<Option<Error>> {
        match &self.doubt {
            None => Ok(None),
            Some(doubt @ Doubt::Older(_)) => Err(self.told(doubt)),
            Some(doubt @ (Doubt::Expired | Doubt::Clock)) => Ok(Some(self.told(doubt))),
        }
    }

    /// Refuses a program that was recalled, by this manifest or one before.
    ///
    /// # Errors
    /// When it was.
    pub fn ensure_not_recalled(&self, own: Version) -> Result<()> {
        let reason = self.seen.recalled().get(&own);
        reason.map_or(Ok(()), |reason| Err(was_recalled(own, reason)))
    }

    /// Whether it is older than what was seen, which time does not explain.
    pub const fn is_older(&self) -> bool {
        matches!(self.doubt, Some(Doubt::Older(_)))
    }

    fn told(&self, doubt: &Doubt) -> Error {
        let (from, Stamp { serial, signed, expires }) = (&self.from, self.stamp);
        let now = clock::now().minute();
        match doubt {
            Doubt::Older(seen) => older(from, serial, seen),
            Doubt::Expired => {
                let message = format!(
                    "the manifest at {from} expired at {}, and it is {now} by this machine's \
                     clock: there may be newer releases",
                    expires.minute()
                );
                failed("expired_manifest", message).hint(hints::RENEW_MANIFEST)
            }
            Doubt::Clock => behind(from, signed, &now),
        }
    }
}

fn older(from: &str, serial: u64, seen: &Outdated) -> Error {
    let message = format!("the manifest at {from} is an old one: {}", seen.told(serial));
    failed("older_manifest", message).hint(
        "tell whoever runs the server: it hands out an old copy, or somebody wants this moss to \
         miss a newer one; nothing was changed",
    )
}

/// Whoever had releases once and hands out none, or what cannot be read, may hide newer ones. That
/// a server is away is no sign of it.
fn withheld(error: Error, seen: Option<u64>) -> Error {
    let code = match error.code() {
        "no_releases" => "missing_manifest",
        "bad_manifest" => "broken_manifest",
        _ => return error,
    };
    let Some(seen) = seen else { return error };
    failed(code, format!("{error}; a manifest of serial {seen} was seen here")).hint(
        "tell whoever runs the server: it lost its releases, or somebody wants this moss to miss a \
         newer one; nothing was changed",
    )
}

fn behind(from: &str, signed: Timestamp, now: &str) -> Error {
    let message = format!(
        "this machine's clock says {now}, and the manifest at {from} was signed at {}: whether it \
         has expired cannot be told",
        signed.minute()
    );
    failed("wrong_clock", message).hint(hints::SET_CLOCK)
}

const DOUBTS: [&str; 7] = [
    "recalled",
    "older_manifest",
    "expired_manifest",
    "wrong_clock",
    "bad_signature",
    "missing_manifest",
    "broken_manifest",
];

/// Whether an error is to be told: somebody may hide releases, or nobody should run this one. That
/// there never were any is none.
pub fn is_doubt(error: &Error) -> bool {
    DOUBTS.contains(&error.code())
}
