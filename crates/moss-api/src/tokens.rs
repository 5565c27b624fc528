//! Counting model tokens (o200k) without a tokenizer.

/// About how many model tokens a text takes: four ASCII letters a token, and one for each
/// character of other scripts.
pub fn tokens(text: &str) -> usize {
    let (mut ascii, mut other) = (0, 0);
    for c in text.chars() {
        if c.is_ascii() {
            ascii += 1;
        } else {
            other += 1;
        }
    }
    usize::div_ceil(ascii, 4) + other
}

/// What characters are counted by: a token holds no two kinds.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Small,
    Large,
    Digit,
    Space,
}

/// Consonants in a row in words of a language; what has more is noise, of small tokens.
const CONSONANTS: usize = 3;

/// The most model tokens a text takes, also one that was written to take many: about half more
/// than prose does. Lines take together what each of them does.
pub fn tokens_at_most(text: &str) -> usize {
    let mut sum = 0;
    let mut run: Option<(Kind, usize)> = None;
    let mut consonants = 0;
    for c in text.chars() {
        let is_consonant = c.is_ascii_alphabetic() && !"aeiouyAEIOUY".contains(c);
        consonants = if is_consonant { consonants + 1 } else { 0 };
        sum += usize::from(consonants > CONSONANTS);
        let kind = match c {
            'a'..='z' => Some(Kind::Small),
            'A'..='Z' => Some(Kind::Large),
            '0'..='9' => Some(Kind::Digit),
            ' ' => Some(Kind::Space),
            _ => None,
        };
        run = match (run, kind) {
            // A word that begins with a capital is one word.
            (Some((Kind::Large, 1)), Some(Kind::Small)) => Some((Kind::Small, 2)),
            (Some((of, length)), Some(kind)) if of == kind => Some((of, length + 1)),
            (before, kind) => {
                sum += before.map_or(0, of_run);
                kind.map(|kind| (kind, 1))
            }
        };
        if kind.is_none() {
            sum += of_character(c);
        }
    }
    sum + run.map_or(0, of_run)
}

fn of_run((kind, length): (Kind, usize)) -> usize {
    match kind {
        // Longer than most words are: names of machines, or noise.
        Kind::Small | Kind::Large if length > 12 => length.div_ceil(2) + 1,
        Kind::Small | Kind::Large | Kind::Digit => length.div_ceil(3),
        // One belongs to the word behind it.
        Kind::Space => (length - 1).div_ceil(4),
    }
}

/// A token holds a whole character of the common scripts, and of any other a byte at least.
fn of_character(c: char) -> usize {
    match u32::from(c) {
        0..=0x7F => 1,
        // Up to Thai and Lao; punctuation; kana; Han; Hangul.
        0x80..=0x7FF | 0x900..=0xEFF | 0x2000..=0x206F | 0x3000..=0x30FF => 2,
        0x4E00..=0x9FFF | 0xAC00..=0xD7A3 => 2,
        _ => c.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::{tokens, tokens_at_most};

    #[test]
    fn tokens_grow_with_text() {
        assert_eq!((tokens(""), tokens("abcd"), tokens("日本")), (0, 1, 2));
    }

    #[test]
    fn what_costs_more_is_counted_as_more() {
        for (text, most) in [
            ("", 0),
            ("Import the rates", 2 + 1 + 2),
            ("2026", 2),
            ("a1b2", 4),
            ("a    b", 3),
            ("{\"a\"}", 5),
            ("qxzvkjw", 3 + 4),
            ("日本", 4),
            ("\u{1b2f0}", 4),
        ] {
            assert_eq!(tokens_at_most(text), most, "{text:?}");
        }
    }
}
