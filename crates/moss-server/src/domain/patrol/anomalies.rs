//! Opening and closing anomalies of agents, each with an event and a sentence for a person: one for
//! each cause, and one for its end.

use moss_api::{AnomalyKind, Severity, SubjectKind, quoted};

use crate::domain::patrol::sweep::alert;
use crate::domain::{Command, Error};
use crate::store::anomalies::{self, Seen};
use crate::store::entity::anomaly;
use crate::store::{Tx, agents, events, notices};

/// The event of an end.
const OVER: &str = "over";

/// Opens an anomaly of an agent with this name. Answers what a person is to be told; nothing when it
/// is known already.
pub(in crate::domain) async fn open(
    tx: &Tx,
    (agent, name): (&str, &str),
    kind: AnomalyKind,
    severity: Severity,
    detail: String,
) -> Result<Option<String>, Error> {
    let told = format!("agent {} {detail}", quoted(name));
    let seen = Seen {
        kind,
        subject_kind: SubjectKind::Agent,
        subject: agent.to_owned(),
        severity,
        detail,
    };
    if !anomalies::open(tx, &seen).await? {
        return Ok(None);
    }
    events::record_agent(tx, agent, kind.as_str(), seen.detail);
    if severity == Severity::Critical {
        notices::add(tx, alert(Some(agent.to_owned()), told.clone())).await?;
    }
    Ok(Some(told))
}

/// Closes an anomaly as it was read. Answers what a person is to be told; nothing when it is closed
/// already.
pub(in crate::domain) async fn close(
    tx: &Tx,
    row: &anomaly::Model,
) -> Result<Option<String>, Error> {
    if !anomalies::close(tx, row).await? {
        return Ok(None);
    }
    let end = end_of(row.kind.0);
    events::record_agent(tx, &row.subject, OVER, format!("{}: {end}", row.kind.0));
    let name = agents::find(tx.db(), &row.subject).await?.map(|agent| agent.name);
    Ok(Some(format!("agent {} {end}", quoted(&name.unwrap_or_default()))))
}

const fn end_of(kind: AnomalyKind) -> &'static str {
    match kind {
        AnomalyKind::Unanswered => "answers again",
        AnomalyKind::KeyRefused => "is let in again",
        AnomalyKind::Silent => "is heard from again",
        AnomalyKind::Timeout
        | AnomalyKind::Stuck
        | AnomalyKind::Orphan
        | AnomalyKind::ReworkOverflow
        | AnomalyKind::ScoreDrop
        | AnomalyKind::Starved
        | AnomalyKind::ReviewBacklog
        | AnomalyKind::BlockedWithoutOwner
        | AnomalyKind::Reported => "is as it should be again",
    }
}

/// An agent came with a key that is not let in.
pub struct KeyRefused {
    /// The agent's id.
    pub agent: String,
    /// Its name.
    pub name: String,
    /// Why its key is not let in.
    pub why: String,
}

impl Command for KeyRefused {
    /// What a person is to be told.
    type Output = Option<String>;

    async fn run(&self, tx: &Tx) -> Result<Option<String>, Error> {
        let (kind, severity) = (AnomalyKind::KeyRefused, Severity::Critical);
        let detail = format!("is not let in: {}", self.why);
        open(tx, (&self.agent, &self.name), kind, severity, detail).await
    }
}
