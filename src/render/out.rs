//! Standard output: nothing but data, safe to show, and never more than a host will pass on.

use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, Write};

use moss_api::{MAX_OUTPUT_CHARS, Page};
use serde::Serialize;

use crate::config::flags::GlobalFlags;
use crate::error::{Error, Result};
use crate::render::lines::Lines;
use crate::render::screen::Screen;
use crate::render::sheet::Sheet;
use crate::render::table::Records;
use crate::render::timeline::Timeline;
use crate::render::{json, rerun, sanitize};

/// What a command prints, collected until it has succeeded.
#[derive(Debug)]
pub struct Out {
    json: Option<Vec<String>>,
    screen: Option<Screen>,
    all: bool,
    /// Whether the command changed something: then it is not the one to type again.
    wrote: Cell<bool>,
    /// Whether a text of others was shortened.
    shortened: Cell<bool>,
    buffer: RefCell<String>,
}

impl Out {
    /// As the flags, the environment and the terminal want it.
    pub fn new(global: &GlobalFlags) -> Self {
        Self {
            json: global.json_fields(),
            screen: Screen::of_stdout(),
            all: global.all,
            wrote: Cell::default(),
            shortened: Cell::default(),
            buffer: RefCell::default(),
        }
    }

    /// Whether JSON was asked for.
    pub fn is_json(&self) -> bool {
        self.json.is_some()
    }

    /// Whether everything was asked for, however long.
    pub fn is_all(&self) -> bool {
        self.all
    }

    /// A value: as JSON when that was asked for, else as `lines` tells it.
    ///
    /// # Errors
    /// When a field was asked for that it has not.
    pub fn data<T: Serialize, L: Into<Lines>>(
        &self,
        value: &T,
        lines: impl FnOnce() -> L,
    ) -> Result<()> {
        match &self.json {
            Some(fields) => self.json(value, fields),
            None => {
                self.lines(&lines().into());
                Ok(())
            }
        }
    }

    /// A value: as JSON when that was asked for, else as `lines` tells it to a program, or as
    /// `sheet` shows it to a person at a terminal.
    ///
    /// # Errors
    /// When a field was asked for that it has not.
    pub fn view<T: Serialize, L: Into<Lines>>(
        &self,
        value: &T,
        lines: impl FnOnce() -> L,
        sheet: impl FnOnce(&mut Sheet<'_>),
    ) -> Result<()> {
        match (&self.json, &self.screen) {
            (Some(fields), _) => return self.json(value, fields),
            (None, None) => self.lines(&lines().into()),
            (None, Some(screen)) => self.shown(screen, sheet),
        }
        Ok(())
    }

    /// Names and values: `name<TAB>value` lines, or at a terminal below each other.
    ///
    /// # Errors
    /// When a field was asked for that the value has not.
    pub fn facts<T: Serialize>(&self, value: &T, facts: &[(&str, String)]) -> Result<()> {
        let line = |(name, value): &(&str, String)| format!("{name}\t{value}\n");
        self.view(value, || facts.iter().map(line).collect::<String>(), |sheet| sheet.facts(facts))
    }

    /// A list that was answered whole.
    ///
    /// # Errors
    /// When a field was asked for that its items have not.
    pub fn list<T: Serialize>(
        &self,
        items: &[T],
        head: &'static [&'static str],
        row: impl Fn(&T) -> Vec<String>,
        none: &str,
    ) -> Result<()> {
        match &self.json {
            Some(fields) => self.json(&items, fields),
            None => {
                self.records(items, head, row, none);
                Ok(())
            }
        }
    }

    /// One page of a list, and how to get the next.
    ///
    /// # Errors
    /// When a field was asked for that its items have not.
    pub fn page<T: Serialize>(
        &self,
        page: &Page<T>,
        head: &'static [&'static str],
        row: impl Fn(&T) -> Vec<String>,
        none: &str,
    ) -> Result<()> {
        if let Some(fields) = &self.json {
            return self.json(page, fields);
        }
        self.records(&page.items, head, row, none);
        self.more(page);
        Ok(())
    }

    /// How to get the next page, when there is one.
    pub fn more<T>(&self, page: &Page<T>) {
        if page.has_more && !self.is_json() {
            let left = page.total.saturating_sub(page.page.saturating_mul(page.page_size));
            let next = rerun::with_page(page.page.saturating_add(1), page.page_size);
            self.text(&format!("… {left} more: {next}"));
        }
    }

    /// What happened: a record a line, or at a terminal day by day.
    ///
    /// # Errors
    /// When a field was asked for that the value has not.
    pub fn timeline<T: Serialize>(&self, value: &T, timeline: &Timeline, none: &str) -> Result<()> {
        if timeline.0.is_empty() && !self.is_json() {
            note(none);
            return Ok(());
        }
        let most = if self.all { usize::MAX } else { MAX_CELL };
        self.view(value, || timeline.lines(most), |sheet| sheet.timeline(timeline))
    }

    /// Records. A cell is shortened unless everything was asked for.
    fn records<T>(
        &self,
        items: &[T],
        head: &'static [&'static str],
        row: impl Fn(&T) -> Vec<String>,
        none: &str,
    ) {
        let mut records = Records::new(head);
        for item in items {
            let cells = row(item);
            let short = |cell: String| sanitize::clipped(&cell, MAX_CELL);
            records.row(if self.all { cells } else { cells.into_iter().map(short).collect() });
        }
        match &self.screen {
            _ if records.is_empty() => note(none),
            Some(screen) => self.shown(screen, |sheet| sheet.table(&records)),
            None => self.buffer.borrow_mut().push_str(&records.lines()),
        }
    }

    /// Lines as a program reads them, or as a person does.
    pub fn lines(&self, lines: &Lines) {
        let short = if self.all { None } else { lines.within(MAX_OUTPUT_CHARS - NOTICE) };
        self.shortened.set(self.shortened.get() || short.is_some());
        let lines = short.as_ref().unwrap_or(lines);
        let text = self.screen.as_ref().map_or_else(|| lines.plain(), |screen| lines.on(screen));
        self.buffer.borrow_mut().push_str(&text);
    }

    /// A page cleans what it is given; its colours are our own.
    fn shown(&self, screen: &Screen, fill: impl FnOnce(&mut Sheet<'_>)) {
        let mut sheet = Sheet::new(screen);
        fill(&mut sheet);
        self.buffer.borrow_mut().push_str(&sheet.into_text());
    }

    /// Sentences of ours.
    pub fn text(&self, text: &str) {
        self.lines(&text.to_owned().into());
    }

    /// A whole file, as it is to be written down.
    pub fn file(&self, text: &str) {
        let mut buffer = self.buffer.borrow_mut();
        buffer.push_str(&sanitize::text(text));
        if !text.is_empty() && !text.ends_with('\n') {
            buffer.push('\n');
        }
    }

    fn json<T: Serialize>(&self, value: &T, fields: &[String]) -> Result<()> {
        let value = serde_json::to_value(value)
            .map_err(|e| Error::local(format!("cannot write JSON: {e}")))?;
        let mut value = if fields.is_empty() { value } else { json::pick(value, fields)? };
        if !self.all {
            let whole = self.whole();
            let missing = json::shorten(&mut value, &whole);
            if missing.records > 0 {
                note(&format!("{} records left out to stay short; all: {whole}", missing.records));
            }
            if missing.within {
                note(&format!("texts or lists are shortened; whole: {whole}"));
            }
        }
        let mut buffer = self.buffer.borrow_mut();
        buffer.push_str(&json::printed(&value));
        buffer.push('\n');
        Ok(())
    }

    /// Says that the command changes something, so that nobody is told to type it again.
    pub fn writes(&self) {
        self.wrote.set(true);
    }

    /// The command that shows everything.
    fn whole(&self) -> String {
        if self.wrote.get() { SHOW_ALL.to_owned() } else { rerun::with("--all", "") }
    }

    /// Ends a text within the limit, at a line's end, and says so.
    fn cut(&self, text: String) -> String {
        let whole = moss_api::clip(&self.whole(), NOTICE - 100);
        if text.chars().count() <= MAX_OUTPUT_CHARS {
            let notice =
                if self.shortened.get() { format!("… whole: {whole}\n") } else { String::new() };
            return text + &notice;
        }
        let kept: String = text.chars().take(MAX_OUTPUT_CHARS - NOTICE).collect();
        let end = kept.rfind('\n').map_or(kept.len(), |at| at + 1);
        let kept = kept.get(..end).unwrap_or_default();
        let left = text.get(end..).unwrap_or_default().lines().count();
        let line_end = if kept.ends_with('\n') { "" } else { "\n" };
        format!("{kept}{line_end}… {left} more lines: {whole}\n")
    }

    /// Writes everything. A reader that went away is no error.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn flush(&self) -> Result<()> {
        let text = self.buffer.take();
        print(&if self.all || self.is_json() { text } else { self.cut(text) })
    }
}

/// Writes a text to standard output. A reader that went away is no error.
///
/// # Errors
/// When standard output cannot be written.
pub fn print(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(Error::local(format!("cannot write to standard output: {e}")))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A remark that is no data. Losing it is no error.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", sanitize::line(text));
}

/// Most characters of a field of a record.
const MAX_CELL: usize = 300;
/// Room for saying what was left out, whose command line is clipped.
const NOTICE: usize = 400;
/// The command that shows what a command that wrote had no room for.
const SHOW_ALL: &str = "moss show ID --all";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_ends_at_a_line_and_says_so() {
        let out = Out {
            json: None,
            screen: None,
            all: false,
            wrote: Cell::default(),
            shortened: Cell::default(),
            buffer: RefCell::default(),
        };
        let cut = |text: String| out.cut(text);
        let text = "日本語 line\n".repeat(3_000);
        let short = cut(text);
        assert!(short.chars().count() <= MAX_OUTPUT_CHARS);
        let last = short.lines().last().unwrap();
        assert!(last.starts_with("… ") && last.contains(" more lines: moss"), "{last}");
        out.writes();
        assert!(cut("line\n".repeat(9_000)).ends_with(" more lines: moss show ID --all\n"));
        assert!(cut("x".repeat(20_000)).chars().count() <= MAX_OUTPUT_CHARS);
    }
}
