//! Versions of texts.

use moss_api::admin::VersionedKind;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::store::column::At;
use crate::store::entity::version::{Column, Entity, Model};
use crate::store::reads::WholeRows;
use crate::store::{Reads, Tx};

/// Who wrote what comes with the program.
pub const SHIPPED: &str = "shipped";

/// Who wrote what comes from another server.
pub const IMPORT: &str = "import";

/// What has versions.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Of which kind it is.
    pub kind: VersionedKind,
    /// Its slug or id.
    pub id: &'a str,
}

/// Keeps a version.
pub async fn add(
    tx: &Tx,
    of: Subject<'_>,
    number: i64,
    author: &str,
    text: Option<String>,
) -> Result<(), DbErr> {
    let row = Model {
        subject_kind: of.kind.to_string(),
        subject: of.id.to_owned(),
        number,
        at: At(tx.now),
        author: author.to_owned(),
        text,
    };
    tx.insert([row]).await
}

/// The number of the newest version; 0 when there is none.
pub async fn newest<C: Reads>(db: &C, of: Subject<'_>) -> Result<i64, DbErr> {
    let newest = list(db, of, i64::MAX, 1).await?;
    Ok(newest.first().map_or(0, |row| row.number))
}

/// The versions before a number, the newest first.
pub async fn list<C: Reads>(
    db: &C,
    of: Subject<'_>,
    before: i64,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::SubjectKind.eq(of.kind.as_str()))
        .filter(Column::Subject.eq(of.id))
        .filter(Column::Number.lt(before))
        .order_by_desc(Column::Number)
        .limit(limit)
        .read_all(db)
        .await
}

/// One version.
pub async fn find<C: Reads>(db: &C, of: Subject<'_>, number: i64) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::SubjectKind.eq(of.kind.as_str()))
        .filter(Column::Subject.eq(of.id))
        .filter(Column::Number.eq(number))
        .read_one(db)
        .await
}

/// How many versions somebody has written: what comes with the program is of nobody.
pub(super) async fn written_by_somebody<C: Reads>(db: &C) -> Result<u64, DbErr> {
    Entity::find().filter(Column::Author.ne(SHIPPED)).count(db).await
}
