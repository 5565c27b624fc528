//! Text in which everything that is there can be seen.
//!
//! Names and texts come from agents and people who may mean harm. A character that nobody sees can
//! say one thing to a model and another to whoever looks over its shoulder, so it is written as its
//! number: `\u{202e}`. What a script or an emoji cannot be written without stays.

use icu_properties::props::{
    BinaryProperty, CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, EmojiModifier,
    ExtendedPictographic, GeneralCategory, JoiningType, PrependedConcatenationMark,
};
use icu_properties::{CodePointMapData, CodePointSetData};

const NON_JOINER: char = '\u{200C}';
const JOINER: char = '\u{200D}';
const TEXT_STYLE: char = '\u{FE0E}';
const EMOJI_STYLE: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';
/// How many marks may stand between a non-joiner and the letters it parts.
const MARKS: usize = 4;

/// A name or a short word within a line of somebody else's: `"Order list API"`, on one line. What
/// would end it is escaped, so that nothing in it is read as a part of that line.
pub fn quoted(word: &str) -> String {
    let mut shown = String::with_capacity(word.len() + 2);
    shown.push('"');
    each(word, |c, is_hidden| match c {
        '"' | '\\' => shown.extend(['\\', c]),
        '\n' => shown.push_str("\\n"),
        '\r' => shown.push_str("\\r"),
        '\t' => shown.push_str("\\t"),
        _ => push(&mut shown, c, is_hidden),
    });
    shown.push('"');
    shown
}

/// A text of any number of lines. Line ends and tabs stay, `\r\n` is one line end.
pub fn text(text: &str) -> String {
    if text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\t')) {
        return text.to_owned(); // without decoding it: a wake-up cleans a lot of text
    }
    let text = text.replace("\r\n", "\n");
    let mut shown = String::with_capacity(text.len());
    each(&text, |c, is_hidden| push(&mut shown, c, is_hidden && !matches!(c, '\n' | '\t')));
    shown
}

/// As [`text`], on one line.
pub fn line(line: &str) -> String {
    text(line).replace('\n', "\\n").replace('\t', "\\t")
}

/// Takes each character in turn, and whether it is hidden where it stands. One that is written as its
/// number makes nothing good any more of what follows it.
pub fn each(text: &str, mut take: impl FnMut(char, bool)) {
    let mut shown_from = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let before = text.get(shown_from..at).unwrap_or_default();
        let after = text.get(end..).unwrap_or_default();
        let begins_line = at == 0 || text.get(..at).unwrap_or_default().ends_with('\n');
        let is_hidden = is_hidden(c, begins_line, before, after);
        if is_hidden && !matches!(c, '\n' | '\t') {
            shown_from = end;
        }
        take(c, is_hidden);
    }
}

fn push(shown: &mut String, c: char, is_hidden: bool) {
    if is_hidden {
        shown.push_str(&format!("\\u{{{:x}}}", u32::from(c)));
    } else {
        shown.push(c);
    }
}

/// Whether a character acts on a terminal, on the order of reading, or on nothing that is seen.
fn is_hidden(c: char, begins_line: bool, before: &str, after: &str) -> bool {
    match c {
        _ if c.is_ascii() => c.is_ascii_control(),
        TEXT_STYLE | EMOJI_STYLE => !styles_an_emoji(before, after),
        NON_JOINER => !(follows_a_virama(before) || parts_letters(before, after)),
        JOINER => !(follows_a_virama(before) || joins_emoji(before, after)),
        // A mark would sit on what stands before the text, which is ours.
        _ if begins_line => is_never_seen(c) || is_mark(c),
        _ => is_never_seen(c),
    }
}

fn is_never_seen(c: char) -> bool {
    use GeneralCategory as Is;
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, Is::Control | Is::PrivateUse | Is::LineSeparator | Is::ParagraphSeparator)
        || category == Is::Format && !has::<PrependedConcatenationMark>(c)
        || has::<DefaultIgnorableCodePoint>(c)
        || is_no_character(c)
}

/// The code points that never will be characters. Those that are none yet stay: this build knows
/// the characters of its day.
fn is_no_character(c: char) -> bool {
    let number = u32::from(c);
    number & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&number)
}

fn is_mark(c: char) -> bool {
    use GeneralCategory as Is;
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, Is::NonspacingMark | Is::SpacingMark | Is::EnclosingMark)
}

/// After a character that can be an emoji. A digit is one only on a keycap.
fn styles_an_emoji(before: &str, after: &str) -> bool {
    let base = before.chars().next_back().filter(|&base| has::<Emoji>(base));
    base.is_some_and(|base| !base.is_ascii() || after.starts_with(KEYCAP))
}

/// Between two pictures, the first perhaps with a skin tone or a style.
fn joins_emoji(before: &str, after: &str) -> bool {
    let picture = |c: Option<char>| c.is_some_and(has::<ExtendedPictographic>);
    let mut back = before.chars().rev();
    let mut base = back.next();
    if base == Some(EMOJI_STYLE) {
        base = back.next();
        if !base.is_some_and(has::<Emoji>) {
            return false; // the style is written as its number
        }
    }
    if base.is_some_and(has::<EmojiModifier>) {
        base = back.next();
    }
    picture(base) && picture(after.chars().next())
}

/// Where the scripts of India tell half a letter from a conjunct (RFC 5892, A.1 and A.2).
fn follows_a_virama(before: &str) -> bool {
    let class = CodePointMapData::<CanonicalCombiningClass>::new();
    before.chars().next_back().is_some_and(|c| class.get(c) == CanonicalCombiningClass::Virama)
}

/// Between two letters that would join, as Persian parts a word from its ending (RFC 5892, A.1).
fn parts_letters(before: &str, after: &str) -> bool {
    let joining = CodePointMapData::<JoiningType>::new();
    // What is written as its number joins nothing.
    let kind = |c| if is_never_seen(c) { JoiningType::NonJoining } else { joining.get(c) };
    let is_letter = |kind: &JoiningType| *kind != JoiningType::Transparent;
    let first = before.chars().rev().take(MARKS + 1).map(kind).find(is_letter);
    let second = after.chars().take(MARKS + 1).map(kind).find(is_letter);
    let joins_on = [JoiningType::LeftJoining, JoiningType::DualJoining];
    let joins_back = [JoiningType::RightJoining, JoiningType::DualJoining];
    first.is_some_and(|kind| joins_on.contains(&kind))
        && second.is_some_and(|kind| joins_back.contains(&kind))
}

fn has<P: BinaryProperty>(c: char) -> bool {
    CodePointSetData::new::<P>().contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::{each, line, quoted, text};

    /// What a quoted word was.
    fn unquoted(shown: &str) -> Option<String> {
        let mut word = String::new();
        let mut chars = shown.strip_prefix('"')?.strip_suffix('"')?.chars();
        while let Some(c) = chars.next() {
            word.push(match c {
                '"' => return None,
                '\\' => match chars.next()? {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'u' => {
                        let number: String = chars.by_ref().take_while(|c| *c != '}').collect();
                        char::from_u32(u32::from_str_radix(number.strip_prefix('{')?, 16).ok()?)?
                    }
                    itself => itself,
                },
                c => c,
            });
        }
        Some(word)
    }

    #[test]
    fn what_is_not_seen_is_written_as_its_number() {
        for (hidden, shown) in [
            ("a\u{1b}[31mb\u{9b}0m\u{7f}", "a\\u{1b}[31mb\\u{9b}0m\\u{7f}"),
            ("a\u{202e}b\u{2066}c\u{2028}d\u{61c}", "a\\u{202e}b\\u{2066}c\\u{2028}d\\u{61c}"),
            ("a\u{200b}\u{2060}\u{feff}\u{ad}b", "a\\u{200b}\\u{2060}\\u{feff}\\u{ad}b"),
            ("a\u{e0001}\u{e0041}\u{e007f}", "a\\u{e0001}\\u{e0041}\\u{e007f}"),
            ("a\u{fe00}\u{e0100}\u{180b}\u{34f}", "a\\u{fe00}\\u{e0100}\\u{180b}\\u{34f}"),
            ("a\u{3164}\u{115f}\u{e000}\u{fffe}", "a\\u{3164}\\u{115f}\\u{e000}\\u{fffe}"),
            ("\u{338}a", "\\u{338}a"),
        ] {
            assert_eq!(text(hidden), shown);
            assert_eq!(line(hidden), shown);
            assert_eq!(quoted(hidden), format!("\"{}\"", shown.replace("\\\\", "\\")));
        }
        assert_eq!(text("a\r\nb\tc\rd"), "a\nb\tc\\u{d}d");
        assert_eq!(line("a\r\nb\tc"), "a\\nb\\tc");
        assert_eq!(quoted("a\"b\\c\r\n\t"), r#""a\"b\\c\r\n\t""#);
    }

    proptest! {
        /// Also where a number now stands beside what only its neighbour made good.
        #[test]
        fn of_what_is_shown_all_is_seen(pieces in vec(select(PIECES), 0..8)) {
            let shown = text(&pieces.concat());
            each(&shown, |c, is_hidden| {
                assert!(!is_hidden || matches!(c, '\n' | '\t'), "{c:?} in {shown:?} of {pieces:?}");
            });
        }
    }

    /// Letters that join and that do not, marks, pictures, and what stands between such.
    const PIECES: &[&str] = &[
        "a",
        "1",
        "\n",
        "ب",
        "د",
        "क",
        "\u{94d}",
        "\u{301}",
        "\u{64e}",
        "\u{ad}",
        "\u{200b}",
        "\u{200c}",
        "\u{200d}",
        "\u{fe0e}",
        "\u{fe0f}",
        "\u{20e3}",
        "👩",
        "\u{1f3fd}",
        "\u{1f10d}",
        "☺",
        "\u{e0041}",
    ];

    #[test]
    fn what_a_script_or_an_emoji_needs_stays() {
        for whole in [
            "Import rates – täglich 日本 한국어 ไทย e\u{301}",
            "می\u{200c}خواهم",       // Persian: parts the prefix from the verb
            "क्\u{200d}ष क्\u{200c}ष", // Hindi: half a letter, and none
            "👩\u{200d}💻 👩🏽\u{200d}🚀 🏳\u{fe0f}\u{200d}🌈 ❤\u{fe0f} ☎\u{fe0e} 1\u{fe0f}\u{20e3} 🇩🇪",
            "\u{600}123", // an Arabic number sign: a format character that is seen
        ] {
            assert_eq!(text(whole), whole);
        }
        for (joined, shown) in [
            ("a\u{200d}b", "a\\u{200d}b"),
            ("a\u{200c}b", "a\\u{200c}b"),
            ("👩\u{200d}\u{200d}💻", "👩\\u{200d}\\u{200d}💻"),
            ("👩\u{200d}", "👩\\u{200d}"),
            ("❤\u{fe0f}\u{fe0f}", "❤\u{fe0f}\\u{fe0f}"),
            ("1\u{fe0f}2", "1\\u{fe0f}2"),
            ("می\u{200c}\u{200c}خ", "می\\u{200c}\\u{200c}خ"),
        ] {
            assert_eq!(text(joined), shown);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_quoted_word_is_one_line_and_can_be_read_back(word in any::<String>()) {
            let shown = quoted(&word);
            prop_assert_eq!(unquoted(&shown), Some(word));
            prop_assert!(!shown.contains(char::is_control), "{}", shown);
        }

        #[test]
        fn what_is_visible_stays_as_it_is(any in any::<String>()) {
            let shown = text(&any);
            prop_assert_eq!(text(&shown), shown);
        }
    }
}
