//! A part of somebody's text that is ours: between two marker lines, the rest never touched.

use crate::error::{Error, Result};

/// Where our part begins and ends, each a whole line.
#[derive(Clone, Debug)]
pub struct Markers {
    /// The line above it.
    pub begin: String,
    /// The line below it.
    pub end: String,
}

impl Markers {
    /// The text with `part` between the markers: in place of what is there, or after all else.
    ///
    /// # Errors
    /// When the markers are damaged, since then nobody can tell whose text is whose. `name` says
    /// which text it is.
    pub fn merge(&self, text: &str, part: &str, name: &str) -> Result<String> {
        let part = format!("{}\n{}\n{}\n", self.begin, part.trim_end(), self.end);
        let Some((before, after)) = self.around(text, name)? else {
            let gap = match text {
                "" => "",
                text if text.ends_with("\n\n") => "",
                text if text.ends_with('\n') => "\n",
                _ => "\n\n",
            };
            return Ok(format!("{text}{gap}{part}"));
        };
        Ok(format!("{before}{part}{after}"))
    }

    /// The text without our part, and without the empty line that was put above it; none when there
    /// is no such part.
    ///
    /// # Errors
    /// As [`Self::merge`].
    pub fn remove(&self, text: &str, name: &str) -> Result<Option<String>> {
        let Some((before, after)) = self.around(text, name)? else { return Ok(None) };
        let before = match before.strip_suffix("\n\n") {
            Some(_) => before.strip_suffix('\n').unwrap_or(before),
            None => before,
        };
        Ok(Some(format!("{before}{after}")))
    }

    /// What is outside our part.
    ///
    /// # Errors
    /// As [`Self::merge`].
    pub fn outside(&self, text: &str, name: &str) -> Result<String> {
        let around = self.around(text, name)?;
        Ok(around.map_or_else(|| text.to_owned(), |(before, after)| format!("{before}{after}")))
    }

    /// What stands before our part and what after it; none when there is no such part.
    fn around<'a>(&self, text: &'a str, name: &str) -> Result<Option<(&'a str, &'a str)>> {
        let (mut begins, mut ends) = (Vec::new(), Vec::new());
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let next = at + line.len();
            match line.trim() {
                line if line == self.begin => begins.push(at),
                line if line == self.end => ends.push(next),
                _ => {}
            }
            at = next;
        }
        match (begins.as_slice(), ends.as_slice()) {
            ([], []) => Ok(None),
            ([begin], [end]) if begin < end => Ok(text.get(..*begin).zip(text.get(*end..))),
            _ => {
                let (begins, ends) = (begins.len(), ends.len());
                let message = format!(
                    "{name} has {begins} lines '{}' and {ends} lines '{}', in no usable order",
                    self.begin, self.end
                );
                Err(Error::refused(message)
                    .hint("leave one of each, the first above the second, or delete them all"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Markers;

    fn markers() -> Markers {
        Markers { begin: "<b>".into(), end: "<e>".into() }
    }

    fn merge(text: &str) -> Option<String> {
        markers().merge(text, "new\n", "f").ok()
    }

    #[test]
    fn what_is_not_ours_stays_byte_for_byte() {
        for (text, merged) in [
            ("", "<b>\nnew\n<e>\n"),
            ("mine", "mine\n\n<b>\nnew\n<e>\n"),
            ("mine\r\n", "mine\r\n\n<b>\nnew\n<e>\n"),
            ("a\n<b>\nold\n\nolder\n<e>\nz", "a\n<b>\nnew\n<e>\nz"),
            ("a\r\n <b>\r\nold\r\n<e>\r\nz\r\n", "a\r\n<b>\nnew\n<e>\nz\r\n"),
            ("say <b> and <e>\n", "say <b> and <e>\n\n<b>\nnew\n<e>\n"),
            ("<b>\n<e>", "<b>\nnew\n<e>\n"),
        ] {
            assert_eq!(merge(text).as_deref(), Some(merged), "{text:?}");
            assert_eq!(merge(merged).as_deref(), Some(merged), "twice is once: {text:?}");
        }
    }

    #[test]
    fn damaged_markers_are_refused() {
        for text in ["<b>\n", "<e>\n", "<e>\n<b>\n", "<b>\n<b>\n<e>\n", "<b>\n<e>\n<b>\n<e>\n"] {
            assert!(merge(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn what_was_put_in_comes_out_again() {
        for text in ["", "a\n", "a\n\n", "a\n\nb\n"] {
            let merged = markers().merge(text, "ours", "it").unwrap();
            let left = markers().remove(&merged, "it").unwrap().unwrap();
            assert_eq!(left.trim_end(), text.trim_end());
            assert_eq!(markers().remove(&left, "it").unwrap(), None);
        }
        assert_eq!(markers().outside("a\n<b>\nours\n<e>\nb\n", "it").unwrap(), "a\nb\n");
    }
}
