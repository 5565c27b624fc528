//! What a new admin password must be: long enough, and none that is guessed first.

use std::fmt;

/// Fewest characters of an admin password.
pub const MIN_CHARS: usize = 8;

/// Of the 10,000 passwords that turn up most often in what was stolen elsewhere, those that are long
/// enough, in small letters and in order.
const COMMON: &str = include_str!("common_passwords.txt");

/// Why a password is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// It has too few characters.
    TooShort,
    /// It is white space.
    Blank,
    /// It is one of those that are tried first.
    Common,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => write!(f, "should have at least {MIN_CHARS} characters"),
            Self::Blank => f.write_str("must not be blank"),
            Self::Common => f.write_str("is one that everybody knows or tries first"),
        }
    }
}

/// Judges a new password.
///
/// # Errors
/// Why it is none.
pub fn judge(password: &str) -> Result<(), Unfit> {
    if password.chars().count() < MIN_CHARS {
        return Err(Unfit::TooShort);
    }
    if password.trim().is_empty() {
        return Err(Unfit::Blank);
    }
    let small = password.trim().to_lowercase();
    if COMMON.lines().any(|common| common == small) {
        return Err(Unfit::Common);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tried_first_is_none() {
        for (password, why) in [
            ("", Unfit::TooShort),
            ("1234567", Unfit::TooShort),
            ("äöüßäöü", Unfit::TooShort),
            ("        ", Unfit::Blank),
            ("admin123", Unfit::Common),
            ("Password1", Unfit::Common),
            (" iloveyou ", Unfit::Common),
            ("1234567890", Unfit::Common),
        ] {
            assert_eq!(judge(password), Err(why), "{password}");
        }
        for password in ["correct horse", "密码密码密码密码", "admin1234-of-moss"] {
            assert_eq!(judge(password), Ok(()), "{password}");
        }
    }

    #[test]
    fn the_list_has_no_line_that_is_never_met() {
        assert!(COMMON.lines().count() > 3_000);
        for line in COMMON.lines() {
            assert!(
                line.chars().count() >= MIN_CHARS && line == line.trim().to_lowercase(),
                "{line}"
            );
        }
    }
}
