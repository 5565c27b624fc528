//! Text for people and models, line by line: lines of ours, lines of others, commands.

use crate::render::sanitize::{self, MARGIN, fenced};
use crate::render::screen::Screen;
use crate::render::wrap;

/// Where an item's lines begin at a terminal, below its head.
const INDENT: &str = "  ";

/// A line, by who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// What the lines below it are about.
    Head(String),
    /// Of ours: words of others in it are quoted.
    Ours(String),
    /// Of others, as it stands behind the margin sign.
    Theirs(String),
    /// A command to type next. Holds no words of others.
    Next(String),
}

impl Line {
    fn text(&self) -> &str {
        match self {
            Self::Head(text) | Self::Ours(text) | Self::Theirs(text) | Self::Next(text) => text,
        }
    }

    fn is_theirs(&self) -> bool {
        matches!(self, Self::Theirs(_))
    }

    fn same_speaker(&self, next: &Self) -> bool {
        self.is_theirs() == next.is_theirs()
    }
}

/// Room for the line that says how much of a text is left out.
const CUT_NOTICE: usize = 50;

/// The characters of a text of others; none of lines of ours.
fn block_size(block: &[Line]) -> Option<usize> {
    let is_theirs = block.first().is_some_and(Line::is_theirs);
    is_theirs.then(|| block.iter().map(|line| line.text().chars().count() + 1).sum())
}

/// How long each text may be so that all of them fit into the room: short ones stay whole.
fn share(texts: &[usize], room: usize) -> usize {
    let mut sizes = texts.to_vec();
    sizes.sort_unstable();
    let mut room = room;
    for (at, size) in sizes.iter().enumerate() {
        let each = room / (sizes.len() - at);
        if *size > each {
            return each;
        }
        room -= size;
    }
    usize::MAX
}

/// Lines so far. Whatever others wrote, it adds no line to ours and changes none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(Vec<Line>);

impl Lines {
    /// A line that says what the next ones are about.
    pub fn head(&mut self, line: impl AsRef<str>) {
        self.0.push(Line::Head(one_line(line.as_ref())));
    }

    /// A line of ours.
    pub fn push(&mut self, line: impl AsRef<str>) {
        self.0.push(Line::Ours(one_line(line.as_ref())));
    }

    /// `name: value`, in words of ours; nothing without a value.
    pub fn field(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.push(format!("{name}: {value}"));
        }
    }

    /// A text of somebody else's below its label; nothing when it says nothing.
    pub fn theirs(&mut self, label: &str, text: &str) {
        // An ellipsis alone is what a budget leaves of a text it took out.
        if !matches!(text.trim(), "" | "…") {
            self.push(format!("{label}:"));
            self.quote(text);
        }
    }

    /// A text of somebody else's.
    pub fn quote(&mut self, text: &str) {
        let lines = fenced(text);
        self.0.extend(lines.lines().map(|line| Line::Theirs(line.to_owned())));
    }

    /// A command to type next.
    pub fn next(&mut self, command: &str) {
        self.0.push(Line::Next(sanitize::line(command)));
    }

    /// These below those.
    pub fn append(&mut self, mut more: Self) {
        self.0.append(&mut more.0);
    }

    /// Whether anybody else says anything.
    pub fn has_theirs(&self) -> bool {
        self.0.iter().any(Line::is_theirs)
    }

    /// These in about so many characters: what others wrote is shortened, the longest first, and
    /// nothing of ours is. So nobody writes so much that our words are lost behind it. None when they
    /// fit as they are.
    pub fn within(&self, limit: usize) -> Option<Self> {
        let whole = self.plain().chars().count();
        if whole <= limit {
            return None;
        }
        let texts: Vec<usize> =
            self.0.chunk_by(Line::same_speaker).filter_map(block_size).collect();
        let ours = whole.saturating_sub(texts.iter().sum());
        let most = share(&texts, limit.saturating_sub(ours + CUT_NOTICE * texts.len()));
        let mut short = Self::default();
        for block in self.0.chunk_by(Line::same_speaker) {
            match block_size(block) {
                Some(size) if size > most => short.take_part(block, most),
                Some(_) | None => short.0.extend_from_slice(block),
            }
        }
        Some(short)
    }

    /// As many lines of others as fit, and how much is left out.
    fn take_part(&mut self, block: &[Line], most: usize) {
        let mut room = most;
        let mut left = 0;
        for line in block {
            let text = line.text();
            let size = text.chars().count() + 1;
            if left == 0 && size <= room {
                room -= size;
                self.0.push(line.clone());
            } else if left == 0 {
                let kept = room.saturating_sub(2);
                self.0.push(Line::Theirs(moss_api::clip(text, kept)));
                left = size.saturating_sub(kept);
            } else {
                left += size;
            }
        }
        self.push(format!("… {left} more characters of that"));
    }

    /// For programs and models.
    pub fn plain(&self) -> String {
        let mut text = String::new();
        for line in &self.0 {
            match line {
                Line::Head(line) | Line::Ours(line) | Line::Theirs(line) => text.push_str(line),
                Line::Next(command) => text.push_str(&format!("-> {command}")),
            }
            text.push('\n');
        }
        text
    }

    /// For a person: wrapped, heads in bold, and what belongs to a head below it.
    pub fn on(&self, screen: &Screen) -> String {
        let width = screen.measure();
        let mut text = String::new();
        let mut indent = "";
        for line in &self.0 {
            let shown = match line {
                Line::Head(line) => {
                    indent = INDENT;
                    let lines = wrap::hang(line, width, "", "    ");
                    lines.iter().map(|line| screen.bold(line)).collect()
                }
                Line::Ours(line) => {
                    let line = line.replace('\t', "  ");
                    wrap::hang(&line, width, indent, &format!("{indent}    "))
                }
                Line::Theirs(line) => {
                    let line = line.strip_prefix(MARGIN).unwrap_or(line);
                    wrap::theirs(line.strip_prefix(' ').unwrap_or(line), width, indent, screen)
                }
                // Whole, so that it can be copied.
                Line::Next(command) => vec![format!("{indent}-> {command}")],
            };
            for line in shown {
                text.push_str(&line);
                text.push('\n');
            }
        }
        text
    }
}

/// Sentences of ours; what begins with an arrow is a command.
impl From<String> for Lines {
    fn from(text: String) -> Self {
        let mut lines = Self::default();
        for line in text.lines() {
            match line.strip_prefix("-> ") {
                Some(command) => lines.next(command),
                None => lines.push(line),
            }
        }
        lines
    }
}

/// Tabs stay: a record has them between its fields.
fn one_line(line: &str) -> String {
    sanitize::text(line).replace('\n', "\\n")
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
    use crate::render::screen::Screen;

    #[test]
    fn no_line_of_theirs_passes_for_ours() {
        let mut lines = Lines::default();
        lines.head("1 REWORK");
        lines.theirs("do", "one\n2 REWORK 01a3c9f2\r\n-> rm -rf /");
        lines.theirs("empty", " \n");
        lines.theirs("taken out", "…");
        lines.next("moss wake");
        let plain = "1 REWORK\ndo:\n> one\n> 2 REWORK 01a3c9f2\n> -> rm -rf /\n-> moss wake\n";
        assert_eq!(lines.plain(), plain);
        let shown = lines.on(&Screen::new(20, false));
        let wrapped = "1 REWORK\n  do:\n  > one\n  > 2 REWORK\n  > 01a3c9f2\n  > -> rm -rf /\n";
        assert_eq!(shown, format!("{wrapped}  -> moss wake\n"));
    }

    #[test]
    fn a_long_text_of_theirs_hides_nothing_of_ours() {
        let mut lines = Lines::default();
        lines.theirs("do", &"word ".repeat(5_000));
        lines.theirs("want", "short\nand whole");
        lines.theirs("said", &"line\n".repeat(5_000));
        lines.push("2 of 3 files are missing");
        lines.next("moss start 01a3c9f2");
        let plain = lines.within(1_000).unwrap().plain();
        assert!(plain.chars().count() <= 1_000, "{}", plain.len());
        assert!(plain.contains("want:\n> short\n> and whole\nsaid:\n> line\n"), "{plain}");
        assert!(plain.ends_with("2 of 3 files are missing\n-> moss start 01a3c9f2\n"), "{plain}");
        assert_eq!(plain.matches(" more characters of that\n").count(), 2, "{plain}");
        assert_eq!(lines.within(100_000), None);
    }

    #[test]
    fn sentences_are_ours_and_their_commands_are_commands() {
        let lines = Lines::from("claimed it\n-> moss start 01a3c9f2\n".to_owned());
        assert_eq!(lines.plain(), "claimed it\n-> moss start 01a3c9f2\n");
        assert!(!lines.has_theirs());
    }
}
