//! Records: one tab-separated line each, or a table for people.

use anstyle::{Ansi256Color, AnsiColor, Style};
use comfy_table::{Attribute, Cell, CellAlignment, Color, Table, presets};

use crate::render::screen::Screen;
use crate::render::wrap::{columns, hang, padded};
use crate::render::{sanitize, status};

/// Columns whose cells are looked up in the table of statuses.
const STATUSES: &[&str] = &["status", "result", "found", "verdict"];
/// Columns of numbers.
const NUMBERS: &[&str] = &["score", "rank", "change", "round"];
/// A column whose widest cell is within this is never made narrower: an id, a status, a time.
const RIGID: usize = 18;
/// Narrower than this, sentences cannot be read.
const SENTENCES: usize = 20;
/// Columns between two columns.
const GAP: usize = 2;

/// Rows of cells, under a head that only people see.
pub struct Records {
    head: &'static [&'static str],
    rows: Vec<Vec<String>>,
}

impl Records {
    /// No rows yet.
    pub fn new(head: &'static [&'static str]) -> Self {
        Self { head, rows: Vec::new() }
    }

    /// Adds a row. Words of others are quoted.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One line a record, for programs and models.
    pub fn lines(&self) -> String {
        let line = |row: &Vec<String>| {
            let cells: Vec<_> = row.iter().map(|cell| sanitize::line(cell)).collect();
            cells.join("\t") + "\n"
        };
        self.rows.iter().map(line).collect()
    }

    /// A table no wider than the terminal, or a list of records where no table fits.
    pub fn on(&self, screen: &Screen) -> String {
        let widths = self.widths();
        let needed: usize = widths.iter().map(|&width| least(width) + GAP).sum();
        if needed.saturating_sub(GAP) <= screen.width() {
            self.table(&widths, screen)
        } else {
            self.stacked(screen)
        }
    }

    /// The widest cell of every column, its head included.
    fn widths(&self) -> Vec<usize> {
        let widest = |(at, name): (usize, &&str)| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            let lines = cells.flat_map(|cell| {
                let shown = shown(name, cell);
                shown.lines().map(columns).collect::<Vec<_>>()
            });
            lines.max().unwrap_or(0).max(columns(name))
        };
        self.head.iter().enumerate().map(widest).collect()
    }

    fn table(&self, widths: &[usize], screen: &Screen) -> String {
        let widths = shares(widths, screen.width());
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(self.head.iter().map(|name| {
            if screen.colour() {
                Cell::new(name).add_attribute(Attribute::Bold)
            } else {
                Cell::new(name.to_uppercase())
            }
        }));
        if screen.colour() {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        for row in &self.rows {
            table.add_row(self.head.iter().zip(row).zip(&widths).map(|((name, cell), &width)| {
                let cell_shown = Cell::new(hang(&shown(name, cell), width, "", "").join("\n"));
                match hue(name, cell).filter(|_| screen.colour()) {
                    Some(hue) => cell_shown.fg(hue),
                    None => cell_shown,
                }
            }));
        }
        let last = self.head.len().saturating_sub(1);
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if at == last { 0 } else { u16::try_from(GAP).unwrap_or(0) }));
            if self.head.get(at).is_some_and(|name| NUMBERS.contains(name)) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.trim_fmt() + "\n"
    }

    /// Every record as lines of `name  cell`.
    fn stacked(&self, screen: &Screen) -> String {
        let names = self.head.iter().map(|name| columns(name)).max().unwrap_or(0) + GAP;
        let mut text = String::new();
        for (at, row) in self.rows.iter().enumerate() {
            if at > 0 {
                text.push('\n');
            }
            for (name, cell) in self.head.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
                let room = screen.width().saturating_sub(names);
                let style = Style::new().fg_color(tint(name, cell).map(Into::into));
                for (n, line) in hang(&shown(name, cell), room, "", "").iter().enumerate() {
                    let name = padded(if n == 0 { name } else { "" }, names);
                    text.push_str(&format!(
                        "{}{}\n",
                        screen.bold(&name),
                        screen.paint(style, line)
                    ));
                }
            }
        }
        text
    }
}

/// A cell as people see it.
fn shown(name: &str, cell: &str) -> String {
    if STATUSES.contains(&name) {
        status::shaped(cell)
    } else {
        sanitize::text(cell.trim_end()).replace('\t', "  ")
    }
}

/// A status's colour.
fn tint(name: &str, cell: &str) -> Option<AnsiColor> {
    STATUSES.contains(&name).then(|| status::colour(cell)).flatten()
}

/// The same as tables call it.
fn hue(name: &str, cell: &str) -> Option<Color> {
    tint(name, cell).map(|colour| Color::AnsiValue(Ansi256Color::from_ansi(colour).index()))
}

/// How wide each column is: rigid ones as they are, the others in fair shares of what is left.
fn shares(widest: &[usize], width: usize) -> Vec<usize> {
    let mut left = width.saturating_sub(GAP * widest.len().saturating_sub(1));
    left = left.saturating_sub(widest.iter().filter(|&&column| column <= RIGID).sum());
    let mut open: Vec<usize> = widest.iter().copied().filter(|&column| column > RIGID).collect();
    open.sort_unstable();
    let mut limit = left;
    for (at, &column) in open.iter().enumerate() {
        limit = left / (open.len() - at);
        left = left.saturating_sub(column.min(limit));
    }
    widest.iter().map(|&column| if column <= RIGID { column } else { column.min(limit) }).collect()
}

/// The columns a column cannot do without.
fn least(widest: usize) -> usize {
    if widest <= RIGID { widest } else { SENTENCES }
}
