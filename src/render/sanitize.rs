//! Text from a server, made safe to print.
//!
//! A task's name must not be able to move the cursor, recolour the terminal, reorder what is
//! read, or pass for a second record.

/// Whether a character acts on a terminal or on reading order instead of being shown.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The visible stand-in: control pictures where Unicode has one.
fn picture(c: char) -> char {
    match u32::from(c) {
        n @ 0..=0x1F => char::from_u32(0x2400 + n).unwrap_or('\u{FFFD}'),
        0x7F => '\u{2421}',
        _ => '\u{FFFD}',
    }
}

/// Free text: line ends and tabs stay, everything else that acts is shown instead.
pub fn text(text: &str) -> String {
    let plain = |b: u8| matches!(b, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(plain) {
        return text.to_owned(); // without decoding it: a wake-up cleans a lot of text
    }
    let stays = |c: char| c == '\n' || c == '\t' || !acts(c);
    if text.chars().all(stays) {
        return text.to_owned();
    }
    let text = text.replace("\r\n", "\n");
    text.chars().map(|c| if stays(c) { c } else { picture(c) }).collect()
}

/// One line: as [`text`], with line ends and tabs shown too.
pub fn line(text: &str) -> String {
    if !text.contains(acts) {
        return text.to_owned();
    }
    let text = text.replace("\r\n", "\n");
    let shown = text.chars().map(|c| match c {
        '\n' => '⏎',
        '\t' => ' ',
        c if acts(c) => picture(c),
        c => c,
    });
    shown.collect()
}

/// JSON, whose strings may hold what a terminal acts on: the same document, with it escaped.
pub fn json(document: &str) -> String {
    if !document.contains(|c| acts(c) && c != '\n') {
        return document.to_owned();
    }
    let mut safe = String::with_capacity(document.len());
    for c in document.chars() {
        if acts(c) && c != '\n' {
            safe.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{json, line, text};

    #[test]
    fn escapes_are_shown_not_obeyed() {
        assert_eq!(text("a\u{1b}[31mb\u{9b}0m\r\nc\td\re\u{7f}"), "a␛[31mb\u{FFFD}0m\nc\td␍e␡");
        assert_eq!(line("a\nb\tc\u{202e}d"), "a⏎b c\u{FFFD}d");
    }

    #[test]
    fn json_stays_the_same_document() {
        let value = serde_json::json!({"name": "a\u{9b}b\u{202e}c\u{7f}"});
        let safe = json(&value.to_string());
        assert!(safe.is_ascii(), "{safe}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
