//! Late submissions: kept as they came, and decided on once.

use moss_api::{Artifact, LateState, LateSubmission};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::store::column::{At, Word};
use crate::store::dialect::not_by_index;
use crate::store::entity::late_submission::{Column, Entity, Model};
use crate::store::entity::sub_task;
use crate::store::paging::{InOrder, Sort};
use crate::store::reads::WholeRows;
use crate::store::{Reads, Tx};

/// Keeps one.
pub async fn add(tx: &Tx, row: Model) -> Result<(), DbErr> {
    tx.insert([row]).await
}

/// One row.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).read_one(db).await
}

/// Those of an attempt.
pub async fn of_attempt(tx: &Tx, sub_task: &str, attempt: i64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::SubTaskId.eq(sub_task))
        .filter(Column::Attempt.eq(attempt))
        .read_all(tx.db())
        .await
}

/// Those of a sub-task, oldest first.
pub async fn of_sub_task<C: Reads>(
    db: &C,
    sub_task: &str,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::SubTaskId.eq(sub_task))
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Those that wait and could be taken: of sub-tasks that are neither over nor wait for a verdict.
/// Oldest first.
pub async fn waiting<C: Reads>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    let takes_it = Query::select()
        .expr(Expr::val(1))
        .from(sub_task::Entity)
        .and_where(
            Expr::col((sub_task::Entity, sub_task::Column::Id))
                .eq(Expr::col((Entity, Column::SubTaskId))),
        )
        .and_where(
            Expr::col((sub_task::Entity, sub_task::Column::Status)).is_in(may_be_taken_from()),
        )
        .to_owned();
    Entity::find()
        .filter(Column::State.eq(LateState::Waiting.as_str()))
        .filter(Expr::exists(takes_it))
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

fn may_be_taken_from() -> Vec<&'static str> {
    use moss_api::{Action, Role, source_statuses};
    let from = source_statuses(Action::Adopt, Role::Reviewer).unwrap_or_default();
    from.into_iter().map(|status| status.as_str()).collect()
}

/// Decides on one that waits; false when somebody else has.
pub async fn judge(tx: &Tx, id: &str, state: LateState, by: &str) -> Result<bool, DbErr> {
    let judge = Entity::update_many()
        .col_expr(Column::State, Expr::val(Word(state)))
        .col_expr(Column::JudgedBy, Expr::val(by))
        .col_expr(Column::JudgedAt, Expr::val(At(tx.now)))
        .filter(Column::Id.eq(id))
        .filter(not_by_index(Column::State).eq(LateState::Waiting.as_str()));
    Ok(tx.execute(judge).await? > 0)
}

/// The files of one.
pub fn artifacts(row: &Model) -> Vec<Artifact> {
    serde_json::from_str(&row.artifacts).unwrap_or_default()
}

/// But for the names, which are in other tables, and for how the attempt had ended.
impl From<Model> for LateSubmission {
    fn from(row: Model) -> Self {
        Self {
            artifacts: artifacts(&row),
            id: row.id,
            sub_task_id: row.sub_task_id,
            sub_task_name: String::new(),
            attempt: row.attempt,
            ended_by: String::new(),
            agent_id: row.agent_id,
            agent_name: String::new(),
            summary: row.summary,
            created_at: row.created_at.0,
            state: row.state.0.into(),
        }
    }
}
