//! How a name looks, so that no agent can be taken for another.

use icu_casemap::CaseMapper;
use moss_api::IdPrefix;
use unicode_security::skeleton;

use crate::domain::Refusal;
use crate::security::secret::sha256_hex;
use crate::store::agents::Naming;

/// What a name looks like. Of two names that share any of these, one can be taken for the other.
///
/// One is not enough, for letters are alike as they are written, and words are one in any case. `AI`
/// and `Al` are alike as they are written, where a capital I is an l, and not in small letters. `ΝΙΑ`
/// in Greek is `NIA` and so `nia`, though its small letters are like those of `via`, and it is one
/// word with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Of the name as it is written: what is alike with an l is one.
    pub written: String,
    /// Of the name as it is written, and then in small letters: a capital I is an i.
    pub read: String,
    /// Of the name in small letters.
    pub folded: String,
}

/// A name with its looks.
pub fn naming(name: &str) -> Naming {
    let Look { written, read, folded } = Look::of(name);
    Naming { name: name.to_owned(), look: written, read_look: read, folded_look: folded }
}

impl Look {
    /// What this name looks like: the skeletons of UTS 39, white space being one space.
    pub fn of(name: &str) -> Self {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        // The first skeleton may have made capitals of foreign ones, and `m` is `rn` in skeletons.
        let written = like(&fold(&like(&name)));
        let read = like(&fold(&name.chars().map(plain).collect::<String>()));
        let folded = like(&fold(&name));
        Self { written: key(&written), read: key(&read), folded: key(&folded) }
    }
}

fn like(text: &str) -> String {
    skeleton(text).collect()
}

/// The letters that one looks like. A skeleton makes an l of every capital I; of foreign ones that
/// have no case, too.
fn plain(c: char) -> String {
    let like = like(c.encode_utf8(&mut [0; 4]));
    let is_capital = c == 'I' || !(c.is_ascii() || c.is_lowercase());
    if like == "l" && is_capital { "I".to_owned() } else { like }
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
    use std::collections::HashMap;
    use std::sync::OnceLock;

    use proptest::prelude::*;

    use super::*;

    fn alike(one: &str, other: &str) -> bool {
        let (one, other) = (Look::of(one), Look::of(other));
        one.written == other.written || one.read == other.read || one.folded == other.folded
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
            ("nia", "ΝΙΑ"),                 // Greek, whose small n looks like a v
            ("neil", "ΝΕiL"),               // Greek and plain
            ("Neil", "ΝΕΙL"),
            ("NIVIA", "Νiνia"), // Greek, a capital n and a small one
            ("νια", "ΝΙΑ"),     // Greek, both
            ("neil", "ꓠꓰꓲꓡ"),   // Lisu, which has no small letters
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
            ("Nia", "Via"),
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

    /// Every character that looks like a letter, by itself, in whatever script; a capital I and a
    /// small l have those that cannot be the other one.
    fn doubles(letter: char) -> Vec<char> {
        let its = like(&letter.to_string());
        let is_small = |c: char| c.is_ascii() && c != 'I' || c.is_lowercase();
        let fits = |c: &char| match letter {
            'I' => !is_small(*c),
            'l' => is_small(*c),
            _ => true,
        };
        let chars = ('!'..='\u{ffff}').chain('\u{10000}'..='\u{1ffff}').filter(fits);
        chars.filter(|c| like(&c.to_string()) == its).collect()
    }

    fn all_doubles() -> &'static HashMap<char, Vec<char>> {
        static ALL: OnceLock<HashMap<char, Vec<char>>> = OnceLock::new();
        ALL.get_or_init(|| {
            ('A'..='Z').chain('a'..='z').map(|letter| (letter, doubles(letter))).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_script_and_no_case_hides_a_name(
            name in "[A-Za-z]{1,12}",
            turns in prop::collection::vec((any::<bool>(), any::<prop::sample::Index>()), 12),
        ) {
            let double: String = name.chars().zip(&turns).map(|(letter, (is_capital, which))| {
                let letter = if *is_capital { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() };
                *which.get(&all_doubles()[&letter])
            }).collect();
            prop_assert!(alike(&name, &double), "{name} {double}");
        }

        #[test]
        fn a_name_is_one_in_any_case(name in "[A-Za-zΑ-Ωα-ωА-Яа-яÀ-ÖØ-öø-ÿ -]{1,12}") {
            prop_assert!(alike(&name, &fold(&name)), "{name}");
            prop_assert!(alike(&name, &fold(&name.to_uppercase())), "{name}");
        }
    }
}
