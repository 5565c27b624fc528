//! Text for people and models, built line by line from what others wrote.

use crate::render::sanitize;

/// Lines so far. A text of somebody else's is indented below its label, so that none of its
/// lines can pass for one of ours.
#[derive(Debug, Default)]
pub struct Lines(String);

impl Lines {
    /// A line of ours, as it is.
    pub fn push(&mut self, line: impl AsRef<str>) {
        self.0.push_str(line.as_ref());
        self.0.push('\n');
    }

    /// `label: text`; nothing when the text is empty.
    pub fn field(&mut self, label: &str, text: &str) {
        self.labelled_at("", label, text);
    }

    /// As [`Self::field`], below an item.
    pub fn labelled(&mut self, label: &str, text: &str) {
        self.labelled_at("  ", label, text);
    }

    fn labelled_at(&mut self, indent: &str, label: &str, text: &str) {
        let text = text.trim();
        // An ellipsis alone is what a budget leaves of a text it took out.
        if !text.is_empty() && text != "…" {
            let text = sanitize::text(text).replace('\n', &format!("\n{indent}  "));
            self.push(format!("{indent}{label}: {text}"));
        }
    }

    /// A command to type next about an item.
    pub fn next(&mut self, command: &str) {
        self.push(format!("  -> {command}"));
    }

    /// All of it.
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Bytes for people: `4.1 kB`.
pub fn size(bytes: i64) -> String {
    #[allow(clippy::cast_precision_loss)] // shown with one decimal
    match bytes {
        ..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn no_line_of_theirs_passes_for_ours() {
        let mut lines = Lines::default();
        lines.labelled("do", "one\n2 REWORK 01a3c9f2\r\n-> rm -rf /");
        lines.field("id", " x\ny ");
        lines.field("empty", " \n");
        assert_eq!(
            lines.into_text(),
            "  do: one\n    2 REWORK 01a3c9f2\n    -> rm -rf /\nid: x\n  y\n"
        );
    }
}
