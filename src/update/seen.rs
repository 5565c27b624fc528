//! What this program has seen of releases, kept beside it in `.moss.seen`: the highest serial under
//! each release key, and every recall. Whoever runs the program goes by it, whichever server they
//! ask.
//!
//! Under a lock it only ever grows, and a reader sees the old or the new. A file that is no longer
//! what was written is as none at all, as beside a fresh install: losing it opens the way back to
//! an older manifest until the next good one is seen, and refusing to go on would close it for good.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};

use moss_api::clip;
use moss_api::release::{ReleaseKeys, SignedManifest, Version};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::hints;
use crate::system::files;
use crate::system::hash::sha256;

use super::install_dir::{InstallDir, create};
use super::{MAX_REASON, failed, step};

/// Largest such file, in bytes: room for thousands of recalls.
const MAX_BYTES: u64 = 1024 * 1024;

/// What was seen, in this process and before it.
#[derive(Debug)]
pub struct Seen {
    facts: Facts,
    /// Whether `facts` holds what the file does not.
    is_news: bool,
    is_broken: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Facts {
    /// By the base64 of the public key that signed.
    serials: BTreeMap<String, u64>,
    /// For which reason.
    recalled: BTreeMap<Version, String>,
}

/// What was seen that makes a manifest an old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outdated {
    /// One of this serial, which is higher.
    Serial(u64),
    /// One of a key that replaces this one: then serials say nothing.
    Key(String),
}

impl Outdated {
    /// What makes the manifest of this serial an old one. A retired key's serial says nothing: a
    /// thief may have used them all up.
    pub fn told(&self, serial: u64) -> String {
        match self {
            Self::Serial(seen) => format!("it has serial {serial}, and {seen} was seen here"),
            Self::Key(key) => format!(
                "a retired release key signed it, and one of the key that replaces {key} was seen \
                 here"
            ),
        }
    }
}

impl Seen {
    /// What is remembered beside a program.
    pub fn beside(place: &InstallDir) -> Self {
        let read = read(place);
        let is_broken = matches!(&read, Err(e) if e.kind() != ErrorKind::NotFound);
        Self { facts: read.unwrap_or_default(), is_news: false, is_broken }
    }

    /// Whether something is there that cannot be used.
    pub const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// What makes a manifest an old one, if it is one: a key's own highest serial, or any
    /// manifest of a key that takes its place. So whoever has stolen a key and used up its
    /// serials cannot keep its successor out.
    pub fn outdates(&self, signed: &SignedManifest, keys: &ReleaseKeys) -> Option<Outdated> {
        let serials = &self.facts.serials;
        let mut known = keys.as_slice().iter().zip(keys.texts());
        let (_, own) = known.find(|(key, _)| **key == signed.key)?;
        if known.any(|(_, later)| serials.contains_key(&later)) {
            return Some(Outdated::Key(own));
        }
        let highest = serials.get(&own).filter(|seen| signed.stamp.serial < **seen);
        highest.copied().map(Outdated::Serial)
    }

    /// The highest serial of the newest key there is one of; none where no manifest was ever seen.
    pub fn last(&self, keys: &ReleaseKeys) -> Option<u64> {
        let serials = &self.facts.serials;
        let trusted = keys.texts().rev().find_map(|key| serials.get(&key));
        trusted.or_else(|| serials.values().max()).copied() // also of a key that is gone
    }

    /// Every version that was ever recalled, and why.
    pub const fn recalled(&self) -> &BTreeMap<Version, String> {
        &self.facts.recalled
    }

    /// Takes note of what a signed manifest says. It counts at once; [`Self::keep`] makes it last.
    pub fn learn(&mut self, signed: &SignedManifest) {
        let before = self.facts.clone();
        let key = ReleaseKeys::new(vec![signed.key]).texts().collect();
        let seen = self.facts.serials.entry(key).or_default();
        *seen = signed.stamp.serial.max(*seen);
        for release in &signed.manifest.releases {
            if let Some(recall) = &release.recalled {
                self.facts
                    .recalled
                    .entry(release.version)
                    .or_insert_with(|| clip(&recall.reason, MAX_REASON));
            }
        }
        self.is_news |= self.facts != before || self.is_broken;
    }

    /// Writes down what is new, together with what others have written meanwhile.
    ///
    /// # Errors
    /// When it cannot be written, or the folder belongs to a package manager.
    pub fn keep(&mut self, place: &InstallDir) -> Result<()> {
        if !self.is_news {
            return Ok(());
        }
        place.check_managed()?;
        let _lock = files::lock(&place.seen_lock()).map_err(|e| cannot_keep(&e.to_string()))?;
        let mut facts = read(place).unwrap_or_default();
        let before = (!self.is_broken).then(|| facts.clone());
        for (key, serial) in &self.facts.serials {
            let seen = facts.serials.entry(key.clone()).or_default();
            *seen = (*seen).max(*serial);
        }
        for (version, reason) in &self.facts.recalled {
            facts.recalled.entry(*version).or_insert_with(|| reason.clone());
        }
        if before.as_ref() != Some(&facts) {
            write(place, &facts).map_err(|e| {
                let _ = fs::remove_file(place.seen_staged());
                cannot_keep(&e.to_string())
            })?;
        }
        (self.is_news, self.is_broken) = (false, false);
        Ok(())
    }
}

/// One line of facts, and one with its digest: a disk or an editor may have changed either.
fn read(place: &InstallDir) -> std::io::Result<Facts> {
    let mut text = String::new();
    let broken = || std::io::Error::from(ErrorKind::InvalidData);
    File::open(place.seen())?.take(MAX_BYTES).read_to_string(&mut text)?;
    let (facts, sum) = text.trim_end().split_once('\n').ok_or_else(broken)?;
    if sum != sha256(facts) {
        return Err(broken());
    }
    serde_json::from_str(facts).map_err(|_| broken())
}

fn write(place: &InstallDir, facts: &Facts) -> std::io::Result<()> {
    let facts = serde_json::to_string(facts)?;
    let mut file = create(&place.seen_staged(), 0o644)?;
    writeln!(file, "{facts}\n{}", sha256(&facts))?;
    file.sync_all()?;
    step("noted");
    fs::rename(place.seen_staged(), place.seen())
}

fn cannot_keep(why: &str) -> Error {
    failed("cannot_write", format!("what was seen of releases cannot be kept: {why}"))
        .hint(hints::UPDATE_WITH_ROOM)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};
    use moss_api::Timestamp;
    use moss_api::release::{CHANNEL, MANIFEST_SCHEMA, Manifest, Recall, Release, Stamp};
    use moss_api::release::{payload, seal};

    use super::*;

    fn key(number: u8) -> SigningKey {
        SigningKey::from_bytes(&[number; 32])
    }

    fn keys(numbers: &[u8]) -> ReleaseKeys {
        ReleaseKeys::new(numbers.iter().map(|number| key(*number).verifying_key()).collect())
    }

    fn signed(number: u8, serial: u64, recalled: &[&str]) -> SignedManifest {
        let release = |version: &&str| Release {
            version: version.parse().unwrap(),
            date: Timestamp::default(),
            recalled: Some(Recall { reason: "eats\nfiles".to_owned() }),
            assets: Vec::new(),
        };
        let manifest = Manifest {
            schema: MANIFEST_SCHEMA,
            channel: CHANNEL.to_owned(),
            minimum: Version::new(0, 1, 0),
            releases: recalled.iter().map(release).collect(),
        };
        let (signed, expires) = (Timestamp::default(), Timestamp::from_micros(1));
        let text = payload(&manifest, &Stamp { serial, signed, expires }).unwrap();
        let text = seal(&text, &key(number).sign(text.as_bytes()).to_bytes());
        SignedManifest::open(text.as_bytes(), &keys(&[number])).unwrap()
    }

    fn place(folder: &tempfile::TempDir) -> InstallDir {
        InstallDir { moss: folder.path().join("moss") }
    }

    #[test]
    fn what_was_seen_is_kept_and_only_grows() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(&folder);
        for (serial, recalled, highest) in [(5, vec!["0.2.0"], 5), (7, vec![], 7), (6, vec![], 7)] {
            let mut seen = Seen::beside(&place);
            seen.learn(&signed(1, serial, &recalled));
            seen.keep(&place).unwrap();
            let seen = Seen::beside(&place);
            assert_eq!(seen.facts.serials.values().copied().collect::<Vec<_>>(), [highest]);
            assert_eq!(seen.recalled()[&Version::new(0, 2, 0)], "eats\nfiles");
        }
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 2, "the file and its lock");
    }

    #[test]
    fn many_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(&folder);
        std::thread::scope(|scope| {
            for at in 1..=8_u8 {
                let place = &place;
                scope.spawn(move || {
                    for round in 0..8_u64 {
                        let mut seen = Seen::beside(place);
                        let version = format!("{at}.{round}.0");
                        seen.learn(&signed(1, u64::from(at) * 100 + round, &[&version]));
                        seen.keep(place).unwrap();
                        assert!(!Seen::beside(place).is_broken());
                    }
                });
            }
        });
        let seen = Seen::beside(&place);
        assert_eq!(seen.recalled().len(), 64);
        assert_eq!(seen.facts.serials.values().copied().collect::<Vec<_>>(), [807]);
    }

    #[test]
    fn a_lower_serial_is_old_and_a_later_key_makes_every_earlier_one_old() {
        let retired = || Some(Outdated::Key(keys(&[1]).texts().collect()));
        for (before, now, trusted, old) in [
            (vec![(1, 5)], (1, 4), [1, 2], Some(Outdated::Serial(5))),
            (vec![(1, 5)], (1, 5), [1, 2], None),
            (vec![(1, 5)], (1, 6), [1, 2], None),
            (vec![(1, u64::MAX)], (2, 1), [1, 2], None), // the first key was stolen
            (vec![(1, u64::MAX), (2, 1)], (1, u64::MAX), [1, 2], retired()),
            (vec![(1, 9), (2, 1)], (1, 8), [1, 2], retired()),
            (vec![(1, 9), (2, 3)], (2, 2), [1, 2], Some(Outdated::Serial(3))),
            (vec![(1, 9), (2, 3)], (2, 3), [2, 3], None), // it is trusted no more
        ] {
            let mut seen = Seen { facts: Facts::default(), is_news: false, is_broken: false };
            for (number, serial) in &before {
                seen.learn(&signed(*number, *serial, &[]));
            }
            let found = seen.outdates(&signed(now.0, now.1, &[]), &keys(&trusted));
            assert_eq!(found, old, "{before:?} then {now:?}");
        }
    }

    #[test]
    fn the_last_serial_is_the_newest_keys() {
        for (before, last) in [
            (vec![], None),
            (vec![(1, 9)], Some(9)),
            (vec![(1, u64::MAX), (2, 3)], Some(3)),
            (vec![(3, 4)], Some(4)), // it is trusted no more
        ] {
            let mut seen = Seen { facts: Facts::default(), is_news: false, is_broken: false };
            for (number, serial) in &before {
                seen.learn(&signed(*number, *serial, &[]));
            }
            assert_eq!(seen.last(&keys(&[1, 2])), last, "{before:?}");
        }
    }

    #[test]
    fn a_file_that_was_changed_is_as_none_and_mended() {
        let folder = tempfile::tempdir().unwrap();
        let place = place(&folder);
        let mut seen = Seen::beside(&place);
        assert!(!seen.is_broken());
        seen.learn(&signed(1, 5, &["0.2.0"]));
        seen.keep(&place).unwrap();
        let good = fs::read(place.seen()).unwrap();
        let flipped = String::from_utf8(good.clone()).unwrap().replace(":5", ":9");
        for bad in [&b""[..], b"\0\0", &good[..good.len() / 2], b"{}\n{}", flipped.as_bytes()] {
            fs::write(place.seen(), bad).unwrap();
            let mut seen = Seen::beside(&place);
            assert!(seen.is_broken() && seen.facts == Facts::default(), "{bad:?}");
            seen.learn(&signed(1, 5, &["0.2.0"]));
            seen.keep(&place).unwrap();
            assert_eq!(fs::read(place.seen()).unwrap(), good);
        }
    }
}
