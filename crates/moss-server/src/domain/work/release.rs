//! Giving a sub-task back.

use moss_api::{Action, SubTask};

use crate::domain::work::transition::{Transition, requeued, whole_id};
use crate::domain::{Actor, Command, Refusal};
use crate::store::Tx;
use crate::store::attempts::{self, HandedIn};
use crate::store::events::{self, NewEvent};

/// Give back, so that anyone may claim it.
pub struct Release {
    /// The holder; or, for a blocked one, the planner.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// Why.
    pub reason: String,
    /// The attempt the caller believes it holds.
    pub attempt: Option<i64>,
}

impl Command for Release {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Refusal> {
        let id = whole_id(tx, &self.id).await?;
        let transition = Transition::new(&self.actor, Action::Release, &id, requeued(tx));
        let as_holder = self.actor.role == moss_api::Role::Executor;
        let row = Transition { as_holder, attempt: self.attempt, ..transition }.run(tx).await?;
        attempts::end(tx, &row.id, Action::Release, HandedIn::default()).await?;
        let event = NewEvent {
            action: Action::Release.as_str(),
            by: Some(&self.actor),
            detail: self.reason.clone(),
        };
        events::record(tx, &row, event);
        Ok(row.into())
    }
}
