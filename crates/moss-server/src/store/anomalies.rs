//! Anomalies: one row for each kind and subject, opened again when it comes again.

use moss_api::{AnomalyKind, Page, Role, Severity, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::store::column::{At, Word};
use crate::store::entity::anomaly::{Column, Entity, Model};
use crate::store::judgements;
use crate::store::paging::{InOrder, PageRequest, Sort, page};
use crate::store::reads::WholeRows;
use crate::store::{Database, Reads, Tx, new_id};

/// What is amiss, with whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    /// What.
    pub kind: AnomalyKind,
    /// An agent's id.
    pub subject: &'a str,
    /// How bad it is.
    pub severity: Severity,
    /// What was seen.
    pub detail: String,
}

/// Opens an anomaly, unless it is open: then the answer is false.
pub async fn open(tx: &Tx, seen: &Seen<'_>) -> Result<bool, DbErr> {
    let again = Entity::update_many()
        .col_expr(Column::Severity, Expr::val(Word(seen.severity)))
        .col_expr(Column::Detail, Expr::val(seen.detail.as_str()))
        .col_expr(Column::OpenedAt, Expr::val(At(tx.now)))
        .col_expr(Column::ClosedAt, Expr::val(None::<At>))
        .col_expr(Column::Times, Expr::col(Column::Times).add(1))
        .filter(Column::Kind.eq(seen.kind.as_str()))
        .filter(Column::Subject.eq(seen.subject))
        .filter(Column::ClosedAt.is_not_null());
    if tx.execute(again).await? > 0 {
        return Ok(true);
    }
    let row = Model {
        id: new_id(),
        kind: Word(seen.kind),
        subject: seen.subject.to_owned(),
        severity: Word(seen.severity),
        detail: seen.detail.clone(),
        opened_at: At(tx.now),
        closed_at: None,
        times: 1,
    };
    tx.insert_unless_taken(row).await
}

/// Closes an anomaly as it was read; false when somebody else has, or it was opened again.
pub async fn close(tx: &Tx, row: &Model) -> Result<bool, DbErr> {
    let close = Entity::update_many()
        .col_expr(Column::ClosedAt, Expr::val(At(tx.now)))
        .filter(Column::Id.eq(row.id.as_str()))
        .filter(Column::OpenedAt.eq(row.opened_at))
        .filter(Column::ClosedAt.is_null());
    Ok(tx.execute(close).await? > 0)
}

/// One row.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).read_one(db).await
}

/// What is open, oldest first.
pub async fn all_open<C: Reads>(db: &C) -> Result<Vec<Model>, DbErr> {
    let open = Entity::find().filter(Column::ClosedAt.is_null());
    open.in_order(Column::OpenedAt, Sort::OldestFirst).read_all(db).await
}

/// What is open of a kind and was not judged by a role, oldest first.
pub async fn open_for<C: Reads>(
    db: &C,
    kind: AnomalyKind,
    role: Role,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let stamp = (Entity, Column::OpenedAt);
    let judged = judgements::holds((Entity, Column::Id), Expr::col(stamp), role, now);
    Entity::find()
        .filter(Column::ClosedAt.is_null())
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Expr::exists(judged).not())
        .in_order(Column::OpenedAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// A page: what is open, or all there was, newest first.
pub async fn list(
    db: &Database,
    open: bool,
    request: PageRequest,
) -> Result<Page<moss_api::Anomaly>, DbErr> {
    let mut query = Entity::find();
    if open {
        query = query.filter(Column::ClosedAt.is_null());
    }
    page(db, query.in_order(Column::OpenedAt, Sort::NewestFirst), request).await
}

/// But for the subject's name, which is in another table.
impl From<Model> for moss_api::Anomaly {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind.0.into(),
            subject: row.subject,
            subject_name: String::new(),
            severity: row.severity.0.into(),
            detail: row.detail,
            opened: row.opened_at.0,
            closed: row.closed_at.map(|at| at.0),
            times: row.times,
        }
    }
}
