//! Looks: which attempt a reviewer was shown last (invariant 9).

use std::collections::HashMap;

use moss_api::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use crate::store::Reads;
use crate::store::column::At;
use crate::store::entity::look::{Column, Entity, Model};
use crate::store::idempotency::Caller;
use crate::store::paging::end_of_oldest;
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// What a caller was shown last of these sub-tasks, by sub-task.
pub async fn of<C: Reads>(
    db: &C,
    caller: &Caller,
    sub_tasks: impl IntoIterator<Item = &str>,
) -> Result<HashMap<String, Model>, DbErr> {
    let rows = Entity::find()
        .filter(Column::SubTaskId.is_in(sub_tasks))
        .filter(Column::Caller.eq(caller.as_str()))
        .read_all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.sub_task_id.clone(), row)).collect())
}

/// Notes that a caller was shown an attempt. A newer one is kept; and what was shown whole is not
/// replaced by a row.
pub async fn note(
    tx: &Tx,
    caller: &Caller,
    sub_task: &str,
    attempt: i64,
    whole: bool,
) -> Result<(), DbErr> {
    let mut again = Entity::update_many()
        .col_expr(Column::Attempt, Expr::val(attempt))
        .col_expr(Column::At, Expr::val(At(tx.now)))
        .filter(Column::SubTaskId.eq(sub_task))
        .filter(Column::Caller.eq(caller.as_str()));
    again = if whole {
        again.col_expr(Column::Whole, Expr::val(true)).filter(Column::Attempt.lte(attempt))
    } else {
        let older_row = Column::Whole.eq(false).and(Column::Attempt.lt(attempt));
        again.filter(Column::Attempt.eq(attempt).or(older_row))
    };
    if tx.execute(again).await? > 0 {
        return Ok(());
    }
    let (sub_task_id, caller) = (sub_task.to_owned(), caller.as_str().to_owned());
    tx.insert_unless_taken(Model { sub_task_id, caller, attempt, whole, at: At(tx.now) }).await?;
    Ok(())
}

/// Forgets what a caller was shown of a sub-task: it has given its verdict.
pub async fn forget(tx: &Tx, caller: &Caller, sub_task: &str) -> Result<(), DbErr> {
    let done = Entity::delete_many()
        .filter(Column::SubTaskId.eq(sub_task))
        .filter(Column::Caller.eq(caller.as_str()));
    tx.execute(done).await.map(drop)
}

/// Deletes about `limit` looks noted before `before`. Answers how many.
pub async fn delete_before(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64, DbErr> {
    let end = end_of_oldest::<Entity>(tx, Column::At, before, limit).await?;
    tx.execute(Entity::delete_many().filter(Column::At.lt(At(end)))).await
}
