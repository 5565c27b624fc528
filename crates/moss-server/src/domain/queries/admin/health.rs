//! How agents do, each judged by how often its own timer wakes it: what is late for one is early for another.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use moss_api::admin::AdminAgent;
use moss_api::{AgentStatus, Timestamp};

use crate::domain::Error;
use crate::domain::patrol::watch::patience;
use crate::domain::queries::Db;
use crate::store::agent_hosts;

/// How an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It is not let in.
    Out,
    /// It never said anything.
    Never,
    /// It is heard from, and nobody knows how often it should be.
    NoRhythm,
    /// It has something in hand, and came when it should.
    Working,
    /// It came when it should.
    OnTime,
    /// It missed a tick.
    Late,
    /// It missed so many that patrol misses it.
    Missing,
}

impl Health {
    /// Each.
    pub const ALL: [Self; 7] = [
        Self::Out,
        Self::Never,
        Self::NoRhythm,
        Self::Working,
        Self::OnTime,
        Self::Late,
        Self::Missing,
    ];
}

/// How an agent does, and when it should come next, as far as its rhythm is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// How it does.
    pub health: Health,
    /// When its timer should wake it next.
    pub due: Option<Timestamp>,
}

/// Ticks after which it is late: one may fall into a long turn.
const LATE_AFTER: u32 = 2;

/// What is so of an agent that is woken every so often.
pub fn judge(agent: &AdminAgent, every: Option<Duration>, now: Timestamp) -> State {
    let heard = agent.last_request_at;
    let due = heard.zip(every).map(|(heard, every)| heard + every);
    let health = match (heard, every) {
        _ if agent.status != AgentStatus::Active => Health::Out,
        (None, _) => Health::Never,
        (Some(_), None) => Health::NoRhythm,
        (Some(heard), Some(every)) if heard + patience(every) < now => Health::Missing,
        (Some(heard), Some(every)) if heard + every * LATE_AFTER < now => Health::Late,
        (Some(_), Some(_)) if agent.in_progress_count > 0 => Health::Working,
        (Some(_), Some(_)) => Health::OnTime,
    };
    State { health, due: due.filter(|_| health != Health::Out) }
}

/// How many agents run which version of `moss`, as far as they have told.
///
/// # Errors
/// When the database fails.
pub async fn versions(db: &Db) -> Result<BTreeMap<String, i64>, Error> {
    let runs = agent_hosts::versions(db).await?;
    Ok(runs.into_iter().map(|it| (it.moss, it.agents)).collect())
}

/// How these agents do, by their ids.
///
/// # Errors
/// When the database fails.
pub async fn of(
    db: &Db,
    agents: &[AdminAgent],
    now: Timestamp,
) -> Result<HashMap<String, State>, Error> {
    let ids: Vec<String> = agents.iter().map(|agent| agent.id.clone()).collect();
    let hosts = match ids.is_empty() {
        true => Vec::new(),
        false => agent_hosts::find_many(db, &ids).await?,
    };
    let every = |id: &str| {
        let host = hosts.iter().find(|host| host.agent_id == id)?;
        u64::try_from(host.every_seconds).ok().map(Duration::from_secs)
    };
    let state = |agent: &AdminAgent| (agent.id.clone(), judge(agent, every(&agent.id), now));
    Ok(agents.iter().map(state).collect())
}

#[cfg(test)]
mod tests {
    use moss_api::Role;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn judged(heard: Option<Duration>, every: Option<Duration>, status: AgentStatus) -> Health {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        let ago = |ago: Duration| {
            Timestamp::from_micros(now.micros() - i64::try_from(ago.as_micros()).unwrap())
        };
        let agent = AdminAgent {
            id: "a".into(),
            name: "AI-Wu".into(),
            role: Role::Executor.into(),
            description: String::new(),
            status: status.into(),
            total_score: 0,
            rank: 1,
            last_request_at: heard.map(ago),
            last_activity_at: None,
            created_at: ago(MINUTE * 600),
            open_sub_task_count: 0,
            assigned_count: 0,
            in_progress_count: 0,
            review_count: 0,
            rework_count: 0,
            blocked_count: 0,
        };
        judge(&agent, every, now).health
    }

    #[test]
    fn an_agent_is_judged_by_its_own_timer() {
        let active = AgentStatus::Active;
        let heard =
            |minutes: u32, every: u32| judged(Some(MINUTE * minutes), Some(MINUTE * every), active);
        assert_eq!(heard(4, 5), Health::OnTime);
        assert_eq!(heard(11, 5), Health::Late);
        assert_eq!(heard(50, 30), Health::OnTime, "what is late for one is early for another");
        assert_eq!(heard(61, 5), Health::Missing, "as patrol misses it");
        assert_eq!(heard(179, 60), Health::Late);
        assert_eq!(heard(181, 60), Health::Missing);
        assert_eq!(judged(None, Some(MINUTE), active), Health::Never);
        assert_eq!(judged(Some(MINUTE), None, active), Health::NoRhythm);
        assert_eq!(judged(Some(MINUTE), Some(MINUTE), AgentStatus::Disabled), Health::Out);
    }
}
