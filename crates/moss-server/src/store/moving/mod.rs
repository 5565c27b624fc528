//! Moving a whole installation to another database, of the same kind or another: all of it or
//! nothing.
//!
//! Rows are read by their keys out of one state of the source, and written under the numbers they
//! have there in one transaction of the target. Every row is read back and compared before that is
//! committed. So whatever ends a move before its end, the target is as empty as it was, and it can
//! be done again.

mod ends;
mod error;
mod new_rows;
mod sum;
mod table;
mod tables;

pub use error::MoveError;
pub use new_rows::{IMPORTED, NewRows, fill_new};

use crate::config::Address;
use crate::store::Transaction;
use crate::store::moving::ends::{Source, Target, are_one};
use crate::store::moving::sum::Sum;
use crate::store::moving::table::Table;

/// What is done with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Its rows are read and written.
    Copying,
    /// They are read back.
    Comparing,
}

/// How far a move has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// With what.
    pub doing: Doing,
    /// Which table.
    pub table: &'static str,
    /// So many rows.
    pub rows: u64,
    /// Of so many.
    pub of: u64,
}

/// A table that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which.
    pub table: &'static str,
    /// How many rows.
    pub rows: u64,
    /// The sum of their values, which is the same in both databases.
    pub sum: String,
}

/// Who is told how far it has come.
type Told<'a> = &'a mut (dyn FnMut(Progress) + Send);

/// Moves everything in one database to another, which nobody has used. The source is only read.
///
/// # Errors
/// See [`MoveError`]. The target is then as it was, or an empty database.
pub async fn move_all(
    from: &Address,
    to: &Address,
    told: Told<'_>,
) -> Result<Vec<Moved>, MoveError> {
    if are_one(from, to) {
        return Err(MoveError::Same(from.to_string()));
    }
    // What waits for a database is large, and a stack is not.
    let source = Box::pin(Source::open(from)).await?;
    let moved = Box::pin(into(&source, to, told)).await;
    source.close().await;
    moved
}

async fn into(source: &Source, to: &Address, told: Told<'_>) -> Result<Vec<Moved>, MoveError> {
    source.must_be_at_rest().await?;
    let target = Box::pin(Target::open(to)).await?;
    let moved = Box::pin(between(source, &target, told)).await;
    target.close().await;
    moved
}

async fn between(
    source: &Source,
    target: &Target,
    told: Told<'_>,
) -> Result<Vec<Moved>, MoveError> {
    target.must_be_at_rest().await?;
    let tx = target.begin().await?;
    match Box::pin(fill(source, target, &tx, told)).await {
        Ok(moved) => {
            tx.commit().await.map_err(MoveError::at_the_end(&target.address))?;
            Ok(moved)
        }
        Err(error) => {
            let _ = tx.rollback().await;
            Err(error)
        }
    }
}

/// All that a move does in the target's transaction.
async fn fill(
    source: &Source,
    target: &Target,
    tx: &Transaction,
    told: Told<'_>,
) -> Result<Vec<Moved>, MoveError> {
    let tables = tables::all();
    target.clear(tx, &tables).await?;
    let state = source.db.snapshot().await.map_err(MoveError::at(&source.address))?;
    let noted = source.noted(&state).await?;
    let way = Way { source, target, tx };
    let mut sums = Vec::new();
    for table in &tables {
        sums.push(way.copy(table, &state, told).await?);
    }
    state.rollback().await.map_err(MoveError::at(&source.address))?;
    for (table, sum) in tables.iter().zip(&sums) {
        way.compare(table, sum, told).await?;
    }
    source.must_be_at_rest().await?;
    if source.noted(&source.db).await? != noted {
        let (from, to) = (source.address.to_string(), target.address.to_string());
        return Err(MoveError::Written { from, to });
    }
    let moved = |(table, sum): (Table, Sum)| Moved {
        table: table.name,
        rows: sum.rows(),
        sum: sum.to_string(),
    };
    Ok(tables.into_iter().zip(sums).map(moved).collect())
}

/// From where to where.
struct Way<'a> {
    source: &'a Source,
    target: &'a Target,
    tx: &'a Transaction,
}

impl Way<'_> {
    /// Copies a table. Answers the sum of what was read.
    async fn copy(
        &self,
        table: &Table,
        state: &Transaction,
        told: Told<'_>,
    ) -> Result<Sum, MoveError> {
        let (reading, writing) =
            (MoveError::at(&self.source.address), MoveError::at(&self.target.address));
        let counted = table.count(state).await.map_err(&reading)?;
        let (mut sum, mut last) = (table.nothing(), None);
        loop {
            let rows = table.page(state, last.as_ref()).await.map_err(&reading)?;
            if rows.is_empty() {
                break;
            }
            rows.iter().for_each(|row| sum.add(row));
            table.insert(self.tx, &rows).await.map_err(&writing)?;
            last = rows.into_iter().next_back();
            told(Progress {
                doing: Doing::Copying,
                table: table.name,
                rows: sum.rows(),
                of: counted.0,
            });
        }
        if !sum.is_counted(&counted) {
            let at = self.source.address.to_string();
            return Err(MoveError::Miscounted { at, table: table.name });
        }
        table.go_on(self.tx).await.map_err(writing)?;
        Ok(sum)
    }

    /// Reads a table back and compares it with what was copied.
    async fn compare(&self, table: &Table, copied: &Sum, told: Told<'_>) -> Result<(), MoveError> {
        let reading = MoveError::at(&self.target.address);
        let counted = table.count(self.tx).await.map_err(&reading)?;
        let (mut sum, mut last) = (table.nothing(), None);
        loop {
            let rows = table.page(self.tx, last.as_ref()).await.map_err(&reading)?;
            if rows.is_empty() {
                break;
            }
            rows.iter().for_each(|row| sum.add(row));
            last = rows.into_iter().next_back();
            let (rows, of) = (sum.rows(), copied.rows());
            told(Progress { doing: Doing::Comparing, table: table.name, rows, of });
        }
        if sum == *copied && sum.is_counted(&counted) {
            return Ok(());
        }
        Err(MoveError::Differs {
            table: table.name,
            from: self.source.address.to_string(),
            to: self.target.address.to_string(),
            copied: format!("{} rows, {copied}", copied.rows()),
            read: format!("{} rows, {sum}", sum.rows()),
        })
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::ConnectionTrait;

    use super::*;
    use crate::store::Store;

    /// What is written otherwise than it was read is found before it is kept.
    #[tokio::test]
    async fn what_reads_otherwise_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from.db", "to.db"].map(|name| folder.path().join(name));
        let store = Store::open(&from).await.unwrap();
        let rows = "INSERT INTO meta VALUES ('newest', 5); \
                    INSERT INTO dependencies VALUES ('a', 'b'), ('a', 'c'), ('b', 'a')";
        store.writing().execute_unprepared(rows).await.unwrap();
        store.close().await;
        drop(store);
        let source = Source::open(&Address::Sqlite(from)).await.unwrap();
        let target = Target::open(&Address::Sqlite(to)).await.unwrap();
        let tables = tables::all();
        let table = tables.iter().find(|table| table.name == "dependencies").unwrap();
        for (damage, is_same) in [
            ("SELECT 1", true),
            ("DELETE FROM dependencies WHERE depends_on = 'c'", false),
            ("UPDATE dependencies SET depends_on = 'd' WHERE sub_task_id = 'b'", false),
            ("UPDATE dependencies SET rowid = 9 WHERE sub_task_id = 'b'", false),
            ("INSERT INTO dependencies VALUES ('x', 'y')", false),
        ] {
            let (state, tx) = (source.db.snapshot().await.unwrap(), target.begin().await.unwrap());
            let way = Way { source: &source, target: &target, tx: &tx };
            let sum = way.copy(table, &state, &mut |_| {}).await.unwrap();
            assert_eq!(sum.rows(), 3);
            tx.execute_unprepared(damage).await.unwrap();
            let compared = way.compare(table, &sum, &mut |_| {}).await;
            assert_eq!(compared.is_ok(), is_same, "{damage}: {compared:?}");
        }
        target.close().await;
        source.close().await;
    }
}
