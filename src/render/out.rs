//! Standard output: nothing but data, safe to show, and never more than a host will pass on.

use std::cell::{Cell, RefCell};
use std::io::{ErrorKind, Write};

use moss_api::{MAX_OUTPUT_CHARS, Page, is_hexadecimal, short_id};
use serde::Serialize;

use crate::config::flags::GlobalFlags;
use crate::error::{Error, Result};
use crate::hints;
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
    /// What the command changed: then it is not the one to type again.
    wrote: RefCell<Option<String>>,
    /// Whether a text of others was shortened.
    shortened: Cell<bool>,
    buffer: RefCell<String>,
    /// What to type next, which stands below everything and is never cut off.
    next: RefCell<String>,
}

impl Out {
    /// As the flags, the environment and the terminal want it.
    pub fn new(global: &GlobalFlags) -> Self {
        Self {
            json: global.json_fields(),
            screen: Screen::of_stdout(),
            all: global.all,
            wrote: RefCell::default(),
            shortened: Cell::default(),
            buffer: RefCell::default(),
            next: RefCell::default(),
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
        self.records(&page.items, head, row, &none_of(page, none));
        self.more(page);
        Ok(())
    }

    /// How to get the next page, when there is one.
    pub fn more<T>(&self, page: &Page<T>) {
        if page.has_more && !self.is_json() {
            let left = page.total.saturating_sub(page.page.saturating_mul(page.page_size));
            let next = rerun::with_page(page.page.saturating_add(1), page.page_size);
            self.next.borrow_mut().push_str(&sanitize::line(&format!("… {left} more: {next}")));
            self.next.borrow_mut().push('\n');
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
        let shown = |lines: &Lines| match &self.screen {
            None => lines.plain(),
            Some(screen) => lines.on(screen),
        };
        let mut text = shown(lines);
        let mut room = MAX_OUTPUT_CHARS - NOTICE;
        // At a terminal they take more room than they have characters.
        for _ in 0..TRIES {
            if self.all || text.chars().count() <= MAX_OUTPUT_CHARS - NOTICE {
                break;
            }
            self.shortened.set(true);
            text = lines.within(room).map_or(text, |short| shown(&short));
            room -= room / 4;
        }
        self.buffer.borrow_mut().push_str(&text);
    }

    /// A page cleans what it is given; its colours are our own.
    fn shown(&self, screen: &Screen, fill: impl FnOnce(&mut Sheet<'_>)) {
        let mut sheet = Sheet::new(screen);
        fill(&mut sheet);
        let (text, next) = sheet.into_parts();
        self.buffer.borrow_mut().push_str(&text);
        self.next.borrow_mut().push_str(&next);
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

    /// Says that the command changes something, so that nobody is told to type it again: what shows
    /// the thing it is about is another.
    pub fn writes(&self, id: &str) {
        let id = if is_hexadecimal(id) { short_id(id) } else { "ID" };
        *self.wrote.borrow_mut() = Some(hints::show_all(id));
    }

    /// The command that shows everything.
    fn whole(&self) -> String {
        self.wrote.borrow().clone().unwrap_or_else(|| rerun::with("--all", ""))
    }

    /// Ends a text within the limit, at a line's end, and says so. What to type next stays.
    fn cut(&self, text: String, next: &str) -> String {
        let whole = moss_api::clip(&self.whole(), NOTICE - 100);
        let room = MAX_OUTPUT_CHARS.saturating_sub(next.chars().count());
        if text.chars().count() <= room {
            let notice =
                if self.shortened.get() { format!("… whole: {whole}\n") } else { String::new() };
            return text + &notice + next;
        }
        let kept: String = text.chars().take(room.saturating_sub(NOTICE)).collect();
        let end = kept.rfind('\n').map_or(kept.len(), |at| at + 1);
        let kept = kept.get(..end).unwrap_or_default();
        let left = text.get(end..).unwrap_or_default().lines().count();
        let line_end = if kept.ends_with('\n') { "" } else { "\n" };
        format!("{kept}{line_end}… {left} more lines: {whole}\n{next}")
    }

    /// Writes everything. A reader that went away is no error.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn flush(&self) -> Result<()> {
        let (text, next) = (self.buffer.take(), self.next.take());
        print(&if self.all || self.is_json() { text + &next } else { self.cut(text, &next) })
    }
}

/// What is said of a page without rows: `none` when the list has none, else which pages have some.
pub fn none_of<T>(page: &Page<T>, none: &str) -> String {
    if page.total <= 0 || !page.items.is_empty() {
        return none.to_owned();
    }
    let Page { page: asked, total, total_pages: pages, page_size, .. } = page;
    let pages = if *pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") };
    let first = rerun::with_page(1, *page_size);
    format!("page {asked} is past the end: {total} on {pages}; the first: {first}")
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
/// How often lines are made shorter for a terminal.
const TRIES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_ends_at_a_line_and_says_so() {
        let out = Out {
            json: None,
            screen: None,
            all: false,
            wrote: RefCell::default(),
            shortened: Cell::default(),
            buffer: RefCell::default(),
            next: RefCell::default(),
        };
        let cut = |text: String| out.cut(text, "");
        let text = "日本語 line\n".repeat(3_000);
        let short = cut(text);
        assert!(short.chars().count() <= MAX_OUTPUT_CHARS);
        let last = short.lines().last().unwrap();
        assert!(last.starts_with("… ") && last.contains(" more lines: moss"), "{last}");
        out.writes("01a3c9f2-0000");
        assert!(cut("line\n".repeat(9_000)).ends_with(" more lines: moss show 01a3c9f2 --all\n"));
        assert!(cut("x".repeat(20_000)).chars().count() <= MAX_OUTPUT_CHARS);
        let next = "-> moss plan status 77aa00bb\n";
        let with_next = out.cut("line\n".repeat(9_000), next);
        assert!(with_next.ends_with(next) && with_next.contains(" more lines: "), "{with_next}");
        assert!(with_next.chars().count() <= MAX_OUTPUT_CHARS);
    }
}
