//! Reporting that a sub-task cannot be done as things are.

use std::time::Duration;

use moss_api::{Action, FailClass, SubTask, SubTaskStatus, Timestamp};
use sea_orm::Set;

use crate::domain::work::transition::{Transition, released, whole_id};
use crate::domain::{Actor, Command, Refusal};
use crate::store::attempts::{self, HandedIn};
use crate::store::entity::sub_task::ActiveModel;
use crate::store::events::{self, NewEvent};
use crate::store::{At, Tx};

/// How far off a failed sub-task may be tried again.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Report that it cannot be done as things are.
pub struct Fail {
    /// Who holds it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// What kind of failure.
    pub class: FailClass,
    /// What happened and what was tried.
    pub detail: String,
    /// Release it by itself then.
    pub retry_at: Option<Timestamp>,
    /// The attempt the caller believes it holds.
    pub attempt: Option<i64>,
}

impl Command for Fail {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Refusal> {
        if self.detail.trim().is_empty() {
            return Err(Refusal::bad_value("detail", "say what happened and what was tried"));
        }
        if self.retry_at.is_some_and(|at| at > tx.now + MAX_RETRY_DELAY) {
            return Err(Refusal::bad_value("retry_at", "is more than 30 days ahead"));
        }
        if self.retry_at.is_some_and(|at| at < tx.now) {
            return Err(Refusal::bad_value("retry_at", "is in the past"));
        }
        let id = whole_id(tx, &self.id).await?;
        let reason = format!("{}: {}", self.class, self.detail);
        let change = ActiveModel {
            block_reason: Set(Some(reason.clone())),
            retry_at: Set(self.retry_at.map(At)),
            ..released(SubTaskStatus::Blocked, tx)
        };
        let transition = Transition::new(&self.actor, Action::Fail, &id, change);
        let row =
            Transition { as_holder: true, attempt: self.attempt, ..transition }.run(tx).await?;
        attempts::end(tx, &row.id, Action::Fail, HandedIn::default()).await?;
        let event =
            NewEvent { action: Action::Fail.as_str(), by: Some(&self.actor), detail: reason };
        events::record(tx, &row, event);
        Ok(row.into())
    }
}
