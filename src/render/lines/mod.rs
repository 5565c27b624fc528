//! Text for people and models, line by line: lines of ours, lines of others, commands.

mod list;
mod room;

use crate::render::sanitize::{self, MARGIN, fenced};
use crate::render::screen::Screen;
use crate::render::wrap;
pub use list::{Keep, List};

/// Where an item's lines begin at a terminal, below its head.
const INDENT: &str = "  ";

/// What stands below each other, by who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// What the parts below it are about.
    Head(String),
    /// A line of ours: words of others in it are quoted.
    Ours(String),
    /// A text of others, its lines as they stand behind the margin sign.
    Theirs(Vec<String>),
    /// A command to type next. Holds no words of others.
    Next(String),
    /// Things of one kind.
    List(List),
}

/// A line, by who says it.
enum Line<'a> {
    Head(&'a str),
    Ours(&'a str),
    Theirs(&'a str),
    Next(&'a str),
}

/// Lines so far. Whatever others wrote, it adds no line to ours and changes none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(Vec<Part>);

impl Lines {
    /// A line that says what the next ones are about.
    pub fn head(&mut self, line: impl AsRef<str>) {
        self.0.push(Part::Head(one_line(line.as_ref())));
    }

    /// A line of ours.
    pub fn push(&mut self, line: impl AsRef<str>) {
        self.0.push(Part::Ours(one_line(line.as_ref())));
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
        let lines: Vec<_> = fenced(text).lines().map(str::to_owned).collect();
        if !lines.is_empty() {
            self.0.push(Part::Theirs(lines));
        }
    }

    /// A command to type next.
    pub fn next(&mut self, command: &str) {
        self.0.push(Part::Next(sanitize::line(command)));
    }

    /// Things of one kind.
    pub fn list(&mut self, list: List) {
        if !list.is_empty() {
            self.0.push(Part::List(list));
        }
    }

    /// These below those.
    pub fn append(&mut self, mut more: Self) {
        self.0.append(&mut more.0);
    }

    /// Whether anybody else says anything.
    pub fn has_theirs(&self) -> bool {
        let mut has_theirs = false;
        self.each(&mut |line| has_theirs |= matches!(line, Line::Theirs(_)));
        has_theirs
    }

    fn each(&self, tell: &mut dyn FnMut(Line<'_>)) {
        for part in &self.0 {
            match part {
                Part::Head(line) => tell(Line::Head(line)),
                Part::Ours(line) => tell(Line::Ours(line)),
                Part::Theirs(lines) => lines.iter().for_each(|line| tell(Line::Theirs(line))),
                Part::Next(command) => tell(Line::Next(command)),
                Part::List(list) => list.told().each(tell),
            }
        }
    }

    /// The characters it takes.
    fn size(&self) -> usize {
        self.plain().chars().count()
    }

    /// For programs and models.
    pub fn plain(&self) -> String {
        let mut text = String::new();
        self.each(&mut |line| {
            match line {
                Line::Head(line) | Line::Ours(line) | Line::Theirs(line) => text.push_str(line),
                Line::Next(command) => text.push_str(&format!("-> {command}")),
            }
            text.push('\n');
        });
        text
    }

    /// For a person: wrapped, heads in bold, and what belongs to a head below it.
    pub fn on(&self, screen: &Screen) -> String {
        let width = screen.measure();
        let mut text = String::new();
        let mut indent = "";
        self.each(&mut |line| {
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
        });
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
    fn sentences_are_ours_and_their_commands_are_commands() {
        let lines = Lines::from("claimed it\n-> moss start 01a3c9f2\n".to_owned());
        assert_eq!(lines.plain(), "claimed it\n-> moss start 01a3c9f2\n");
        assert!(!lines.has_theirs());
    }
}
