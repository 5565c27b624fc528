//! A vocabulary's word as an argument; one that is none says which are, and which of them is closest.

use std::error::Error as StdError;
use std::fmt;

use moss_api::Vocabulary;

use crate::error::{Error, Result};

/// How alike two words must be for one to be meant by the other: at least half of it stands.
const ALIKE: f64 = 0.5;

/// How alike two words are, from 0 to 1; none when too little for one to be meant by the other.
pub fn likeness(typed: &str, word: &str) -> Option<f64> {
    let typed = typed.trim_start_matches('-');
    let word = word.trim_start_matches('-');
    if typed.len() >= 3 && word.starts_with(typed) {
        return Some(1.0);
    }
    Some(strsim::normalized_damerau_levenshtein(typed, word)).filter(|alike| *alike >= ALIKE)
}

/// A word that is not in its vocabulary.
#[derive(Debug)]
pub struct BadWord {
    message: String,
    closest: Option<&'static str>,
}

impl BadWord {
    /// Which one may be meant.
    pub fn hint(&self) -> Option<String> {
        self.closest.map(|word| format!("did you mean {word}?"))
    }
}

impl fmt::Display for BadWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for BadWord {}

/// A vocabulary's word as an argument.
pub fn word<T: Vocabulary>(text: &str) -> Result<T, BadWord> {
    text.parse().map_err(|message| {
        let alike = T::all_words().filter_map(|word| Some((likeness(text, word)?, word)));
        let closest = alike.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, word)| word);
        BadWord { message, closest }
    })
}

/// The same for a flag whose vocabulary depends on another one.
///
/// # Errors
/// Wrong usage, when it is none of its words.
pub fn word_of<T: Vocabulary>(flag: &str, text: &str) -> Result<T> {
    word(text).map_err(|bad: BadWord| {
        let error = Error::usage(format!("{flag}: {bad}"));
        match bad.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::word;
    use moss_api::SubTaskStatus;

    #[test]
    fn a_word_that_is_none_says_which_are_and_which_is_meant() {
        for (typed, meant) in [
            ("dnoe", Some("did you mean done?")),
            ("in-progress", Some("did you mean in_progress?")),
            ("pendign", Some("did you mean pending?")),
            ("canc", Some("did you mean cancelled?")),
            ("zzz", None),
            ("", None),
        ] {
            let bad = word::<SubTaskStatus>(typed).unwrap_err();
            assert_eq!(bad.hint().as_deref(), meant, "{typed}");
            let words = "pending, assigned, in_progress, review, rework, done, blocked, cancelled";
            assert_eq!(bad.to_string(), format!("\"{typed}\" is not one of: {words}"));
        }
    }
}
