//! What was noticed on the way.

use moss_api::{Leftover, LeftoverKind};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::store::column::{At, Word};
use crate::store::entity::leftover::{Column, Entity, Model};
use crate::store::paging::{InOrder, Sort};
use crate::store::reads::WholeRows;
use crate::store::{Reads, Tx, new_id};

/// Notes one at a sub-task of a task.
pub async fn add(
    tx: &Tx,
    task: &str,
    sub_task: &str,
    kind: LeftoverKind,
    agent: &str,
    text: &str,
) -> Result<(), DbErr> {
    tx.insert([Model {
        id: new_id(),
        kind: Word(kind),
        task_id: task.to_owned(),
        sub_task_id: sub_task.to_owned(),
        agent_id: agent.to_owned(),
        text: text.to_owned(),
        at: At(tx.now),
        answered_at: None,
        answered_by: None,
        answer: None,
    }])
    .await
}

/// One row.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).read_one(db).await
}

/// What waits, but for mere remarks, oldest first. What is left of a task that is over was
/// [closed](close) with it.
pub async fn waiting<C: Reads>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    let kinds = LeftoverKind::ALL.iter().filter(|kind| **kind != LeftoverKind::Remark);
    Entity::find()
        .filter(Column::AnsweredAt.is_null())
        .filter(Column::Kind.is_in(kinds.map(|kind| kind.as_str())))
        .in_order(Column::At, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Remarks on some tasks that wait, oldest first.
pub async fn remarks<C: Reads>(db: &C, tasks: &[String], limit: u64) -> Result<Vec<Model>, DbErr> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find()
        .filter(Column::TaskId.is_in(tasks))
        .filter(Column::Kind.eq(LeftoverKind::Remark.as_str()))
        .filter(Column::AnsweredAt.is_null())
        .in_order(Column::At, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Answers everything that is left of a task: it is over.
pub async fn close(tx: &Tx, task: &str, by: &str, answer: &str) -> Result<(), DbErr> {
    let close = Entity::update_many()
        .col_expr(Column::AnsweredAt, Expr::val(At(tx.now)))
        .col_expr(Column::AnsweredBy, Expr::val(by))
        .col_expr(Column::Answer, Expr::val(answer))
        .filter(Column::TaskId.eq(task))
        .filter(is_open());
    tx.execute(close).await.map(drop)
}

/// Not answered yet, of a row that is found otherwise: as a column alone it would be in an index of its
/// own, which holds all that wait.
fn is_open() -> Expr {
    Expr::col(Column::AnsweredAt).add(0).is_null()
}

/// All of a task, oldest first.
pub async fn of_task<C: Reads>(db: &C, task: &str, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::TaskId.eq(task))
        .in_order(Column::At, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Answers one; false when it was answered before.
pub async fn answer(tx: &Tx, id: &str, by: &str, answer: &str) -> Result<bool, DbErr> {
    let done = Entity::update_many()
        .col_expr(Column::AnsweredAt, Expr::val(At(tx.now)))
        .col_expr(Column::AnsweredBy, Expr::val(by))
        .col_expr(Column::Answer, Expr::val(answer))
        .filter(Column::Id.eq(id))
        .filter(is_open());
    Ok(tx.execute(done).await? > 0)
}

/// But for the names, which are in other tables.
impl From<Model> for Leftover {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind.0.into(),
            task_id: row.task_id,
            sub_task_id: row.sub_task_id,
            sub_task_name: String::new(),
            agent_id: row.agent_id,
            agent_name: String::new(),
            text: row.text,
            at: row.at.0,
            answered_at: row.answered_at.map(|at| at.0),
            answer: row.answer,
        }
    }
}
