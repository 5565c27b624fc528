//! Starting, and starting again after a rejection.

use moss_api::{Action, SubTask, SubTaskStatus, TaskStatus};
use sea_orm::Set;

use crate::domain::work::transition::{Transition, whole_id};
use crate::domain::{Actor, Command, Refusal};
use crate::store::entity::sub_task::{ActiveModel, Model};
use crate::store::entity::task;
use crate::store::events::{self, NewEvent};
use crate::store::sub_tasks::Effect;
use crate::store::{At, Tx, Word, attempts, tasks};

/// Begin work on what the caller was given.
pub struct Start {
    /// Who starts.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// The session that works on it; an empty one changes nothing.
    pub session: Option<String>,
}

impl Command for Start {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Refusal> {
        let id = whole_id(tx, &self.id).await?;
        let session = self.session.as_deref().filter(|session| !session.is_empty());
        Ok(start(tx, &self.actor, &id, session).await?.into())
    }
}

/// Starts a sub-task. From `assigned` the attempt that was opened then goes on; from `rework` a
/// new one is opened (invariant 2). The task turns in_progress with its first start.
pub(in crate::domain) async fn start(
    tx: &Tx,
    actor: &Actor,
    id: &str,
    session: Option<&str>,
) -> Result<Model, Refusal> {
    let transition = |from: SubTaskStatus| Transition {
        only_from: Some(from),
        as_holder: true,
        claimable: true,
        effect: Effect {
            opens_attempt: from == SubTaskStatus::Rework,
            lease: Some(tx.now + tx.timings.lease),
            lease_limit: Some(tx.now + tx.timings.max_attempt_age),
            ..Effect::default()
        },
        ..Transition::new(actor, Action::Start, id, started(tx, session))
    };
    let row = match transition(SubTaskStatus::Assigned).try_run(tx).await? {
        Some(row) => row,
        None => match transition(SubTaskStatus::Rework).try_run(tx).await? {
            Some(row) => {
                attempts::open(tx, &row.id, row.attempt, &actor.id, session);
                row
            }
            None => {
                let any = Transition { only_from: None, ..transition(SubTaskStatus::Assigned) };
                return Err(any.explain(tx).await?);
            }
        },
    };
    let action = Action::Start.as_str();
    let event = NewEvent { action, by: Some(actor), ..NewEvent::default() };
    events::record(tx, &row, event);
    let in_progress = task::ActiveModel {
        status: Set(Word(TaskStatus::InProgress)),
        ..task::ActiveModel::default()
    };
    tasks::transition(tx, &row.task_id, &[TaskStatus::Active], false, in_progress).await?;
    Ok(row)
}

fn started(tx: &Tx, session: Option<&str>) -> ActiveModel {
    let mut change = ActiveModel {
        status: Set(Word(SubTaskStatus::InProgress)),
        updated_at: Set(At(tx.now)),
        ..ActiveModel::default()
    };
    if let Some(session) = session {
        change.current_session_id = Set(Some(session.to_owned()));
    }
    change
}
