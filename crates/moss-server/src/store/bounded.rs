//! Reading no more rows than fit into one answer.

use std::io::{self, Write};

use moss_api::MAX_ANSWER_BYTES;
use sea_orm::{DbErr, EntityTrait, QuerySelect, Select, TryIntoModel};
use serde::Serialize;

use crate::store::{Database, Reads};

/// Bytes of an answer that rows may take; the rest is for what stands around them.
const MAX_ROWS_BYTES: usize = MAX_ANSWER_BYTES - 64 * 1024;
/// What a row may take besides what it says itself, in bytes: a comma, and a name or two that are
/// looked up for it later.
const BESIDE_ROW: usize = 512;

/// Most rows of a list that has no pages.
pub(super) const MAX_LIST_ROWS: u64 = 1_000;

/// The rows a query begins with.
pub(super) struct Fitting<T> {
    /// As many as fit, and one at least.
    pub rows: Vec<T>,
    /// Whether there are others that did not.
    pub cut: bool,
}

/// Reads the rows of a query, as they will be answered, until an answer is full of them. Those that
/// follow are left in the database: their size is nobody's memory.
pub(super) async fn fitting<E, T>(db: &Database, query: Select<E>) -> Result<Fitting<T>, DbErr>
where
    E: EntityTrait,
    E::ActiveModel: TryIntoModel<E::Model>,
    T: From<E::Model> + Serialize + Send,
{
    let (mut rows, mut bytes, mut cut) = (Vec::new(), 0, false);
    db.each(query, |row| {
        let row = T::from(row);
        bytes += json_size(&row) + BESIDE_ROW;
        cut = bytes > MAX_ROWS_BYTES && !rows.is_empty();
        if !cut {
            rows.push(row);
        }
        !cut
    })
    .await?;
    Ok(Fitting { rows, cut })
}

/// A part of a list that has no pages.
#[derive(Debug)]
pub struct Part<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// How many rows to leave out to get the next part; none after the last one.
    pub next_offset: Option<u64>,
}

impl<T> Part<T> {
    /// The same part with its rows turned into others.
    pub fn map<U>(self, turn: impl FnOnce(Vec<T>) -> Vec<U>) -> Part<U> {
        Part { rows: turn(self.rows), next_offset: self.next_offset }
    }
}

/// Reads what follows the first `offset` rows: as many as fit, and `most` at most.
pub(super) async fn part<E, T>(
    db: &Database,
    query: Select<E>,
    offset: u64,
    most: u64,
) -> Result<Part<T>, DbErr>
where
    E: EntityTrait,
    E::ActiveModel: TryIntoModel<E::Model>,
    T: From<E::Model> + Serialize + Send,
{
    let query = query.offset(offset).limit(most.saturating_add(1));
    let Fitting { mut rows, mut cut } = fitting(db, query).await?;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if rows.len() > most {
        rows.truncate(most);
        cut = true;
    }
    let next_offset = cut.then(|| offset.saturating_add(rows.len() as u64));
    Ok(Part { rows, next_offset })
}

/// How many bytes a value takes as JSON.
fn json_size(value: &impl Serialize) -> usize {
    let mut size = Size(0);
    match serde_json::to_writer(&mut size, value) {
        Ok(()) => size.0,
        Err(_) => MAX_ROWS_BYTES, // what cannot be written is told when it is answered
    }
}

/// Counts what is written.
struct Size(usize);

impl Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
