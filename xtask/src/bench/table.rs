//! The benchmark's result: one row for each number.

use std::fmt;

/// How a number compares with what was promised.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As promised.
    Met,
    /// Not as promised.
    Missed,
    /// Could not be measured here; the row says why.
    Skipped,
}

impl From<bool> for Verdict {
    fn from(met: bool) -> Self {
        if met { Self::Met } else { Self::Missed }
    }
}

/// What was measured, against what.
pub struct Row {
    /// The number's name.
    pub what: String,
    /// What came out.
    pub measured: String,
    /// What it is held against, from the same run.
    pub reference: String,
    /// What was promised.
    pub target: String,
    /// Whether it was kept.
    pub verdict: Verdict,
}

/// All rows, in the order they were measured.
#[derive(Default)]
pub struct Table(Vec<Row>);

impl Table {
    /// Adds a row and shows it at once: the whole takes minutes.
    pub fn push(&mut self, row: Row) {
        println!("{}: {} ({})", row.what, row.measured, row.verdict);
        self.0.push(row);
    }

    /// Adds a row for what cannot be measured here, for want of a program.
    pub fn skip(&mut self, what: &str, missing: &str) {
        self.push(Row {
            what: what.into(),
            measured: format!("not measured: {missing} is not installed"),
            reference: "–".into(),
            target: "–".into(),
            verdict: Verdict::Skipped,
        });
    }

    /// How many promises were not kept.
    pub fn missed(&self) -> usize {
        self.0.iter().filter(|row| row.verdict == Verdict::Missed).count()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Met => "met",
            Self::Missed => "MISSED",
            Self::Skipped => "SKIPPED",
        })
    }
}

/// Markdown, so that it can go into a document as it is.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | measured | reference | target | |\n|---|---|---|---|---|")?;
        for Row { what, measured, reference, target, verdict } in &self.0 {
            writeln!(f, "| {what} | {measured} | {reference} | {target} | {verdict} |")?;
        }
        Ok(())
    }
}
