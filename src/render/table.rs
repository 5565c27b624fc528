//! Records: one tab-separated line each, or a table for people.

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table};

use crate::render::sanitize;

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

    /// Adds a row; whatever is in a cell becomes one line.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| sanitize::line(&cell)).collect());
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One line a record, for programs and models.
    pub fn lines(&self) -> String {
        self.rows.iter().map(|row| row.join("\t") + "\n").collect()
    }

    /// A table as wide as the terminal.
    pub fn table(&self, colour: bool) -> String {
        let mut table = Table::new();
        table
            .load_style(comfy_table::presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(self.head.iter().map(|name| match colour {
                true => Cell::new(name).add_attribute(Attribute::Bold),
                false => Cell::new(name.to_uppercase()),
            }));
        if colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|cell| match status_colour(cell) {
                Some(hue) if colour => Cell::new(cell).fg(hue),
                Some(_) | None => Cell::new(cell),
            }));
        }
        table.to_string() + "\n"
    }
}

fn status_colour(word: &str) -> Option<Color> {
    match word {
        "done" | "approved" | "completed" => Some(Color::Green),
        "rework" | "rejected" | "blocked" | "missing" | "changed" => Some(Color::Red),
        "in_progress" | "review" | "assigned" => Some(Color::Yellow),
        _ => None,
    }
}
