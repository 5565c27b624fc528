//! The activity log.

use moss_api::{LeftoverKind, Log, LogAction, Role};

use crate::domain::planning::leftovers::note;
use crate::domain::resolve::sub_task;
use crate::domain::{Actor, Command, Error};
use crate::store::{Tx, logs};

/// Add an entry.
pub struct Add {
    /// Who writes.
    pub actor: Actor,
    /// Its kind.
    pub action: LogAction,
    /// The text.
    pub summary: String,
    /// What it is about.
    pub sub_task: Option<String>,
    /// The session it is written in.
    pub session: Option<String>,
}

impl Command for Add {
    type Output = Log;

    async fn run(&self, tx: &Tx) -> Result<Log, Error> {
        let about = match self.sub_task.as_deref().filter(|id| !id.is_empty()) {
            None => None,
            Some(text) => Some(sub_task(tx.db(), text).await?),
        };
        // What others write for whoever plans is to be answered.
        if let (Some(row), LogAction::Plan) = (&about, self.action)
            && self.actor.role != Role::Planner
        {
            note(tx, row, LeftoverKind::Plan, &self.actor, &self.summary).await?;
        }
        let about = about.map(|row| row.id);
        let log = self.actor.wrote(about, self.action, self.summary.clone(), self.session.clone());
        Ok(logs::add(tx, log).await?.into())
    }
}
