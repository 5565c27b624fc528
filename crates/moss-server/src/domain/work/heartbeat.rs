//! A holder's sign of life: its lease is prolonged.

use moss_api::{Action, SubTask};

use crate::domain::work::transition::{Transition, whole_id};
use crate::domain::{Actor, Command, Refusal};
use crate::store::Tx;
use crate::store::entity::sub_task::ActiveModel;
use crate::store::sub_tasks::Effect;

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

    async fn run(&self, tx: &Tx) -> Result<SubTask, Refusal> {
        let id = whole_id(tx, &self.id).await?;
        let lease = Some(tx.now + tx.timings.lease);
        let row = Transition {
            as_holder: true,
            not_too_old: true,
            attempt: self.attempt,
            effect: Effect { lease, only_with_limit: true, ..Effect::default() },
            ..Transition::new(&self.actor, Action::Heartbeat, &id, ActiveModel::default())
        }
        .run(tx)
        .await?;
        Ok(row.into())
    }
}
