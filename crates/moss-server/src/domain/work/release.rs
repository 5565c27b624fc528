//! Giving a sub-task back.

use moss_api::{Action, Role, SubTask};

use crate::domain::work::transition::{Transition, asked_by, requeued, whole_id};
use crate::domain::{Actor, Command, Error};
use crate::store::attempts::{self, HandedIn};
use crate::store::{Tx, events};

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

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        let id = whole_id(tx, &self.id).await?;
        let holder = (self.actor.role == Role::Executor).then_some(self.actor.id.as_str());
        let transition = Transition {
            requirements: asked_by(holder, self.attempt),
            changes: requeued(),
            ..Transition::new(self.actor.role, Action::Release, &id)
        };
        let row = transition.run(tx).await?;
        attempts::end(tx, &row.id, Action::Release, HandedIn::default()).await?;
        events::record(tx, &row, self.actor.did(Action::Release.as_str(), self.reason.as_str()));
        Ok(row.into())
    }
}
