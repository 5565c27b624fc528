//! The events of a sub-task's history.

use moss_api::HistoryEvent;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::store::Database;
use crate::store::Tx;
use crate::store::bounded::{Part, part};
use crate::store::column::At;
use crate::store::entity::{event, sub_task};
use crate::store::reads::WholeRows;

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
        task_id: Set(Some(task.to_owned())),
        agent_id: Set(event.agent_id.map(str::to_owned)),
        acted_by: Set(event.acted_by.map(str::to_owned)),
        ..of_no_sub_task(tx, event.action, event.detail)
    });
}

/// Records what is so of an agent.
pub fn record_agent(tx: &Tx, agent: &str, action: &str, detail: String) {
    let agent_id = Set(Some(agent.to_owned()));
    tx.add_event(event::ActiveModel { agent_id, ..of_no_sub_task(tx, action, detail) });
}

/// Records what is so of the team as a whole.
pub fn record_team(tx: &Tx, action: &str, detail: String) {
    tx.add_event(of_no_sub_task(tx, action, detail));
}

fn of_no_sub_task(tx: &Tx, action: &str, detail: String) -> event::ActiveModel {
    event::ActiveModel {
        at: Set(At(tx.now)),
        action: Set(action.to_owned()),
        sub_task_id: Set(None),
        task_id: Set(None),
        agent_id: Set(None),
        acted_by: Set(None),
        to_status: Set(None),
        attempt: Set(0),
        detail: Set(detail),
        ..event::ActiveModel::default()
    }
}

/// Most events of one answer.
const MAX_HISTORY: u64 = 500;

/// What happened to a sub-task, last to first, as it is answered, but for the names of agents and
/// the status before each event.
pub async fn of_sub_task(
    db: &Database,
    sub_task: &str,
    offset: u64,
) -> Result<Part<HistoryEvent>, DbErr> {
    let query = event::Entity::find()
        .filter(event::Column::SubTaskId.eq(sub_task))
        .order_by_desc(event::Column::Seq);
    part(db, query, offset, MAX_HISTORY).await
}

/// The last few events, last to first.
pub async fn last(db: &Database, limit: u64) -> Result<Vec<event::Model>, DbErr> {
    event::Entity::find().order_by_desc(event::Column::Seq).limit(limit).read_all(db).await
}

/// The first few events after this one and up to that one, in order.
pub async fn between(
    db: &Database,
    after: i64,
    up_to: i64,
    limit: u64,
) -> Result<Vec<event::Model>, DbErr> {
    event::Entity::find()
        .filter(event::Column::Seq.gt(after))
        .filter(event::Column::Seq.lte(up_to))
        .order_by_asc(event::Column::Seq)
        .limit(limit)
        .read_all(db)
        .await
}

/// Those of these events that are there, in order.
pub async fn at(
    db: &Database,
    places: impl IntoIterator<Item = i64> + Send,
) -> Result<Vec<event::Model>, DbErr> {
    event::Entity::find()
        .filter(event::Column::Seq.is_in(places))
        .order_by_asc(event::Column::Seq)
        .read_all(db)
        .await
}

/// But for the agent's name, which is in another table, and for the status before it, which is
/// told by another row.
impl From<event::Model> for HistoryEvent {
    fn from(row: event::Model) -> Self {
        Self {
            agent_name: None,
            seq: row.seq,
            at: row.at.0,
            action: row.action,
            agent_id: row.agent_id,
            acted_by: row.acted_by,
            from: None,
            to: row.to_status.map(|word| word.0.into()),
            attempt: row.attempt,
            detail: row.detail,
        }
    }
}
