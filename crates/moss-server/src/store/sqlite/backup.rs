//! Copying a database, also while a server writes to it.

use std::fs::File;
use std::path::Path;

use sea_orm::{ConnectionTrait, DbErr, Statement};

use crate::files;
use crate::store::Database;
use crate::store::sqlite::connect::{Role, connect};
use crate::store::sqlite::error::OpenError;
use crate::store::sqlite::lock::peek;
use crate::store::sqlite::stamp::judge;

/// Writes a consistent copy of the database at `path` to `target`, also while a server runs.
///
/// # Errors
/// When `target` exists, or either file cannot be used.
pub async fn backup(path: &Path, target: &Path) -> Result<(), OpenError> {
    std::fs::metadata(path).map_err(OpenError::file(path))?;
    judge(path, &peek(path))?;
    let database = OpenError::database(path);
    let source = connect(path, Role::Reader).await.map_err(&database)?;
    // SQLite takes an empty file for a new one, and keeps it private.
    files::create_private(target).map_err(OpenError::file(target))?;
    let copied = vacuum_into(&source, target).await;
    let _ = source.close().await;
    let copied = copied.map_err(|source| OpenError::Backup { target: target.to_owned(), source });
    copied.and_then(|()| put_on_disk(target).map_err(OpenError::file(target))).inspect_err(|_| {
        // It would look like a backup.
        let _ = std::fs::remove_file(target);
    })
}

/// What was written to a file by another is on disk when this returns.
pub(super) fn put_on_disk(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()?;
    files::sync_folder(path)
}

pub(super) async fn vacuum_into(db: &Database, target: &Path) -> Result<(), DbErr> {
    let target = target.to_string_lossy().into_owned();
    let statement =
        Statement::from_sql_and_values(db.get_database_backend(), "VACUUM INTO ?", [target.into()]);
    db.execute_raw(statement).await.map(|_| ())
}
