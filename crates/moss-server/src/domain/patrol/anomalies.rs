//! Opening and closing anomalies, each with an event and a sentence for a person: one for each
//! cause, and one for its end.

use moss_api::{Anomaly, AnomalyKind, Page, quoted};

use crate::domain::queries::{Db, PageRequest};
use crate::domain::{Command, Error};
use crate::store::anomalies::{self, Seen};
use crate::store::entity::anomaly;
use crate::store::{Reads, Tx, agents, events};

/// The event of an end.
const OVER: &str = "over";

/// Opens an anomaly of an agent with this name. Answers what a person is to be told; nothing when it
/// is open already.
pub(in crate::domain) async fn open(
    tx: &Tx,
    name: &str,
    seen: Seen<'_>,
) -> Result<Option<String>, Error> {
    if !anomalies::open(tx, &seen).await? {
        return Ok(None);
    }
    events::record_agent(tx, seen.subject, seen.kind.as_str(), seen.detail.clone());
    Ok(Some(format!("agent {} {}", quoted(name), seen.detail)))
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
        AnomalyKind::Ignored => "answers again",
        AnomalyKind::KeyRefused => "is let in again",
        AnomalyKind::Silent => "is heard from again",
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
        let seen = Seen {
            kind: AnomalyKind::KeyRefused,
            subject: &self.agent,
            severity: moss_api::Severity::Critical,
            detail: format!("is not let in: {}", self.why),
        };
        open(tx, &self.name, seen).await
    }
}

/// Anomalies as they are shown.
#[derive(Clone, Copy, Debug)]
pub struct AnomalyList {
    /// Only what is open.
    pub open: bool,
    /// Which page.
    pub page: PageRequest,
}

impl AnomalyList {
    /// Reads a page.
    pub async fn run(self, db: &Db) -> Result<Page<Anomaly>, Error> {
        let mut page = anomalies::list(db, self.open, self.page).await?;
        name(db, &mut page.items).await?;
        Ok(page)
    }
}

/// Fills in whom they are about.
pub(in crate::domain) async fn name<C: Reads>(db: &C, all: &mut [Anomaly]) -> Result<(), Error> {
    let names = agents::names(db, all.iter().map(|one| one.subject.clone())).await?;
    for one in all {
        one.subject_name = names.get(&one.subject).cloned().unwrap_or_default();
    }
    Ok(())
}
