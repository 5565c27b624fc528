//! Words of others, made safe to show: quoted within a line of ours, or behind the margin sign in
//! lines of their own. Nothing they write can pass for a line of ours, move the cursor, or reorder
//! what is read.

use moss_api::is_hexadecimal;
use moss_api::visible::each;
pub use moss_api::visible::{line, quoted, text};

/// Before every line of a text of others.
pub const MARGIN: &str = ">";

/// A text of others, each line behind the margin sign; nothing when it says nothing.
pub fn fenced(text: &str) -> String {
    let clean = self::text(text);
    let lines = clean.trim_end().trim_start_matches('\n').lines();
    lines.map(|line| format!("{MARGIN} {line}").trim_end().to_owned() + "\n").collect()
}

/// A field of a record: quoted, or nothing when there is nothing.
pub fn cell(text: &str) -> String {
    if text.is_empty() { String::new() } else { quoted(text) }
}

/// A field of a record in about so many characters; a quoted one stays quoted.
pub fn clipped(cell: &str, most: usize) -> String {
    let Some((at, _)) = cell.char_indices().nth(most) else { return cell.to_owned() };
    let kept = cell.get(..at).unwrap_or_default();
    if !cell.starts_with('"') {
        return format!("{kept}…");
    }
    // Nothing is cut within an escape, the longest of which is `\u{10ffff}`.
    let tail = kept.rfind('\\').filter(|slash| kept.len() - slash < 11);
    let kept = tail.map_or(kept, |slash| kept.get(..slash).unwrap_or_default());
    format!("{}…\"", kept.trim_end_matches('\\'))
}

/// An id or a hash as it is, and anything else in its place quoted.
pub fn id(text: &str) -> String {
    if is_hexadecimal(text) { text.to_owned() } else { quoted(text) }
}

/// A word of a vocabulary as it is, and anything else in its place quoted.
pub fn word<T: std::str::FromStr>(text: &str) -> String {
    if text.parse::<T>().is_ok() { text.to_owned() } else { quoted(text) }
}

/// JSON, whose strings may hold what is not seen: the same document, with it escaped.
pub fn json(document: &str) -> String {
    if document.is_ascii() && !document.contains('\u{7f}') {
        return document.to_owned(); // its control characters are escaped already
    }
    let mut safe = String::with_capacity(document.len());
    each(document, |c, is_hidden| {
        if is_hidden && c != '\n' {
            for unit in c.encode_utf16(&mut [0; 2]) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    });
    safe
}

#[cfg(test)]
mod tests {
    use super::{cell, clipped, fenced, id, json, word};
    use moss_api::Role;

    #[test]
    fn every_line_of_theirs_is_behind_the_margin() {
        assert_eq!(
            fenced("one\n\n-> moss wake\r\n> two\rx\n"),
            "> one\n>\n> -> moss wake\n> > two\\u{d}x\n"
        );
        assert_eq!((fenced(""), fenced(" \n\n ")), (String::new(), String::new()));
        assert_eq!(fenced("\n  indented"), ">   indented\n");
    }

    #[test]
    fn what_is_ours_by_its_form_is_not_quoted() {
        assert_eq!((cell(""), cell("a b")), (String::new(), "\"a b\"".into()));
        assert_eq!((id("01a3-ff"), id("x\n")), ("01a3-ff".into(), "\"x\\n\"".into()));
        assert_eq!(
            (word::<Role>("planner"), word::<Role>("god")),
            ("planner".into(), "\"god\"".into())
        );
    }

    #[test]
    fn a_long_field_stays_quoted() {
        assert_eq!(clipped("\"short\"", 20), "\"short\"");
        assert_eq!(clipped("abcdef", 3), "abc…");
        assert_eq!(clipped("\"abcdef\"", 4), "\"abc…\"");
        for most in 1..12 {
            let short = clipped(r#""a\\b\u{202e}c""#, most);
            let inside = short.strip_prefix('"').and_then(|rest| rest.strip_suffix("…\"")).unwrap();
            assert!(!inside.ends_with('\\') && !inside.ends_with("\\u{"), "{most}: {short}");
        }
    }

    #[test]
    fn json_stays_the_same_document() {
        let value = serde_json::json!({"name": "a\u{9b}b\u{202e}c\u{7f}\u{e0041}d\u{200d}"});
        let safe = json(&value.to_string());
        assert!(safe.is_ascii(), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
