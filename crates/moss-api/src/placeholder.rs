//! What stands in a command of ours for words of whoever types it.
//!
//! A model copies a command as it was printed. So what is printed is refused where it arrives: as
//! a summary, a comment or a name it would tell the next one nothing.

/// For what an executor hands in.
pub const WHAT_YOU_DID: &str = "what you did";
/// For a rejection.
pub const WHAT_IS_WRONG: &str = "what is wrong";
/// For an approval.
pub const WHY: &str = "WHY";
/// For a sub-task that cannot be done.
pub const WHAT_IS_MISSING: &str = "what is missing";
/// For a sub-task that stands still.
pub const WHAT_IS_STUCK: &str = "what is stuck";
/// For what a patrol saw.
pub const WHAT_YOU_FOUND: &str = "what you found";
/// For what was learnt from a rejection.
pub const WHAT_YOU_WILL_DO: &str = "what you will do differently";
/// For a reason.
pub const THE_REASON: &str = "the reason";
/// For a name.
pub const NAME: &str = "NAME";
/// For any text.
pub const TEXT: &str = "TEXT";

/// Every one of them. An ellipsis is one as well.
pub const ALL: &[&str] = &[
    WHAT_YOU_DID,
    WHAT_IS_WRONG,
    WHY,
    WHAT_IS_MISSING,
    WHAT_IS_STUCK,
    WHAT_YOU_FOUND,
    WHAT_YOU_WILL_DO,
    THE_REASON,
    NAME,
    TEXT,
    "WHAT",
    "REASON",
];

/// Whether a text is nothing but what stands for it.
pub fn is_placeholder(text: &str) -> bool {
    let word = text.trim_matches(|c: char| c.is_whitespace() || "<>\"'“”".contains(c));
    let dots = |c: char| matches!(c, '.' | '…');
    let bare = word.trim_end_matches(dots).trim_end();
    if bare.is_empty() {
        return !word.is_empty();
    }
    // A sentence may be typed in any case; a word in small letters may be an answer.
    ALL.iter()
        .any(|stands| bare == *stands || stands.contains(' ') && bare.eq_ignore_ascii_case(stands))
}

#[cfg(test)]
mod tests {
    use super::{ALL, is_placeholder};

    #[test]
    fn what_stands_for_a_text_is_none() {
        for text in
            ["…", "...", " … ", "\"…\"", "What you did.", "<TEXT>", "\"what is wrong\"", "WHY"]
        {
            assert!(is_placeholder(text), "{text:?}");
        }
        assert!(ALL.iter().all(|text| is_placeholder(text)));
    }

    #[test]
    fn what_says_something_is_one() {
        for text in ["", " ", "what you did well", "Text", "why", "3 endpoints…", "name", "ok"] {
            assert!(!is_placeholder(text), "{text:?}");
        }
    }
}
