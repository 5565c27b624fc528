//! A holder's sign of life: its lease is prolonged.

use moss_api::{Action, SubTask};

use crate::domain::work::lease::to_holder;
use crate::domain::work::requirement::Requirement;
use crate::domain::work::transition::{Transition, asked_by, whole_id};
use crate::domain::{Actor, Command, Error};
use crate::store::Tx;
use crate::store::sub_tasks::Change;

/// Prolong the lease.
pub struct Heartbeat {
    /// Who holds it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// The attempt the caller believes it holds.
    pub attempt: Option<i64>,
}

impl Command for Heartbeat {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        let id = whole_id(tx, &self.id).await?;
        let mut requirements = asked_by(Some(&self.actor.id), self.attempt);
        requirements.push(Requirement::NotTooOld);
        let transition = Transition {
            requirements,
            changes: vec![Change::LeaseProlonged(tx.now)],
            ..Transition::new(self.actor.role, Action::Heartbeat, &id)
        };
        Ok(to_holder(tx, transition.run(tx).await?))
    }
}
