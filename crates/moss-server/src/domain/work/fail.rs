//! Reporting that a sub-task cannot be done as things are.

use std::time::Duration;

use moss_api::{Action, FailClass, SubTask, Timestamp};

use crate::domain::work::transition::{Transition, asked_by, released, whole_id};
use crate::domain::{Actor, Command, Error, Refusal};
use crate::store::attempts::{self, HandedIn};
use crate::store::sub_tasks::Change;
use crate::store::{Tx, events};

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

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        if self.detail.trim().is_empty() {
            return Err(Refusal::bad_value("detail", "say what happened and what was tried").into());
        }
        if self.retry_at.is_some_and(|at| at > tx.now + MAX_RETRY_DELAY) {
            return Err(Refusal::bad_value("retry_at", "is more than 30 days ahead").into());
        }
        if self.retry_at.is_some_and(|at| at < tx.now) {
            return Err(Refusal::bad_value("retry_at", "is in the past").into());
        }
        let id = whole_id(tx, &self.id).await?;
        let reason = format!("{}: {}", self.class, self.detail);
        let mut changes = released();
        changes.push(Change::Blocked(reason.clone(), self.retry_at));
        let transition = Transition {
            requirements: asked_by(Some(&self.actor.id), self.attempt),
            changes,
            ..Transition::new(self.actor.role, Action::Fail, &id)
        };
        let row = transition.run(tx).await?;
        attempts::end(tx, &row.id, Action::Fail, HandedIn::default()).await?;
        events::record(tx, &row, self.actor.did(Action::Fail.as_str(), reason));
        Ok(row.into())
    }
}
