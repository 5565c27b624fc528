//! How agents are woken: told by who puts them on a timer.

use moss_api::{AgentHost, HostKind, MAX_RHYTHM_SECONDS};

use crate::domain::{Command, Error, Refusal};
use crate::store::entity::agent_host::Model;
use crate::store::{At, Tx, Word, agent_hosts};

/// Tells how an agent is woken.
pub struct ReportHost {
    /// Which agent.
    pub agent: String,
    /// What wakes it.
    pub kind: HostKind,
    /// The version of `moss`.
    pub moss: String,
    /// SHA-256 of its skill's text.
    pub skill: String,
    /// How often is looked for work, in seconds.
    pub every_seconds: i64,
}

impl Command for ReportHost {
    type Output = AgentHost;

    async fn run(&self, tx: &Tx) -> Result<AgentHost, Error> {
        if !(1..=MAX_RHYTHM_SECONDS).contains(&self.every_seconds) {
            let range = format!("must be 1 to {MAX_RHYTHM_SECONDS}");
            return Err(Refusal::bad_value("every_seconds", &range).into());
        }
        let row = Model {
            agent_id: self.agent.clone(),
            kind: Word(self.kind),
            moss: self.moss.clone(),
            skill: self.skill.clone(),
            every_seconds: self.every_seconds,
            reported_at: At(tx.now),
        };
        agent_hosts::put(tx, &row).await?;
        Ok(row.into())
    }
}

impl From<Model> for AgentHost {
    fn from(row: Model) -> Self {
        Self {
            kind: row.kind.0.into(),
            moss: row.moss,
            skill: row.skill,
            every_seconds: row.every_seconds,
            reported_at: row.reported_at.0,
        }
    }
}
