//! Shell quoting.

use std::borrow::Cow;

/// As a POSIX shell reads it back. No shell can pass on a NUL: what has one becomes the empty word.
pub fn quoted(argument: &str) -> String {
    shlex::try_quote(argument).map_or_else(|_| "''".to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn shells_read_it_back() {
        assert_eq!(quoted("a-b"), "a-b");
        for hard in ["it's $HOME", "a\\b", "--page=2", "\"", "^", "!", "a\nb", "ü %"] {
            assert_eq!(shlex::split(&quoted(hard)), Some(vec![hard.to_owned()]), "{hard}");
        }
        assert_eq!(quoted(""), "''");
    }
}
