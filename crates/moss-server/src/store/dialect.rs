//! What differs from one database to another, each difference with its reason. Everything else is
//! one text for all of them.

use sea_orm::sea_query::{ColumnDef, ColumnType};
use sea_orm::{AccessMode, ConnAcquireErr, DbBackend, DbErr, IsolationLevel, RuntimeErr};

/// A column as this database needs it to compare as the others do.
///
/// SQLite compares texts byte by byte and has no end of a `varchar`. PostgreSQL compares by its
/// collation, in which the ids that begin with a prefix need not lie side by side and the index is
/// not used for them, and refuses what is longer. What may be how long is decided before.
pub(super) fn column(backend: DbBackend, mut column: ColumnDef) -> ColumnDef {
    let is_text = matches!(
        column.get_column_type(),
        Some(ColumnType::String(_) | ColumnType::Text | ColumnType::Char(_))
    );
    if backend == DbBackend::Postgres && is_text {
        column.text().extra(r#"COLLATE "C""#);
    }
    column
}

/// The number of a row in the order in which rows were inserted. SQLite gives every row one, under
/// this name, and its indexes end in it, so that what is sorted by time comes in this order where
/// the time is the same. PostgreSQL has nothing like it, and gets a [column](row_number).
pub(super) const ROW_NUMBER: &str = "rowid";

/// The column of [`ROW_NUMBER`], for databases that have none by themselves.
pub(super) fn row_number(backend: DbBackend) -> Option<ColumnDef> {
    let mut column = ColumnDef::new(ROW_NUMBER);
    column.big_integer().not_null().extra("GENERATED ALWAYS AS IDENTITY");
    (backend == DbBackend::Postgres).then_some(column)
}

/// Whether several servers may share a database. SQLite's file is one server's alone.
pub(crate) fn is_shared(backend: DbBackend) -> bool {
    backend != DbBackend::Sqlite
}

/// The clock of a database that servers share, in microseconds since the epoch: what it says now,
/// and not when the transaction began.
pub(super) fn clock(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::MySql => "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)",
        _ => "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint",
    }
}

/// What makes a PostgreSQL transaction one state of the database: by default each of its
/// statements sees a newer one. SQLite's are so by themselves.
pub(super) const SNAPSHOT: (Option<IsolationLevel>, Option<AccessMode>) =
    (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));

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

/// What is said when a row was in other hands each time.
const IN_OTHERS_HANDS: &str = "others were in the way each time";

/// Nothing was changed, since others were in the way each time.
pub(crate) fn in_others_hands() -> DbErr {
    DbErr::Custom(IN_OTHERS_HANDS.to_owned())
}

/// Whether that is so. The transaction can go on.
pub(crate) fn is_in_others_hands(error: &DbErr) -> bool {
    matches!(error, DbErr::Custom(text) if text == IN_OTHERS_HANDS)
}

/// What an error means. SQLite says it in words, PostgreSQL by the codes of its manual.
pub(crate) fn fault(error: &DbErr) -> Fault {
    if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) {
        return Fault::Unreachable;
    }
    if matches!(error, DbErr::RecordNotUpdated) {
        return Fault::Passing;
    }
    if let Some(said) = said(error) {
        return postgres_fault(said);
    }
    let text = error.to_string();
    let says = |words: &str| text.contains(words);
    if is_in_others_hands(error) {
        Fault::Passing
    } else if says("malformed") || says("not a database") {
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

fn postgres_fault(error: &sqlx::Error) -> Fault {
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
    match said.code().as_deref().unwrap_or_default() {
        // Being stopped or started, and too many connections.
        "57P01" | "57P02" | "57P03" | "53300" => Fault::Unreachable,
        code if code.starts_with("08") => Fault::Unreachable,
        // Serialization, deadlock, what took longer than we wait, and a row like one that another
        // server has inserted since it was looked for.
        "40001" | "40P01" | "55P03" | "57014" | "23505" => Fault::Passing,
        "53100" => Fault::Full,
        "25006" => Fault::ReadOnly,
        "XX001" | "XX002" => Fault::Damaged,
        "58030" => Fault::Unreadable,
        _ => Fault::Other,
    }
}
