//! The events of a sub-task's history.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::store::Tx;
use crate::store::column::At;
use crate::store::entity::{event, sub_task};

/// Something that happened to a sub-task or a task.
#[derive(Clone, Debug, Default)]
pub struct NewEvent<'a> {
    /// An action's word, or `create`.
    pub action: &'a str,
    /// The agent; none for the server itself.
    pub agent_id: Option<&'a str>,
    /// Who really acted, when it was not the agent.
    pub acted_by: Option<&'a str>,
    /// A reason, a score or the like.
    pub detail: String,
}

/// Records what happened to a sub-task; `row` is how it stands now. Where it stood before is told
/// by the event before.
pub fn record(tx: &Tx, row: &sub_task::Model, event: NewEvent<'_>) {
    tx.add_event(event::ActiveModel {
        at: Set(At(tx.now)),
        action: Set(event.action.to_owned()),
        sub_task_id: Set(Some(row.id.clone())),
        task_id: Set(Some(row.task_id.clone())),
        agent_id: Set(event.agent_id.map(str::to_owned)),
        acted_by: Set(event.acted_by.map(str::to_owned)),
        to_status: Set(Some(row.status)),
        attempt: Set(row.attempt),
        detail: Set(event.detail),
        ..event::ActiveModel::default()
    });
}

/// Records what happened to a task as a whole.
pub fn record_task(tx: &Tx, task: &str, event: NewEvent<'_>) {
    tx.add_event(event::ActiveModel {
        at: Set(At(tx.now)),
        action: Set(event.action.to_owned()),
        sub_task_id: Set(None),
        task_id: Set(Some(task.to_owned())),
        agent_id: Set(event.agent_id.map(str::to_owned)),
        acted_by: Set(event.acted_by.map(str::to_owned)),
        to_status: Set(None),
        attempt: Set(0),
        detail: Set(event.detail),
        ..event::ActiveModel::default()
    });
}

/// The last events of a sub-task, in order; at most `limit`.
pub async fn of_sub_task<C: ConnectionTrait>(
    db: &C,
    sub_task: &str,
    limit: u64,
) -> Result<Vec<event::Model>, DbErr> {
    let mut rows = event::Entity::find()
        .filter(event::Column::SubTaskId.eq(sub_task))
        .order_by_desc(event::Column::Seq)
        .limit(limit)
        .all(db)
        .await?;
    rows.reverse();
    Ok(rows)
}
