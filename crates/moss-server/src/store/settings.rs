//! What all servers on the database have in common, and what their files said of it last.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use serde_json::Value;

use crate::config::Settings;
use crate::store::Reads;
use crate::store::entity::config_file;
pub use crate::store::entity::setting::Model;
use crate::store::entity::setting::{Column, Entity};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// Who made a setting what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Somebody who wrote a file, or a variable of the environment.
    File,
    /// An admin, while the servers ran.
    Api,
}

impl Source {
    const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Api => "api",
        }
    }
}

fn row(key: &str, value: &Value, source: Source) -> Model {
    let (key, value, source) = (key.to_owned(), value.to_string(), source.as_str().to_owned());
    Model { key, value, source }
}

/// All of them. There are a dozen at most.
pub async fn all<C: Reads>(db: &C) -> Result<Vec<Model>, DbErr> {
    Entity::find().read_all(db).await
}

/// Sets one, whatever it was. Whether it was another, or none.
pub async fn put(tx: &Tx, key: &str, value: &Value, source: Source) -> Result<bool, DbErr> {
    let row = row(key, value, source);
    if tx.insert_unless_taken(row.clone()).await? {
        return Ok(true);
    }
    let update = Entity::update_many()
        .col_expr(Column::Value, Expr::val(row.value.clone()))
        .col_expr(Column::Source, Expr::val(row.source))
        .filter(Column::Key.eq(key))
        .filter(Column::Value.ne(row.value));
    Ok(tx.execute(update).await? > 0)
}

/// Sets one if it is `old` still; `old` may be none. Whether it was.
pub async fn exchange(
    tx: &Tx,
    key: &str,
    old: Option<&Value>,
    new: &Value,
    source: Source,
) -> Result<bool, DbErr> {
    let row = row(key, new, source);
    let Some(old) = old else { return tx.insert_unless_taken(row).await };
    let update = Entity::update_many()
        .col_expr(Column::Value, Expr::val(row.value))
        .col_expr(Column::Source, Expr::val(row.source))
        .filter(Column::Key.eq(key))
        .filter(Column::Value.eq(old.to_string()));
    Ok(tx.execute(update).await? > 0)
}

/// Whether one is this, and stays it until the transaction ends.
pub async fn hold(tx: &Tx, key: &str, value: &Value) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::Key, Expr::val(key))
        .filter(Column::Key.eq(key))
        .filter(Column::Value.eq(value.to_string()));
    Ok(tx.execute(update).await? > 0)
}

/// What each file said when it was read last.
pub async fn files<C: Reads>(db: &C) -> Result<BTreeMap<String, Settings>, DbErr> {
    let rows = config_file::Entity::find().read_all(db).await?;
    let read = |row: config_file::Model| {
        let said = serde_json::from_str(&row.said).unwrap_or_default();
        (row.file, said)
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Remembers what a file says.
pub async fn note_file(tx: &Tx, file: &str, said: &Settings) -> Result<(), DbErr> {
    let said = serde_json::to_string(said).unwrap_or_default();
    let row = config_file::Model { file: file.to_owned(), said: said.clone() };
    if !tx.insert_unless_taken(row).await? {
        let update = config_file::Entity::update_many()
            .col_expr(config_file::Column::Said, Expr::val(said.clone()))
            .filter(config_file::Column::File.eq(file))
            .filter(config_file::Column::Said.ne(said));
        tx.execute(update).await?;
    }
    Ok(())
}
