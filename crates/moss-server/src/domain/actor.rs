//! Who acts.

use moss_api::{AgentStatus, ErrorCode, LogAction, Role, quoted, short_id};

use crate::domain::Refusal;
use crate::store::entity::agent;
use crate::store::events::NewEvent;
use crate::store::idempotency::Caller;
use crate::store::logs::NewLog;

/// Who acts: an agent, or the person in charge, in an agent's place or by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// UUID; of the person in charge by themselves, [`ADMIN`].
    pub id: String,
    /// Name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The person in charge acts.
    pub by_admin: bool,
}

/// Who acts in the place of an agent, or for nobody.
pub const ADMIN: &str = "admin";

impl Actor {
    /// The person in charge, who may do with the work what a planner may.
    pub fn person() -> Self {
        let (id, name) = (ADMIN.to_owned(), ADMIN.to_owned());
        Self { id, name, role: Role::Planner, by_admin: true }
    }

    /// The person in charge, in this agent's place.
    pub fn in_place_of(agent: agent::Model) -> Self {
        Self { id: agent.id, name: agent.name, role: agent.role.0, by_admin: true }
    }

    /// The agent that acts, or is acted for; none when a person acts by themselves.
    pub fn agent_id(&self) -> Option<&str> {
        (self.id != ADMIN).then_some(self.id.as_str())
    }

    /// Who really acts, when it is not the agent itself.
    pub fn acted_by(&self) -> Option<String> {
        self.by_admin.then(|| ADMIN.to_owned())
    }

    /// Who acts, in a text.
    pub(in crate::domain) fn told(&self) -> String {
        match self.acted_by().filter(|who| *who != self.name) {
            None => self.name.clone(),
            Some(who) => format!("{who} as {}", self.name),
        }
    }

    /// Something the actor did, for the history.
    pub(in crate::domain) fn did<'a>(
        &'a self,
        action: &'a str,
        detail: impl Into<String>,
    ) -> NewEvent<'a> {
        let (agent_id, acted_by) = (self.agent_id(), self.by_admin.then_some(ADMIN));
        NewEvent { action, agent_id, acted_by, detail: detail.into() }
    }

    /// Something the actor writes into the activity log.
    pub(in crate::domain) fn wrote(
        &self,
        about: Option<String>,
        action: LogAction,
        summary: String,
        session_id: Option<String>,
    ) -> NewLog {
        let (agent_id, acted_by) = (self.id.clone(), self.acted_by());
        NewLog { agent_id, acted_by, sub_task_id: about, action, summary, session_id }
    }

    /// Whether the actor has one of these roles.
    ///
    /// # Errors
    /// [`moss_api::ErrorCode::WrongRole`] when it has not.
    pub fn must_be(&self, roles: &[Role]) -> Result<(), Refusal> {
        if roles.contains(&self.role) {
            return Ok(());
        }
        let words: Vec<_> = roles.iter().map(|role| role.as_str()).collect();
        Err(Refusal::wrong_role(format!("this is for the {}", words.join(" and the ")), self.role))
    }
}

/// The keys of whoever acts in an agent's place are not the agent's.
impl From<&Actor> for Caller {
    fn from(actor: &Actor) -> Self {
        Self::new(match actor.acted_by() {
            None => actor.id.clone(),
            Some(who) => format!("{who} as {}", actor.id),
        })
    }
}

/// Whether an agent of this status may do anything, or anybody in its place.
///
/// # Errors
/// [`ErrorCode::AgentDisabled`], with what ends that.
pub fn must_be_active(id: &str, name: &str, status: AgentStatus) -> Result<(), Refusal> {
    let kept_out = |how: &str| {
        let detail = format!("the agent {} {how}", quoted(name));
        Refusal::new(ErrorCode::AgentDisabled, detail)
    };
    match status {
        AgentStatus::Active => Ok(()),
        AgentStatus::Disabled => {
            let enable = format!("agent enable {}", short_id(id));
            let who = "ask the person in charge to enable it, ";
            Err(kept_out("is disabled").at_the_server(who, &enable))
        }
        AgentStatus::Removed => {
            let who = "ask the person in charge for an invite, ";
            Err(kept_out("was removed").at_the_server(who, "invite --role ROLE"))
        }
    }
}
