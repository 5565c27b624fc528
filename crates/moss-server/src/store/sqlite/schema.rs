//! Whose schema a file has, and bringing it up to date.

use std::path::Path;

use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::MigratorTrait;

use crate::files;
use crate::store::Database;
use crate::store::migration::{self, Migrator, over};
use crate::store::sqlite::backup::vacuum_into;
use crate::store::sqlite::error::OpenError;

/// Looks, without writing, whether a database that has something in it is one of ours. Answers
/// whether it has.
///
/// # Errors
/// [`OpenError::Foreign`] when it is another program's.
pub(super) async fn is_ours(db: &Database, path: &Path) -> Result<bool, OpenError> {
    let sql = "SELECT COUNT(*) AS all_tables, COALESCE(SUM(name = 'seaql_migrations'), 0) AS ours \
               FROM sqlite_master WHERE type = 'table'";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.map_err(OpenError::database(path))?;
    let count = |name: &str| row.as_ref().and_then(|row| row.try_get::<i64>("", name).ok());
    let has_tables = count("all_tables").unwrap_or(0) > 0;
    if has_tables && count("ours") == Some(0) {
        return Err(OpenError::Foreign(path.to_owned()));
    }
    Ok(has_tables)
}

/// The migrations of this build that a database does not have yet, read without writing.
///
/// # Errors
/// [`OpenError::Newer`] when it has one that this build does not know.
pub(super) async fn missing_migrations(
    db: &Database,
    path: &Path,
) -> Result<Vec<String>, OpenError> {
    let sql = "SELECT version FROM seaql_migrations";
    let statement = Statement::from_string(db.get_database_backend(), sql);
    // An empty file, as a server leaves it that was killed in its first moment, has no such table.
    let rows = db.query_all_raw(statement).await.unwrap_or_default();
    let applied: Vec<String> =
        rows.iter().filter_map(|row| row.try_get("", "version").ok()).collect();
    unapplied(path, &applied)
}

/// The migrations of this build that a file does not have yet.
fn unapplied(path: &Path, applied: &[String]) -> Result<Vec<String>, OpenError> {
    migration::unapplied(applied)
        .map_err(|migration| OpenError::Newer { path: path.to_owned(), migration })
}

/// Brings the schema up to date, in one transaction a step, after a copy of a file that had data.
pub(super) async fn migrate(db: &Database, path: &Path, is_new: bool) -> Result<(), OpenError> {
    let error = OpenError::database(path);
    let applied: Vec<String> = Migrator::get_migration_models(db)
        .await
        .map_err(&error)?
        .into_iter()
        .map(|row| row.version)
        .collect();
    let unapplied = unapplied(path, &applied)?;
    let Some(last) = unapplied.last() else { return Ok(()) };
    if !is_new && !applied.is_empty() {
        let copy = files::with_suffix(path, &format!(".before-{last}"));
        if !copy.exists() {
            vacuum_into(db, &copy).await.map_err(&error)?;
        }
    }
    // All or nothing: a server killed half-way through finds the file as it was.
    let tx = db.begin().await.map_err(&error)?;
    over::migrate(tx).await.map_err(&error)
}

/// How thoroughly a database is looked through.
#[derive(Clone, Copy, Debug)]
pub(super) enum Depth {
    /// Its pages and tables.
    Quick,
    /// Its indexes against its tables, too.
    Full,
}

/// Looks whether a database is whole.
///
/// # Errors
/// [`OpenError::Damaged`] when it is not.
pub(super) async fn check(db: &Database, path: &Path, depth: Depth) -> Result<(), OpenError> {
    let damaged = |what: &str| OpenError::Damaged { path: path.to_owned(), what: what.to_owned() };
    let sql = match depth {
        Depth::Quick => "PRAGMA quick_check(1)",
        Depth::Full => "PRAGMA integrity_check(1)",
    };
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.map_err(|error| damaged(&plainly(&error)))?;
    let said = row.and_then(|row| row.try_get_by_index::<String>(0).ok()).unwrap_or_default();
    // A heading may come first.
    let what = said.rsplit('\n').next().unwrap_or_default();
    if said == "ok" { Ok(()) } else { Err(damaged(what)) }
}

fn plainly(error: &DbErr) -> String {
    let text = error.to_string();
    text.rsplit(") ").next().unwrap_or_default().to_owned()
}
