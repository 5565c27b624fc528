//! Blocking: patrol stops a sub-task, with a reason; the planner takes over.

use moss_api::{Action, BlockClass, BlockOwner, SubTask};

use crate::domain::work::step_up::block;
use crate::domain::work::transition::{Transition, released, whole_id};
use crate::domain::{Actor, Command, Error};
use crate::store::attempts::{self, Ending};
use crate::store::sub_tasks::Change;
use crate::store::{Tx, events};

/// Stop a sub-task.
pub struct Block {
    /// Who stops it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// Why.
    pub reason: String,
}

impl Command for Block {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        let id = whole_id(tx, &self.id).await?;
        let reason = match self.reason.trim() {
            "" => format!("blocked by {} without a reason", moss_api::quoted(&self.actor.name)),
            reason => reason.to_owned(),
        };
        let mut changes = released();
        let blocked = block(tx, BlockClass::Patrol, BlockOwner::Planner, reason.clone());
        changes.push(Change::Blocked(blocked));
        let transition = Transition::new(self.actor.role, Action::Block, &id);
        let row = Transition { changes, ..transition }.run(tx).await?;
        attempts::end(tx, &row.id, Action::Block, Ending::default()).await?;
        events::record(tx, &row, self.actor.did(Action::Block.as_str(), reason));
        Ok(row.into())
    }
}
