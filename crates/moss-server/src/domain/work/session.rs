//! Naming the session that works on a sub-task.

use moss_api::{Action, SubTask};
use sea_orm::Set;

use crate::domain::work::transition::{Transition, whole_id};
use crate::domain::{Actor, Command, Refusal};
use crate::store::entity::sub_task::ActiveModel;
use crate::store::{Tx, attempts};

/// Name the session that works on it.
pub struct SetSession {
    /// Who holds it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// The session.
    pub session: String,
}

impl Command for SetSession {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Refusal> {
        let id = whole_id(tx, &self.id).await?;
        let change = ActiveModel {
            current_session_id: Set(Some(self.session.clone())),
            ..ActiveModel::default()
        };
        let transition = Transition::new(&self.actor, Action::Session, &id, change);
        let row = Transition { as_holder: true, ..transition }.run(tx).await?;
        attempts::set_session(tx, &row.id, &self.session).await?;
        Ok(row.into())
    }
}
