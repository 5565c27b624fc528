//! Which sub-task waits for which.

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Select};

use crate::store::Reads;
use crate::store::entity::dependency::{Column, Entity, Model};
use crate::store::entity::sub_task;
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// Adds edges: the first of each pair waits for the second.
pub async fn insert(tx: &Tx, edges: &[(String, String)]) -> Result<(), DbErr> {
    let rows =
        edges.iter().cloned().map(|(sub_task_id, depends_on)| Model { sub_task_id, depends_on });
    tx.insert(rows).await
}

/// What these sub-tasks wait, or waited, for.
pub async fn of<C: Reads>(db: &C, sub_tasks: &[String]) -> Result<Vec<Model>, DbErr> {
    if sub_tasks.is_empty() {
        return Ok(Vec::new());
    }
    in_order(Entity::find().filter(Column::SubTaskId.is_in(sub_tasks))).read_all(db).await
}

/// What waits, or waited, for one of these sub-tasks.
pub async fn on<C: Reads>(db: &C, sub_tasks: &[String]) -> Result<Vec<Model>, DbErr> {
    if sub_tasks.is_empty() {
        return Ok(Vec::new());
    }
    in_order(Entity::find().filter(Column::DependsOn.is_in(sub_tasks))).read_all(db).await
}

/// What the sub-tasks of a task wait, or waited, for.
pub async fn of_task<C: Reads>(db: &C, task: &str) -> Result<Vec<Model>, DbErr> {
    let sub_tasks = Query::select()
        .column(sub_task::Column::Id)
        .from(sub_task::Entity)
        .and_where(sub_task::Column::TaskId.eq(task))
        .to_owned();
    in_order(Entity::find().filter(Column::SubTaskId.in_subquery(sub_tasks))).read_all(db).await
}

/// By ids, as their index has them: left to itself each database has an order of its own.
fn in_order(edges: Select<Entity>) -> Select<Entity> {
    edges.order_by_asc(Column::SubTaskId).order_by_asc(Column::DependsOn)
}

/// Replaces what a sub-task waits for.
pub async fn replace(tx: &Tx, sub_task: &str, waits_for: &[String]) -> Result<(), DbErr> {
    tx.execute(Entity::delete_many().filter(Column::SubTaskId.eq(sub_task))).await?;
    let edges: Vec<_> = waits_for.iter().map(|on| (sub_task.to_owned(), on.clone())).collect();
    insert(tx, &edges).await
}
