//! How a name looks, so that no agent can be taken for another.

use icu_casemap::CaseMapper;
use moss_api::IdPrefix;
use unicode_security::skeleton;

use crate::domain::Refusal;
use crate::security::secret::sha256_hex;

/// What a name looks like. Of two names that share either of these, one can be taken for the other.
///
/// Two are needed: `AI` and `Al` are alike as they are written and not in small letters; `AI` and `ai`
/// are one word, and not alike. A capital can look foreign where its small letter does not: `КІМ` in
/// Cyrillic is `KIM`, and so `kim`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Of the name as it is written.
    pub written: String,
    /// Of the name in small letters.
    pub folded: String,
}

impl Look {
    /// What this name looks like: the skeletons of UTS 39, white space being one space.
    pub fn of(name: &str) -> Self {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        // The first skeleton may have made capitals of foreign ones, and `m` is `rn` in skeletons.
        let written = like(&fold(&like(&name)));
        let folded = like(&fold(&name).chars().map(by_its_capital).collect::<String>());
        Self { written: key(&written), folded: key(&folded) }
    }
}

fn like(text: &str) -> String {
    skeleton(text).collect()
}

/// The plain letter whose capital looks like the capital of this small letter, if the small letter
/// itself looks like no plain one.
fn by_its_capital(small: char) -> char {
    if like(small.encode_utf8(&mut [0; 4])).is_ascii() {
        return small;
    }
    let capital = like(&small.to_uppercase().collect::<String>());
    let plain = ('A'..='Z').find(|plain| like(plain.encode_utf8(&mut [0; 4])) == capital);
    plain.map_or(small, |plain| plain.to_ascii_lowercase())
}

fn fold(text: &str) -> String {
    CaseMapper::new().fold_string(text).into_owned()
}

/// As short as a key of every database may be, however long a skeleton gets.
fn key(look: &str) -> String {
    sha256_hex(look.as_bytes())
}

/// Refuses a name in foreign letters that looks like an id: one in plain letters is no
/// [`moss_api::text::AgentName`].
///
/// # Errors
/// When it does.
pub fn no_disguised_id(name: &str) -> Result<(), Refusal> {
    let plain: String = skeleton(name)
        .map(|c| match c {
            'O' | 'o' => '0',
            'l' => '1',
            other => other,
        })
        .collect();
    if !name.is_ascii() && plain.parse::<IdPrefix>().is_ok() {
        return Err(Refusal::bad_value("name", "looks like the beginning of an id"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        let (one, other) = (Look::of(one), Look::of(other));
        one.written == other.written || one.folded == other.folded
    }

    #[test]
    fn what_can_be_mixed_up_is_alike() {
        for (one, other) in [
            ("AI-Wu", "ai-wu"),
            ("AI", "Al"),
            ("AI-Wu", "АI-Wu"),   // Cyrillic A
            ("ai", "ΑΙ"),         // Greek capitals
            ("paypal", "раураl"), // Cyrillic a, p, y
            ("exec-1", "exec-l"),
            ("E0", "EO"),
            ("Straße", "STRASSE"),
            ("A  B", "a b"),
            ("ＡＩ", "AI"), // full width
            ("burn", "bum"),
            ("my-executor", "МY-EXECUTOR"), // Cyrillic M
            ("Tim", "ТІМ"),                 // Cyrillic
            ("kim", "КІМ"),                 // Cyrillic
            ("вова", "ВОВА"),               // Cyrillic, both
            ("mia", "ΜΙΑ"),                 // Greek
        ] {
            assert!(alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_can_be_told_apart_is_not() {
        for (one, other) in [
            ("E1", "E2"),
            ("AI-1", "AI-2"),
            ("AI-Wu", "AI-Li"),
            ("Anna", "Anja"),
            ("Neil", "Nell"),
            ("Tim", "Tom"),
            ("Вера", "Вика"),
            ("Zoë", "Zoe"),
            ("李明", "李朋"),
            ("ai-1", "ai-11"),
        ] {
            assert!(!alike(one, other), "{one} {other}");
        }
    }

    #[test]
    fn an_id_in_foreign_letters_is_seen_through() {
        assert!(no_disguised_id("е35а95с3").is_err(), "Cyrillic e, a, c");
        assert!(no_disguised_id("е3O9l").is_err());
        for good in ["AI-Wu", "李明", "Zoë", "Ада"] {
            assert!(no_disguised_id(good).is_ok(), "{good}");
        }
    }
}
