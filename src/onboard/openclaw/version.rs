//! Which OpenClaw it is.

use std::time::Duration;

use moss_api::Exit;

use crate::error::{Error, Result};
use crate::hints;
use crate::onboard::openclaw::commands::argv;
use crate::system::process;

/// The first with `exec()` in trigger scripts, triggers on by default, and `agents.entries`.
pub const OLDEST: [u32; 3] = [2026, 8, 1];

/// Asks, and refuses one that is too old.
///
/// # Errors
/// When there is none on PATH, it does not answer, or it is too old.
pub fn check(limit: Duration) -> Result<[u32; 3]> {
    let asked = argv(&["--version"]);
    let ended = process::run(&asked, None, limit).map_err(|error| {
        if error.exit() == Exit::NotFound { error.hint(hints::NO_OPENCLAW) } else { error }
    })?;
    if !ended.is_good() {
        return Err(ended.failure(Exit::Fault, &process::line(&asked)));
    }
    let [year, month, day] = OLDEST;
    match parse(&ended.stdout) {
        Some(found) if found >= OLDEST => Ok(found),
        Some([y, m, d]) => Err(Error::refused(format!(
            "this OpenClaw is {y}.{m}.{d}; gated timers need {year}.{month}.{day}"
        ))
        .hint("openclaw update")),
        None => Err(Error::refused(format!(
            "'openclaw --version' names no version: {}",
            ended.last_words()
        ))
        .hint("is another program called openclaw first on PATH?")),
    }
}

/// The version in what `openclaw --version` prints, such as `OpenClaw 2026.9.6 (eb377ac)`.
pub fn parse(said: &str) -> Option<[u32; 3]> {
    said.split_whitespace().find_map(|word| {
        let word = word.trim_start_matches('v');
        let end = word.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(word.len());
        let parts: Vec<u32> =
            word.get(..end)?.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
        parts.try_into().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::{OLDEST, parse};

    #[test]
    fn versions_are_found_and_compared() {
        assert_eq!(parse("OpenClaw 2026.9.6 (eb377ac)\n"), Some([2026, 9, 6]));
        assert_eq!(parse("v2026.7.1-2"), Some([2026, 7, 1]));
        assert_eq!(parse("openclaw"), None);
        assert!(parse("2026.10.1") > Some(OLDEST) && parse("2026.7.35") < Some(OLDEST));
    }
}
