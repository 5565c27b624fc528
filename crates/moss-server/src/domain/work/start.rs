//! Starting, and starting again after a rejection.

use moss_api::{Action, SubTask, SubTaskStatus, TaskStatus};

use crate::domain::rules::Dialect;
use crate::domain::work::lease::{new_lease, to_holder};
use crate::domain::work::requirement::Requirement;
use crate::domain::work::transition::{Transition, whole_id};
use crate::domain::{Actor, Command, Error};
use crate::store::entity::sub_task::Model;
use crate::store::sub_tasks::Change;
use crate::store::{Tx, attempts, events, tasks};

/// Begin work on what the caller was given.
pub struct Start {
    /// Who starts.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// The session that works on it; an empty one changes nothing.
    pub session: Option<String>,
    /// What its holder speaks.
    pub dialect: Dialect,
}

impl Command for Start {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        let id = whole_id(tx, &self.id).await?;
        let session = self.session.as_deref().filter(|session| !session.is_empty());
        let row = start(tx, &self.actor, &id, session, self.dialect).await?;
        Ok(to_holder(tx, row))
    }
}

/// Starts a sub-task. From `assigned` the attempt that was opened then goes on; from `rework` a
/// new one is opened (invariant 2). The task turns in_progress with its first start.
pub(in crate::domain) async fn start(
    tx: &Tx,
    actor: &Actor,
    id: &str,
    session: Option<&str>,
    dialect: Dialect,
) -> Result<Model, Error> {
    let transition = |only_from: Option<SubTaskStatus>| Transition {
        only_from,
        requirements: vec![
            Requirement::Holder(&actor.id),
            Requirement::Legal,
            Requirement::Claimable,
        ],
        changes: started(tx, session, dialect, only_from == Some(SubTaskStatus::Rework)),
        ..Transition::new(actor.role, Action::Start, id)
    };
    let row = if let Some(row) = transition(Some(SubTaskStatus::Assigned)).try_run(tx).await? {
        row
    } else if let Some(row) = transition(Some(SubTaskStatus::Rework)).try_run(tx).await? {
        attempts::open(tx, &row.id, row.attempt, &actor.id, session);
        row
    } else {
        return Err(transition(None).explain(tx).await?.into());
    };
    events::record(tx, &row, actor.did(Action::Start.as_str(), ""));
    let (from, to) = (&[TaskStatus::Active], TaskStatus::InProgress);
    tasks::transition(tx, &row.task_id, from, to, false).await?;
    Ok(row)
}

fn started(tx: &Tx, session: Option<&str>, dialect: Dialect, opens_attempt: bool) -> Vec<Change> {
    let mut changes = vec![Change::LeaseGoesOn(new_lease(tx, dialect))];
    changes.extend(session.map(|session| Change::Session(Some(session.to_owned()))));
    changes.extend(opens_attempt.then_some(Change::NewAttempt));
    changes
}
