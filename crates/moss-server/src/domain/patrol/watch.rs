//! The watch: who is not heard from, and what is over. Runs now and then, and writes only when
//! there is something to say.

use std::time::Duration;

use moss_api::{AgentStatus, AnomalyKind, Severity, Timestamp};

use crate::domain::patrol::anomalies::{close, open};
use crate::domain::{Command, Error};
use crate::store::entity::anomaly;
use crate::store::{Reads, Tx, agents, anomalies, offers, request_log};

/// A timer that misses as many ticks is not heard from.
const MISSED_TICKS: u32 = 3;
/// And nobody is missed sooner than after that.
const SHORTEST_SILENCE: Duration = Duration::from_secs(60 * 60);
/// A refused key is a thing of the past when its agent was let in after that long: whoever comes
/// with two keys in turn is no news every minute.
const REFUSAL: Duration = Duration::from_secs(60 * 60);

/// How long an agent may say nothing that is woken this often.
pub fn patience(tick: Duration) -> Duration {
    (tick * MISSED_TICKS).max(SHORTEST_SILENCE)
}

/// Kinds that are opened and closed here, or by what an agent does.
const OF_AGENTS: &[AnomalyKind] =
    &[AnomalyKind::Unanswered, AnomalyKind::Silent, AnomalyKind::KeyRefused];

/// Look who is missing and what is over.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// Since when this server runs: before, it could hear nobody.
    pub up_since: Timestamp,
}

/// Something to write.
enum Finding {
    Silent { agent: String, name: String, since: Timestamp },
    Over(anomaly::Model),
}

impl Watch {
    /// Whether there is anything to write: asked by a read, so that an idle server writes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_due<C: Reads>(&self, db: &C, now: Timestamp) -> Result<bool, Error> {
        Ok(!self.findings(db, now).await?.is_empty())
    }

    async fn findings<C: Reads>(&self, db: &C, now: Timestamp) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        let open = anomalies::lasting(db, OF_AGENTS).await?;
        for offer in offers::all(db).await? {
            let Some(agent) = agents::find(db, &offer.agent_id).await? else { continue };
            let known = |kind: AnomalyKind| {
                open.iter().find(|row| row.kind.0 == kind && row.subject == agent.id)
            };
            if let Some(row) = known(AnomalyKind::Unanswered)
                && (offer.in_a_row == 0 || agent.status.0 != AgentStatus::Active)
            {
                findings.push(Finding::Over(row.clone()));
            }
            let tick = offer.tick.and_then(|tick| u64::try_from(tick).ok()).unwrap_or(0);
            let patience = patience(Duration::from_micros(tick));
            let heard = request_log::last_heard(db, &agent.id).await?;
            let heard = heard.unwrap_or(offer.offered_at.0);
            // Whoever is kept out, or is known to be missing in another way, is not missed too.
            let is_missing = heard.max(self.up_since) + patience < now
                && agent.status.0 == AgentStatus::Active
                && known(AnomalyKind::KeyRefused).is_none();
            match (known(AnomalyKind::Silent), is_missing) {
                (None, true) => {
                    let (agent, name) = (agent.id, agent.name);
                    findings.push(Finding::Silent { agent, name, since: heard });
                }
                (Some(row), false)
                    if heard > row.opened_at.0 || agent.status.0 == AgentStatus::Removed =>
                {
                    findings.push(Finding::Over(row.clone()));
                }
                (Some(_), true | false) | (None, false) => {}
            }
        }
        for row in open.iter().filter(|row| row.kind.0 == AnomalyKind::KeyRefused) {
            let heard = request_log::last_heard(db, &row.subject).await?;
            if heard.is_some_and(|heard| heard > row.opened_at.0 + REFUSAL) {
                findings.push(Finding::Over(row.clone()));
            }
        }
        Ok(findings)
    }
}

impl Command for Watch {
    /// What a person is to be told.
    type Output = Vec<String>;

    async fn run(&self, tx: &Tx) -> Result<Vec<String>, Error> {
        let mut told = Vec::new();
        for finding in self.findings(tx.db(), tx.now).await? {
            told.extend(match finding {
                Finding::Over(row) => close(tx, &row).await?,
                Finding::Silent { agent, name, since } => {
                    let detail = format!("was not heard from since {}", since.minute());
                    let (kind, severity) = (AnomalyKind::Silent, Severity::Critical);
                    open(tx, (&agent, &name), kind, severity, detail).await?
                }
            });
        }
        Ok(told)
    }
}
