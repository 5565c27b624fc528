//! What `moss` and `moss-server` say to each other.
//!
//! Wire types, the state machine, error and exit codes, ids and limits: every fact both sides
//! need is defined here once. No I/O, no clock, no randomness.

mod act_as;
mod budget;
mod code;
mod entity;
mod id;
mod known;
mod limits;
mod log_action;
mod page;
mod plan;
pub mod release;
mod request;
mod role;
mod score;
mod skill;
mod states_doc;
mod status;
mod task_transition;
mod text;
mod time;
mod transition;
mod wake;

pub use act_as::{act_as_agent, act_as_value};
pub use budget::{clip, tokens};
pub use code::{ErrorBody, ErrorCode, Exit};
pub use entity::{
    AgentBrief, AgentCreated, Artifact, Attempt, Claimed, Health, HistoryEvent, Invite,
    InviteCreated, KeyRotated, LeaderboardRow, Log, Module, NotificationConfig, Review, RewardLog,
    Rule, Rules, ScoreSummary, SubTask, Task, WhoAmI,
};
pub use id::{BadIdPrefix, IdPrefix, SHORT_ID, short};
pub use known::Known;
pub use limits::*;
pub use log_action::LogAction;
pub use page::Page;
pub use plan::{Plan, PlanChange, PlanItem, PlanModule, PlanOutcome, PlanSubTask, PlanTask};
pub use request::*;
pub use role::{AgentStatus, Role};
pub use score::{MAX_REVIEW_SCORE, MIN_REVIEW_SCORE, reward};
pub use skill::{SERVER_MARKER, skill_for};
pub use states_doc::{actions_markdown, states_markdown};
pub use status::{FailClass, Priority, SubTaskStatus, TaskStatus, Verdict, WorkType};
pub use task_transition::{TaskRefusal, next_task, offers_work};
pub use text::{AgentName, BadText, Choice, Lax, Name, Summary, Text, Token};
pub use time::{BadTimestamp, Timestamp};
pub use transition::{Action, Refusal, allowed, next, sources};
pub use wake::{
    Claimable, Delivered, Lesson, Me, Omitted, Owed, Rejection, RulesText, TaskItem, WakePacket,
    WorkItem, WorkKind, fit,
};

/// Answered by `GET /api/health` as `server`, and by every answer's [`VERSION_HEADER`]:
/// how a client tells this server from the original.
pub const SERVER_NAME: &str = "moss";
/// Present on every answer of `moss-server`, absent on the original's.
pub const VERSION_HEADER: &str = "x-moss-version";
/// The client's promise that a repeated write is the same write (invariant 8).
pub const IDEMPOTENCY_HEADER: &str = "idempotency-key";
/// Where a host tells registration its shared secret or invite.
pub const REGISTRATION_HEADER: &str = "x-registration-token";
/// Carries an admin session.
pub const ADMIN_HEADER: &str = "x-admin-token";
/// Names the agent, see [`act_as_value`], in whose place an admin session calls an agent's route.
pub const ACT_AS_HEADER: &str = "x-moss-act-as";
/// The other way to carry an agent key, besides `Authorization: Bearer`.
pub const AGENT_KEY_HEADER: &str = "x-agent-key";
