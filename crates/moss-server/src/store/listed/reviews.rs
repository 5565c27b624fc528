//! Reviews, listed.

use moss_api::{Page, Timestamp, Verdict};
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter};
use serde::Serialize;

use crate::store::Database;
use crate::store::column::At;
use crate::store::entity::review::{Column, Entity, Model};
use crate::store::entity::{agent, sub_task, task};
use crate::store::listed::{Word, with};
use crate::store::paging::{InOrder, PageRequest, Sort, page};

/// Which: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Of this task.
    pub task_id: Option<String>,
    /// Of this sub-task.
    pub sub_task_id: Option<String>,
    /// By this reviewer.
    pub reviewer: Option<String>,
    /// With this outcome.
    pub result: Option<Verdict>,
    /// With this word in what was written, or in the name of the task, the sub-task, the reviewer or
    /// whoever reworks.
    pub word: Option<String>,
    /// Not older than this.
    pub since: Option<Timestamp>,
}

/// A page, by when they were written.
pub async fn list<T: From<Model> + Serialize + Send>(
    db: &Database,
    which: &Which,
    sort: Sort,
    request: PageRequest,
) -> Result<Page<T>, DbErr> {
    let mut query = Entity::find();
    for (column, value) in [
        (Column::SubTaskId, which.sub_task_id.as_deref()),
        (Column::ReviewerAgent, which.reviewer.as_deref()),
        (Column::Result, which.result.map(Verdict::as_str)),
    ] {
        query = with(query, column, value);
    }
    if let Some(task) = &which.task_id {
        let of_task = ids_of_sub_tasks(sub_task::Column::TaskId.eq(task.as_str()).into());
        query = query.filter(Column::SubTaskId.in_subquery(of_task));
    }
    if let Some(since) = which.since {
        query = query.filter(Column::CreatedAt.gte(At(since)));
    }
    if let Some(word) = Word::of(which.word.as_deref()) {
        query = query.filter(anywhere(db, &word));
    }
    page(db, query.in_order(Column::CreatedAt, sort), request).await
}

/// Where a word may stand.
fn anywhere(db: &Database, word: &Word) -> Condition {
    let tasks = ids(task::Column::Id, task::Entity, word.is_in(db, &[task::Column::Name]));
    let named =
        word.is_in(db, &[sub_task::Column::Name]).add(sub_task::Column::TaskId.in_subquery(tasks));
    let agents = || ids(agent::Column::Id, agent::Entity, word.is_in(db, &[agent::Column::Name]));
    word.is_in(db, &[Column::Comment, Column::Issues])
        .add(Column::SubTaskId.in_subquery(ids_of_sub_tasks(named)))
        .add(Column::ReviewerAgent.in_subquery(agents()))
        .add(Column::ReworkAgent.in_subquery(agents()))
}

fn ids_of_sub_tasks(which: Condition) -> SelectStatement {
    ids(sub_task::Column::Id, sub_task::Entity, which)
}

fn ids<C: ColumnTrait, E: EntityTrait>(id: C, of: E, which: Condition) -> SelectStatement {
    Query::select()
        .expr(Expr::col((id.entity_name(), id)))
        .from(of.table_ref())
        .cond_where(which)
        .to_owned()
}
