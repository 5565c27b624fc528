//! What differs from one database to another, each difference with its reason. Everything else is
//! one text for all of them.

use sea_orm::sea_query::{ColumnDef, ColumnType, IndexCreateStatement, TableCreateStatement};
use sea_orm::{AccessMode, ConnAcquireErr, DbBackend, DbErr, IsolationLevel, RuntimeErr};

use crate::store::remote::{mysql, postgres};

/// A column as this database needs it to compare as the others do.
///
/// SQLite compares texts byte by byte and has no end of a `varchar`. PostgreSQL compares by its
/// collation, in which the ids that begin with a prefix need not lie side by side and the index is
/// not used for them, and refuses what is longer. What may be how long is decided before.
///
/// MySQL indexes no text without an end, so its words and names keep theirs, in characters; a
/// `text` of it ends at 64 KiB, which is less than we take.
pub(super) fn column(backend: DbBackend, mut column: ColumnDef) -> ColumnDef {
    let kind = column.get_column_type();
    let is_long = matches!(kind, Some(ColumnType::Text));
    let is_text = is_long || matches!(kind, Some(ColumnType::String(_) | ColumnType::Char(_)));
    if backend == DbBackend::Postgres && is_text {
        column.text().extra(r#"COLLATE "C""#);
    } else if backend == DbBackend::MySql && is_long {
        column.custom("mediumtext");
    }
    column
}

/// What the tables of MySQL and MariaDB are like, whatever the database's own default is. Texts
/// compare byte by byte, and a space at their end counts: in most collations of theirs it does not.
/// The one that does has another name in each; each reads its own of these comments.
const MYSQL_TABLE: &str = "ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4 \
    /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100203 COLLATE=utf8mb4_nopad_bin */";

/// A table and its indexes as this database needs them. Answers the indexes that are made after the
/// table.
///
/// MySQL ends the transaction at every statement that makes something. A migration that is cut off
/// leaves what it has made, and is run again: so a table comes with its indexes, and is made where
/// it is not there yet.
pub(super) fn table(
    backend: DbBackend,
    table: &mut TableCreateStatement,
    mut indexes: Vec<IndexCreateStatement>,
) -> Vec<IndexCreateStatement> {
    if backend != DbBackend::MySql {
        return indexes;
    }
    for index in &mut indexes {
        table.index(index);
    }
    table.if_not_exists().engine("InnoDB").extra(MYSQL_TABLE);
    Vec::new()
}

/// The number of a row in the order in which rows were inserted. SQLite gives every row one, under
/// this name, and its indexes end in it, so that what is sorted by time comes in this order where
/// the time is the same. The others have nothing like it, and get a [column](row_number).
pub(super) const ROW_NUMBER: &str = "rowid";

/// The column of [`ROW_NUMBER`], for databases that have none by themselves.
pub(super) fn row_number(backend: DbBackend) -> Option<ColumnDef> {
    let mut column = ColumnDef::new(ROW_NUMBER);
    column.big_integer().not_null();
    if backend == DbBackend::Postgres {
        column.extra("GENERATED ALWAYS AS IDENTITY");
    } else if backend == DbBackend::MySql {
        // It counts up only what an index begins with.
        column.auto_increment().unique_key();
    } else {
        return None;
    }
    Some(column)
}

/// Whether an index that is sorted by has to name [`ROW_NUMBER`] as its last column. PostgreSQL
/// sorts the few rows of one moment as it goes; MySQL would sort all there are.
pub(super) fn indexes_name_row_number(backend: DbBackend) -> bool {
    backend == DbBackend::MySql
}

/// What makes a transaction of a server one state of the database: by default each statement of
/// PostgreSQL sees a newer one, and so do those of MySQL as we ask it (a write must see what it
/// waited for). SQLite's are so by themselves.
pub(super) const SNAPSHOT: (Option<IsolationLevel>, Option<AccessMode>) =
    (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));

/// Whether a row that is inserted unless there is one like it is told from one that is there by
/// the [error](is_taken) of a plain insert.
///
/// SQLite and PostgreSQL have ON CONFLICT DO NOTHING, and PostgreSQL would undo the transaction for
/// an error. MySQL undoes that one statement, and has nothing better: INSERT IGNORE swallows every
/// other error, too, and ON DUPLICATE KEY UPDATE answers 1 for a new row and for an old one, since
/// its driver counts the rows that were found and not those that were changed.
pub(super) fn tells_taken_by_error(backend: DbBackend) -> bool {
    backend == DbBackend::MySql
}

/// Whether MySQL says that there is a row like this one. Nothing else was undone.
pub(super) fn is_taken(error: &DbErr) -> bool {
    said(error).and_then(mysql::number) == Some(mysql::DUPLICATE)
}

/// What an error of the database means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It was not reached, or was lost before it answered: whether a write that had begun was done
    /// is not known.
    Unreachable,
    /// Nothing was changed, and the same again may succeed.
    Passing,
    /// Its disk is full.
    Full,
    /// It takes no writes.
    ReadOnly,
    /// It is damaged.
    Damaged,
    /// Its disk gives back what it has not.
    Unreadable,
    /// Something else.
    Other,
}

/// What an error means. SQLite says it in words, the others by the codes of their manuals.
pub(crate) fn fault(error: &DbErr) -> Fault {
    if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) {
        return Fault::Unreachable;
    }
    if let Some(said) = said(error) {
        return fault_of_a_server(said);
    }
    let text = error.to_string();
    let says = |words: &str| text.contains(words);
    if says("malformed") || says("not a database") {
        Fault::Damaged
    } else if says("disk I/O error") {
        Fault::Unreadable
    } else if says("disk is full") {
        Fault::Full
    } else if says("readonly") || says("read-only") {
        Fault::ReadOnly
    } else {
        Fault::Other
    }
}

/// What the driver of a database that is a server said.
pub(super) fn said(error: &DbErr) -> Option<&sqlx::Error> {
    if let DbErr::Conn(RuntimeErr::SqlxError(said))
    | DbErr::Exec(RuntimeErr::SqlxError(said))
    | DbErr::Query(RuntimeErr::SqlxError(said)) = error
    {
        return Some(said);
    }
    None
}

fn fault_of_a_server(error: &sqlx::Error) -> Fault {
    use sqlx::Error;
    if matches!(
        error,
        Error::Io(_)
            | Error::Tls(_)
            | Error::Protocol(_)
            | Error::PoolTimedOut
            | Error::WorkerCrashed
    ) {
        return Fault::Unreachable;
    }
    let Error::Database(said) = error else { return Fault::Other };
    let code = said.code().unwrap_or_default();
    match mysql::number(error) {
        Some(number) => mysql::fault(number, &code, said.message()),
        None => postgres::fault(&code),
    }
}
