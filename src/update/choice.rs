//! Which release this program should become.

use std::collections::BTreeMap;

use moss_api::release::{Asset, Manifest, Release, Version};

use crate::error::{Error, Result};
use crate::hints;
use crate::system::version::{PROGRAM, TARGET};

use super::failed;

/// What is to be done.
#[derive(Debug, PartialEq)]
pub enum Decision<'a> {
    /// Nothing; this is what it should be. `spoilt` is a newer one that failed here before.
    Stay {
        /// The newest that failed here.
        spoilt: Option<Version>,
    },
    /// Become this.
    Become {
        /// Which version.
        version: Version,
        /// Its archive for this system.
        asset: &'a Asset,
        /// Why.
        why: Why,
    },
}

/// Why a version is to be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It is newer.
    Newer,
    /// Somebody asked for it.
    Asked,
    /// The running one was recalled, for this reason.
    Recalled(String),
}

/// What `own` should become: what was `asked` for, else the newest that is neither recalled nor
/// among those that failed here (`bad`), and older ones only when `own` itself is recalled.
/// `recalled` are all that ever were, with the reason, whatever the manifest says of them now.
///
/// # Errors
/// When what was asked for is not to be had, or a recalled program has nothing to become.
pub fn choose<'a>(
    manifest: &'a Manifest,
    own: Version,
    asked: Option<Version>,
    bad: &[Version],
    recalled: &BTreeMap<Version, String>,
) -> Result<Decision<'a>> {
    if let Some(version) = asked {
        return ask_for(manifest, own, version, recalled);
    }
    let offered = |release: &&Release| release.asset(PROGRAM, TARGET).is_some();
    let newest = |fits: &dyn Fn(&Version) -> bool| {
        let fit =
            |release: &&Release| fits(&release.version) && !recalled.contains_key(&release.version);
        manifest.releases.iter().filter(offered).filter(fit).max_by_key(|release| release.version)
    };
    let reason = recalled.get(&own);
    let is_bad = |version: &Version| bad.contains(version);
    let found = newest(&|version| *version > own && !is_bad(version))
        .or_else(|| reason.and(newest(&|version| *version < own && !is_bad(version))));
    match (found, reason) {
        (Some(release), reason) => {
            become_it(release, reason.cloned().map_or(Why::Newer, Why::Recalled))
        }
        (None, Some(reason)) => {
            let message = format!(
                "moss {own} was recalled ({}), and there is nothing to replace it with",
                shown(reason)
            );
            Err(failed("recalled", message).hint("tell whoever runs the server"))
        }
        (None, None) => {
            let spoilt = newest(&|version| *version > own).map(|release| release.version);
            Ok(Decision::Stay { spoilt })
        }
    }
}

fn ask_for<'a>(
    manifest: &'a Manifest,
    own: Version,
    version: Version,
    recalled: &BTreeMap<Version, String>,
) -> Result<Decision<'a>> {
    if version == own {
        return Ok(Decision::Stay { spoilt: None });
    }
    if let Some(reason) = recalled.get(&version) {
        return Err(was_recalled(version, reason));
    }
    match manifest.release(version) {
        None => {
            let have: Vec<_> =
                manifest.releases.iter().take(8).map(|r| r.version.to_string()).collect();
            let message = format!("there is no release {version}");
            Err(failed("no_release", message).hint(format!("there are: {}", have.join(", "))))
        }
        Some(release) => become_it(release, Why::Asked),
    }
}

fn become_it(release: &Release, why: Why) -> Result<Decision<'_>> {
    let version = release.version;
    match release.asset(PROGRAM, TARGET) {
        Some(asset) => Ok(Decision::Become { version, asset, why }),
        None => Err(failed("no_release", format!("moss {version} was not built for {TARGET}"))
            .hint(hints::UPDATE_OTHER_BUILD)),
    }
}

/// The error of whoever wants a version that nobody should run.
pub fn was_recalled(version: Version, reason: &str) -> Error {
    failed("recalled", format!("moss {version} was recalled: {}", shown(reason)))
        .hint(hints::UPDATE_FROM_RECALLED)
}

/// Most characters of a reason that are kept and shown.
pub const MAX_REASON: usize = 200;

/// A reason on one line, not too long.
pub fn shown(reason: &str) -> String {
    moss_api::quoted(&moss_api::clip(reason, MAX_REASON))
}

#[cfg(test)]
mod tests {
    use super::*;
    use moss_api::Timestamp;
    use moss_api::release::{Digest, archive_name};

    fn v(text: &str) -> Version {
        text.parse().unwrap()
    }

    /// Versions; a `!` marks a recalled one, a `-` one for another system.
    fn manifest(versions: &[&str]) -> Manifest {
        let release = |text: &&str| {
            let version = v(text.trim_end_matches(['!', '-']));
            let target = if text.ends_with('-') { "vax-unknown-vms" } else { TARGET };
            let name = archive_name(PROGRAM, version, target);
            Release {
                version,
                date: Timestamp::from_micros(0),
                recalled: None, // what counts is what was seen
                assets: vec![Asset {
                    name: name.parse().unwrap(),
                    target: target.to_owned(),
                    url: name.parse().unwrap(),
                    size: 1,
                    digest: Digest([0; 32]),
                    signature: String::new(),
                }],
            }
        };
        let releases = versions.iter().map(release).collect();
        Manifest { schema: 1, channel: "stable".into(), minimum: v("0.0.1"), releases }
    }

    #[track_caller]
    fn check(have: &[&str], own: &str, asked: &str, bad: &[&str], want: &str) {
        let recalled = have.iter().filter_map(|text| text.split_once('!'));
        let recalled = recalled.map(|(version, _)| (v(version), "eats files".to_owned())).collect();
        // A `!!` is not listed any more.
        let have: Vec<_> = have.iter().filter(|text| !text.ends_with("!!")).copied().collect();
        let manifest = manifest(&have);
        let asked = (!asked.is_empty()).then(|| v(asked));
        let bad: Vec<_> = bad.iter().map(|b| v(b)).collect();
        let got = match choose(&manifest, v(own), asked, &bad, &recalled) {
            Ok(Decision::Stay { spoilt: None }) => "stay".to_owned(),
            Ok(Decision::Stay { spoilt: Some(version) }) => format!("stay, spoilt {version}"),
            Ok(Decision::Become { version, why: Why::Newer, .. }) => format!("newer {version}"),
            Ok(Decision::Become { version, why: Why::Asked, .. }) => format!("asked {version}"),
            Ok(Decision::Become { version, why: Why::Recalled(_), .. }) => format!("off {version}"),
            Err(error) => error.code().to_owned(),
        };
        assert_eq!(got, want, "{have:?} own {own} asked {asked:?} bad {bad:?}");
    }

    #[test]
    fn the_newest_that_may_run_here_is_chosen() {
        check(&["0.3.0", "0.2.0", "0.1.0"], "0.1.0", "", &[], "newer 0.3.0");
        check(&["0.1.0", "0.3.0", "0.2.0"], "0.1.0", "", &[], "newer 0.3.0");
        check(&["0.3.0!", "0.2.0"], "0.1.0", "", &[], "newer 0.2.0");
        check(&["0.3.0-", "0.2.0"], "0.1.0", "", &[], "newer 0.2.0");
        check(&["0.3.0", "0.2.0"], "0.1.0", "", &["0.3.0"], "newer 0.2.0");
        check(&["0.2.0"], "0.1.0", "", &["0.2.0"], "stay, spoilt 0.2.0");
        check(&[], "0.1.0", "", &[], "stay");
    }

    #[test]
    fn older_ones_are_only_for_who_asks_or_is_recalled() {
        check(&["0.2.0", "0.1.0"], "0.3.0", "", &[], "stay");
        check(&["0.2.0", "0.1.0"], "0.2.0", "", &[], "stay");
        check(&["0.2.0", "0.1.0"], "0.2.0", "0.1.0", &["0.1.0"], "asked 0.1.0");
        check(&["0.2.0", "0.1.0"], "0.2.0", "0.2.0", &[], "stay");
        check(&["0.2.0", "0.1.0!"], "0.2.0", "0.1.0", &[], "recalled");
        check(&["0.2.0", "0.1.0-"], "0.2.0", "0.1.0", &[], "no_release");
        check(&["0.2.0"], "0.2.0", "0.1.0", &[], "no_release");
        check(&["0.2.0!", "0.1.0"], "0.2.0", "", &[], "off 0.1.0");
        check(&["0.3.0", "0.2.0!", "0.1.0"], "0.2.0", "", &[], "off 0.3.0");
        check(&["0.3.0", "0.2.0!", "0.1.0"], "0.2.0", "", &["0.3.0"], "off 0.1.0");
        check(&["0.2.0!", "0.1.0!"], "0.2.0", "", &[], "recalled");
        check(&["0.2.0!!", "0.1.0"], "0.2.0", "", &[], "off 0.1.0");
        check(&["0.2.0", "0.1.0!!"], "0.2.0", "0.1.0", &[], "recalled");
    }
}
