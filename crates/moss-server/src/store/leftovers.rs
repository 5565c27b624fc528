//! What was noticed on the way.

use moss_api::{Leftover, LeftoverKind, TaskStatus};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::store::column::{At, Word};
use crate::store::entity::leftover::{Column, Entity, Model};
use crate::store::entity::{sub_task, task};
use crate::store::paging::{InOrder, Sort};
use crate::store::reads::WholeRows;
use crate::store::{Reads, Tx, new_id};

/// Notes one at a sub-task.
pub async fn add(
    tx: &Tx,
    at: &sub_task::Model,
    kind: LeftoverKind,
    agent: &str,
    text: &str,
) -> Result<(), DbErr> {
    tx.insert([Model {
        id: new_id(),
        kind: Word(kind),
        task_id: at.task_id.clone(),
        sub_task_id: at.id.clone(),
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

/// What waits in tasks that can still change, oldest first.
pub async fn waiting<C: Reads>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    let unfinished = Query::select()
        .expr(Expr::val(1))
        .from(task::Entity)
        .and_where(
            Expr::col((task::Entity, task::Column::Id)).eq(Expr::col((Entity, Column::TaskId))),
        )
        .and_where(
            Expr::col((task::Entity, task::Column::Status))
                .is_in(TaskStatus::UNFINISHED.iter().map(|status| status.as_str())),
        )
        .to_owned();
    Entity::find()
        .filter(Column::AnsweredAt.is_null())
        .filter(Expr::exists(unfinished))
        .in_order(Column::At, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
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
        .filter(Column::AnsweredAt.is_null());
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
