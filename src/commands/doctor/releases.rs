//! Whether what this moss would update from can be gone by, and how old it is.

use std::time::{Duration, Instant};

use moss_api::Exit;
use moss_api::release::{Freshness, Stamp};

use crate::config::active::ActiveProfile;
use crate::config::flags::GlobalFlags;
use crate::hints;
use crate::system::clock;
use crate::update::{InstallDir, Own, Source, look};

use super::report::Report;

/// Longest wait for the manifest.
const PATIENCE: Duration = Duration::from_secs(5);

/// Fetches the manifest as an update would, and remembers nothing.
pub(super) async fn examine(
    report: &mut Report,
    global: &GlobalFlags,
    active: Option<&ActiveProfile>,
) {
    let (Ok(source), Ok(own)) = (Source::find(global, active), Own::find()) else { return };
    let patience = PATIENCE.min(global.timeout());
    let look = match look(&source, &InstallDir::of(&own), Instant::now() + patience).await {
        Ok(look) => look,
        Err(error) if error.code() == "no_releases" => {
            return report.ok("releases", format!("none at {source}"));
        }
        Err(error) if error.code() == "missing_manifest" => {
            let mend = error.advice().unwrap_or_default();
            return report.warn("releases", error.to_string(), mend);
        }
        Err(error) if error.exit() == Exit::Unreachable => {
            return report.warn("releases", error.to_string(), hints::UPDATE_AGAIN);
        }
        Err(error) => return report.fail("releases", &error),
    };
    if look.seen.is_broken() {
        report.warn("releases", "what this moss remembered of them was damaged", hints::UPDATE);
    }
    match look.ensure_fresh() {
        Ok(()) => {}
        Err(error) if look.is_older() => return report.fail("releases", &error),
        Err(error) => {
            let mend = error.advice().unwrap_or_default();
            return report.warn("releases", error.to_string(), mend);
        }
    }
    if let Err(error) = look.ensure_not_recalled(own.version) {
        return report.fail("releases", &error);
    }
    let finding = told(look.stamp);
    match look.stamp.at(clock::now()) {
        Freshness::EndsSoon => report.warn("releases", finding, hints::RENEW_SOON),
        Freshness::Good | Freshness::Expired | Freshness::SignedLater => {
            report.ok("releases", finding);
        }
    }
}

/// `manifest 1795000000 signed 2026-11-20, 6 days ago; good until 2027-02-18, 84 days more`
fn told(Stamp { serial, signed, expires }: Stamp) -> String {
    let now = clock::now();
    format!(
        "manifest {serial} signed {}, {} ago; good until {}, {} more",
        signed.day(),
        days(now.since(signed)),
        expires.day(),
        days(expires.since(now))
    )
}

fn days(time: Duration) -> String {
    match time.as_secs() / (24 * 60 * 60) {
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::days;
    use std::time::Duration;

    #[test]
    fn days_are_counted_when_they_are_over() {
        for (hours, said) in [(0, "0 days"), (23, "0 days"), (24, "1 day"), (49, "2 days")] {
            assert_eq!(days(Duration::from_secs(hours * 3600)), said);
        }
    }
}
