//! Things of one kind below each other. Those that have no room are counted, with the command that
//! shows them.

use super::Lines;
use super::room::share;

/// What may be shown of a row at least, where not all of them have room.
const LEAST: usize = 300;
/// Room for the line that says how many are left out.
const COUNT: usize = 100;

/// Which end of a list is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The beginning.
    First,
    /// The end, where what is newest stands last.
    Last,
}

/// Rows, each a line of ours with whatever belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    what: &'static str,
    whole: String,
    keep: Keep,
    rows: Vec<Lines>,
    left: usize,
}

impl List {
    /// `what` names several of them, `whole` is the command that shows all.
    pub fn new(what: &'static str, whole: &str, keep: Keep, rows: Vec<Lines>) -> Self {
        Self { what, whole: whole.to_owned(), keep, rows, left: 0 }
    }

    /// No more than so many of them.
    pub fn at_most(mut self, most: usize) -> Self {
        let over = self.rows.len().saturating_sub(most);
        match self.keep {
            Keep::First => self.rows.truncate(most),
            Keep::Last => drop(self.rows.drain(..over)),
        }
        self.left += over;
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// `… 180 more files: moss show 01a3c9f2 --all`, when some are left out.
    fn rest(&self) -> Option<String> {
        let Self { what, whole, left, keep, .. } = self;
        let word = match keep {
            Keep::First => "more",
            Keep::Last => "earlier",
        };
        (*left > 0).then(|| format!("… {left} {word} {what}: {whole}"))
    }

    /// These, and where they are left out those that are.
    pub(super) fn told(&self) -> Lines {
        let mut told = Lines::default();
        let rest = |told: &mut Lines, at| {
            if self.keep == at
                && let Some(rest) = self.rest()
            {
                told.push(rest);
            }
        };
        rest(&mut told, Keep::Last);
        for row in &self.rows {
            told.append(row.clone());
        }
        rest(&mut told, Keep::First);
        told
    }

    /// These in about so many characters: as many as can be told at all, the longest of them
    /// shortened.
    pub(super) fn within(&self, room: usize) -> Self {
        let room = room.saturating_sub(COUNT);
        let mut rows: Vec<&Lines> = self.rows.iter().collect();
        if self.keep == Keep::Last {
            rows.reverse();
        }
        let mut needed = 0;
        let fits = |row: &&&Lines| {
            needed += row.size().min(LEAST);
            needed <= room
        };
        let kept = rows.iter().take_while(fits).count().max(1);
        rows.truncate(kept);
        let sizes: Vec<usize> = rows.iter().map(|row| row.size()).collect();
        let most = share(&sizes, room);
        let mut rows: Vec<Lines> =
            rows.into_iter().map(|row| row.within(most).unwrap_or_else(|| row.clone())).collect();
        if self.keep == Keep::Last {
            rows.reverse();
        }
        let left = self.left + self.rows.len().saturating_sub(rows.len());
        Self { rows, left, whole: self.whole.clone(), ..*self }
    }
}
