//! What an import took over, and what did not fit.

use std::collections::BTreeMap;

use moss_api::{clip, quoted};

/// Examples that are told of each remark.
const EXAMPLES: usize = 3;

/// What became of the rows of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Rows that were there.
    pub read: usize,
    /// Rows that were left out.
    pub skipped: usize,
}

/// What an import took over, and what did not fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// By the original's tables.
    pub tables: BTreeMap<&'static str, Taken>,
    remarks: BTreeMap<(&'static str, &'static str), Remark>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Remark {
    count: usize,
    examples: Vec<String>,
}

impl Report {
    /// So many rows of a table were read.
    pub(super) fn read(&mut self, table: &'static str, rows: usize) {
        self.tables.entry(table).or_default().read += rows;
    }

    /// A row is left out.
    pub(super) fn skip(&mut self, table: &'static str, id: &str, why: &'static str) {
        self.tables.entry(table).or_default().skipped += 1;
        self.note(table, id, why);
    }

    /// A row is taken over otherwise than it was.
    pub(super) fn note(&mut self, table: &'static str, id: &str, what: &'static str) {
        let remark = self.remarks.entry((table, what)).or_default();
        remark.count += 1;
        if remark.examples.len() < EXAMPLES {
            remark.examples.push(quoted(&clip(id, 60)));
        }
    }

    /// A line for each remark: the table, how often, what, and the first few rows.
    pub fn remarks(&self) -> Vec<String> {
        let line = |((table, what), remark): (&(&str, &str), &Remark)| {
            let more = if remark.count > remark.examples.len() { ", …" } else { "" };
            format!("{table}: {} × {what} ({}{more})", remark.count, remark.examples.join(", "))
        };
        self.remarks.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_counted_and_the_first_ones_named() {
        let mut report = Report::default();
        report.read("agent", 5);
        for id in ["a", "b", "c", "d"] {
            report.skip("agent", id, "its role is none");
        }
        report.note("task", "t", "its name was empty");
        assert_eq!(report.tables["agent"], Taken { read: 5, skipped: 4 });
        assert_eq!(
            report.remarks(),
            [
                "agent: 4 × its role is none (\"a\", \"b\", \"c\", …)",
                "task: 1 × its name was empty (\"t\")"
            ]
        );
    }
}
