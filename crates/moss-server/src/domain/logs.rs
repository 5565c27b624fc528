//! The activity log.

use moss_api::{Log, LogAction};

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
            Some(text) => Some(sub_task(tx.db(), text).await?.id),
        };
        let log = self.actor.wrote(about, self.action, self.summary.clone(), self.session.clone());
        Ok(logs::add(tx, log).await?.into())
    }
}
