//! Naming the session that works on a sub-task.

use moss_api::{Action, SubTask};

use crate::domain::work::transition::{Transition, asked_by, whole_id};
use crate::domain::{Actor, Command, Error};
use crate::store::sub_tasks::Change;
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

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        let id = whole_id(tx, &self.id).await?;
        let transition = Transition {
            requirements: asked_by(Some(&self.actor.id), None),
            changes: vec![Change::Session(Some(self.session.clone()))],
            ..Transition::new(self.actor.role, Action::Session, &id)
        };
        let row = transition.run(tx).await?;
        attempts::set_session(tx, &row.id, &self.session).await?;
        Ok(row.into())
    }
}
