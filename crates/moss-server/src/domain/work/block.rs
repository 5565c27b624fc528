//! Blocking: patrol stops a sub-task, with a reason; the planner takes over.

use moss_api::{Action, SubTask, SubTaskStatus};
use sea_orm::Set;

use crate::domain::work::transition::{Transition, released, whole_id};
use crate::domain::{Actor, Command, Refusal};
use crate::store::Tx;
use crate::store::attempts::{self, HandedIn};
use crate::store::entity::sub_task::ActiveModel;
use crate::store::events::{self, NewEvent};

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

    async fn run(&self, tx: &Tx) -> Result<SubTask, Refusal> {
        let id = whole_id(tx, &self.id).await?;
        let reason = match self.reason.trim() {
            "" => format!("blocked by \"{}\" without a reason", self.actor.name),
            reason => reason.to_owned(),
        };
        let change = ActiveModel {
            block_reason: Set(Some(reason.clone())),
            ..released(SubTaskStatus::Blocked, tx)
        };
        let row = Transition::new(&self.actor, Action::Block, &id, change).run(tx).await?;
        attempts::end(tx, &row.id, Action::Block, HandedIn::default()).await?;
        let event =
            NewEvent { action: Action::Block.as_str(), by: Some(&self.actor), detail: reason };
        events::record(tx, &row, event);
        Ok(row.into())
    }
}
