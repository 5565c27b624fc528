//! Counting and cutting text without a tokenizer.

/// About how many model tokens a text takes (o200k): four ASCII letters a token, and one for
/// each character of other scripts. Errs on the high side for prose.
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

/// The text, or its first `max` characters and an ellipsis when it is longer. Never splits a
/// character.
pub fn clip(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::{clip, tokens};

    #[test]
    fn clipping_keeps_characters_whole() {
        assert_eq!(clip("日本語", 2), "日本…");
        assert_eq!(clip("日本語", 3), "日本語");
        assert_eq!(clip("", 0), "");
    }

    #[test]
    fn tokens_grow_with_text() {
        assert_eq!((tokens(""), tokens("abcd"), tokens("日本")), (0, 1, 2));
    }
}
