//! What a server answers with. Names and types are part A of the wire; fields the original does
//! not send take a default and say so.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::work::{AgentStatus, LogAction, Role, TaskStatus, Verdict, WorkType};

/// `GET /api/health` and `GET /api/ready`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `ok`, or `unwell`.
    pub status: String,
    /// The project's name.
    pub service: String,
    /// The server's version.
    pub version: String,
    /// [`crate::SERVER_NAME`]; the original sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// What its clock says, so that a client can tell how far its own is off; the original sends
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// What is wrong, when it is unwell, or why it should be sent no requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// A goal, made of sub-tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Task {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// One line.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether it comes again.
    #[serde(rename = "type")]
    pub kind: OrUnknown<WorkType>,
    /// Where it stands.
    pub status: OrUnknown<TaskStatus>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// There are sub-tasks and every one is done or cancelled; only in a single answer. Not on the
    /// original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all_done: Option<bool>,
}

/// A part of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Module {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// The task it is part of.
    pub task_id: String,
    /// One line.
    pub name: String,
    /// Free text.
    pub description: String,
}

/// A verdict on one round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Review {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// What was judged.
    pub sub_task_id: String,
    /// Who judged.
    pub reviewer_agent: String,
    /// From 1; unique within a sub-task (invariant 5).
    pub round: i64,
    /// The judgement.
    pub result: OrUnknown<Verdict>,
    /// 1 to 5.
    pub score: i64,
    /// What is wrong.
    pub issues: String,
    /// Anything else.
    pub comment: String,
    /// Who is to rework it, when it was given to somebody else.
    pub rework_agent: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// The attempt it judged (invariant 9). Not on the original.
    #[serde(default)]
    pub attempt: i64,
    /// How many still wait for a verdict, counted up to 100; only in the answer to a verdict. Not on
    /// the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<u64>,
    /// Of these, the one that the reviewer may judge and that has waited longest; only in the answer
    /// to a verdict. Not on the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_waiting: Option<String>,
}

/// One line of the score ledger (invariant 5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RewardLog {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// Whose score changed.
    pub agent_id: String,
    /// What for, if for a sub-task.
    pub sub_task_id: Option<String>,
    /// Why.
    pub reason: String,
    /// By how much.
    pub score_delta: i64,
    /// When.
    pub created_at: Timestamp,
}

/// One entry of the activity log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Log {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// Who wrote it.
    pub agent_id: String,
    /// Who really wrote it, when somebody acted in the agent's place: `admin`. Not on the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acted_by: Option<String>,
    /// What it is about, if about a sub-task.
    pub sub_task_id: Option<String>,
    /// Its kind.
    pub action: OrUnknown<LogAction>,
    /// The text.
    pub summary: String,
    /// The session it was written in.
    pub session_id: Option<String>,
    /// When.
    pub created_at: Timestamp,
}

/// An agent as others see it; never with its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentBrief {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// Unique.
    pub name: String,
    /// What it is for.
    pub role: OrUnknown<Role>,
    /// Free text.
    pub description: String,
    /// Whether its key works.
    pub status: OrUnknown<AgentStatus>,
    /// The sum of its ledger (invariant 5).
    pub total_score: i64,
}

/// `GET /api/agents/me`: whose key this is, and where. Not on the original.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WhoAmI {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// Unique.
    pub name: String,
    /// What the agent is for.
    pub role: OrUnknown<Role>,
    /// Whether it is let in.
    pub status: OrUnknown<AgentStatus>,
    /// The sum of its ledger (invariant 5).
    pub total_score: i64,
    /// The project's name.
    pub project: String,
    /// The server's version.
    pub server_version: String,
    /// Who is really asking, when somebody acts in the agent's place: `admin`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acted_by: Option<String>,
    /// When the key that was sent ends; none while it has not been replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_ends_at: Option<Timestamp>,
}

/// The answer to a registration, with the agent's first key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentCreated {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// As registered.
    pub name: String,
    /// As registered.
    pub role: OrUnknown<Role>,
    /// Shown this once.
    pub api_key: String,
    /// What to do with it.
    pub message: String,
}

/// `POST /api/agents/me/key`: a key that takes the place of the caller's once it is used. Not on
/// the original.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyRotated {
    /// Whose key.
    pub agent_id: String,
    /// Shown this once. Until its first use the caller's own key goes on as before.
    pub api_key: String,
    /// How long the caller's own key works after that first use, in seconds.
    pub grace_seconds: u64,
    /// What to do with it.
    pub message: String,
}

/// `POST /api/admin/agents/{id}/reset-key`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeyReset {
    /// Whose key.
    pub agent_id: String,
    /// Shown this once.
    pub new_api_key: String,
    /// What to do with it.
    pub message: String,
}

/// An answer that only says something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// What.
    pub message: String,
}

/// A registration token bound to a role, as the admin sees it; never with the token. Not on the
/// original.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invite {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// The role it lets in.
    pub role: OrUnknown<Role>,
    /// How many agents it lets in.
    pub uses: i64,
    /// How many it has let in; never more than `uses`.
    pub used: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it lets nobody in.
    pub expires_at: Timestamp,
}

/// `POST /api/admin/invites`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InviteCreated {
    /// What was made.
    #[serde(flatten)]
    pub invite: Invite,
    /// `inv_…`: goes where the registration token goes. Shown this once.
    pub token: String,
    /// What to do with it.
    pub message: String,
}

/// A rule text agents read at every wake-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rule {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// `global`, `task` or `sub_task`.
    pub scope: String,
    /// The task, for scope `task`.
    pub task_id: Option<String>,
    /// The sub-task, for scope `sub_task`.
    pub sub_task_id: Option<String>,
    /// Markdown.
    pub content: String,
    /// The number of its newest version; the original sends none.
    #[serde(default)]
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// `GET /api/rules`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rules {
    /// The rules that apply, joined.
    pub content: String,
    /// Free text.
    pub message: String,
    /// About the original's Python client.
    pub update_available: bool,
    /// About the original's Python client.
    pub latest_version: Option<i64>,
    /// About the original's Python client.
    pub update_instructions: String,
}

/// `GET /api/scores/me`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreSummary {
    /// Whose.
    pub agent_id: String,
    /// Their name.
    pub agent_name: String,
    /// The sum of the ledger.
    pub total_score: i64,
    /// Agents with a strictly higher score, plus 1.
    pub rank: i64,
    /// Agents in all.
    pub total_agents: i64,
    /// Ledger lines above zero.
    pub reward_count: i64,
    /// Ledger lines below zero.
    pub penalty_count: i64,
    /// Ledger lines.
    pub total_records: i64,
}

/// A row of `GET /api/scores/leaderboard`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LeaderboardRow {
    /// From 1, one by one.
    pub rank: i64,
    /// Whose.
    pub agent_id: String,
    /// Their name.
    pub agent_name: String,
    /// Their role.
    pub role: OrUnknown<Role>,
    /// Their score.
    pub total_score: i64,
}

/// `GET /api/config/notification`. The server never sends notifications; agents do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NotificationConfig {
    /// Whether agents should notify at all.
    pub enabled: bool,
    /// Where to, in the host's own terms.
    pub channels: Vec<String>,
    /// About what.
    pub events: Vec<String>,
}
