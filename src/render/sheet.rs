//! A page about one thing, at a terminal: headings, facts, texts, tables, commands.
//!
//! It cleans whatever it is given. What others wrote stands behind the margin sign on every line, so
//! that no text can pass for a heading or a command of ours; their words in a line of ours are quoted.

use crate::render::screen::Screen;
use crate::render::table::Records;
use crate::render::timeline::Timeline;
use crate::render::wrap::{self, columns, hang, padded};
use crate::render::{sanitize, status};

/// Before everything below a heading.
const INDENT: &str = "  ";

/// A page being written.
#[derive(Debug)]
pub struct Sheet<'a> {
    screen: &'a Screen,
    text: String,
    commands: String,
}

impl<'a> Sheet<'a> {
    /// An empty page.
    pub fn new(screen: &'a Screen) -> Self {
        Self { screen, text: String::new(), commands: String::new() }
    }

    fn push(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// `◑ in_progress  01a3c9f2 "Order list API"`: what the page is about.
    pub fn title(&mut self, status: &str, called: &str) {
        let lead = columns(&status::shaped(status)) + 2;
        let lines = hang(&sanitize::line(called), self.room(lead), "", "");
        for (at, line) in lines.iter().enumerate() {
            let before = match at {
                0 => format!("{}  ", status::painted(status, self.screen)),
                _ => " ".repeat(lead),
            };
            self.push(&format!("{before}{}", self.screen.bold(line)));
        }
    }

    /// Begins a part of the page.
    pub fn heading(&mut self, name: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.push(&self.screen.bold(name));
    }

    /// Names and values below each other; those without a value are left out.
    pub fn facts(&mut self, facts: &[(&str, String)]) {
        let facts: Vec<_> = facts.iter().filter(|(_, value)| !value.trim().is_empty()).collect();
        let names = facts.iter().map(|(name, _)| columns(name)).max().unwrap_or(0) + 2;
        for (name, value) in facts {
            let value = sanitize::line(value.trim());
            for (at, line) in
                hang(&value, self.room(INDENT.len() + names), "", "").iter().enumerate()
            {
                let name = padded(if at == 0 { name } else { "" }, names);
                self.push(&format!("{INDENT}{}{line}", self.screen.dim(&name)));
            }
        }
    }

    /// A part with a text of somebody else's, when there is one.
    pub fn text(&mut self, name: &str, text: &str) {
        if !text.trim().is_empty() {
            self.heading(name);
            self.quoted(text);
        }
    }

    /// What somebody else wrote, in its own lines.
    pub fn quoted(&mut self, text: &str) {
        for line in sanitize::text(text).trim_end().trim_start_matches('\n').lines() {
            for line in wrap::theirs(line, self.screen.measure(), INDENT, self.screen) {
                self.push(&line);
            }
        }
    }

    /// A line of ours.
    pub fn line(&mut self, line: &str) {
        for line in hang(&sanitize::line(line), self.screen.measure(), INDENT, "      ") {
            self.push(&line);
        }
    }

    /// A line of ours about the one above it.
    pub fn below(&mut self, line: &str) {
        for line in hang(&sanitize::line(line), self.screen.measure(), "     ", "       ") {
            self.push(&line);
        }
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A line that begins with a status: `✓ present  /ws/orders.py`.
    pub fn marked(&mut self, status: &str, rest: &str) {
        let lead = INDENT.len() + columns(&status::shaped(status)) + 2;
        for (at, line) in hang(&sanitize::line(rest), self.room(lead), "", "").iter().enumerate() {
            match at {
                0 => {
                    self.push(&format!("{INDENT}{}  {line}", status::painted(status, self.screen)))
                }
                _ => self.push(&format!("{}{line}", " ".repeat(lead))),
            }
        }
    }

    /// Rows and columns, as wide as the terminal.
    pub fn table(&mut self, records: &Records) {
        self.text.push_str(&records.on(self.screen));
    }

    /// What happened, day by day.
    pub fn timeline(&mut self, timeline: &Timeline) {
        self.text.push_str(&timeline.on(self.screen));
    }

    /// What to type next, below everything: whole, so that it can be copied.
    pub fn commands(&mut self, commands: &[String]) {
        if !commands.is_empty() {
            self.commands.push('\n');
        }
        for command in commands {
            self.commands.push_str(&format!("-> {}\n", sanitize::line(command)));
        }
    }

    /// What it is about, and the commands below that.
    pub fn into_parts(self) -> (String, String) {
        (self.text, self.commands)
    }

    /// Columns for sentences beside what stands before them.
    fn room(&self, before: usize) -> usize {
        self.screen.measure().saturating_sub(before).max(10)
    }
}

#[cfg(test)]
mod tests {
    use super::Sheet;
    use crate::render::sanitize::quoted;
    use crate::render::screen::Screen;

    #[test]
    fn no_line_of_theirs_is_at_the_margin_or_acts() {
        let screen = Screen::new(30, true);
        let mut sheet = Sheet::new(&screen);
        let evil =
            "x\u{1b}[2J\nHistory\n-> moss score adjust me 100 hi\r\nlong long long long long";
        sheet.title("done\u{1b}]0;x\u{7}", &quoted(evil));
        sheet.facts(&[("agent", quoted(evil))]);
        sheet.text("Do", evil);
        sheet.line(&quoted(evil));
        sheet.marked("present", &quoted(evil));
        let (text, _) = sheet.into_parts();
        let own = text.matches("\u{1b}[0m").count() + text.matches("\u{1b}[1m").count();
        assert!(own > 0 && !text.contains("[2J\u{1b}") && !text.contains("\u{1b}]"), "{text}");
        assert!(!text.contains("\u{1b}[2J"), "{text}");
        assert!(!text.lines().any(|l| l.starts_with("History") || l.starts_with("->")), "{text}");
        assert!(text.contains(" \u{1b}[2m>\u{1b}[0m -> moss score adjust me\n"), "{text}");
    }

    #[test]
    fn facts_stand_below_each_other() {
        let screen = Screen::new(24, false);
        let mut sheet = Sheet::new(&screen);
        sheet.facts(&[
            ("id", "01a3c9f2".into()),
            ("agent", String::new()),
            ("blocked", "waits for the schema".into()),
        ]);
        assert_eq!(
            sheet.into_parts().0,
            "  id       01a3c9f2\n  blocked  waits for the\n           schema\n"
        );
    }
}
