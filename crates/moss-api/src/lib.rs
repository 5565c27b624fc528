//! What `moss` and `moss-server` say to each other.
//!
//! Wire types, the state machine, error and exit codes, ids and limits: every fact both sides
//! need is defined here once. No I/O, no clock, no randomness.
//!
//! At the root stands what has one meaning everywhere. What shares its name with other things
//! stays behind its module: [`requests`] (`Submit`, `Block`, …), [`text`] (`Name`, `Token`, …),
//! the parts of a packet in [`wake`] (`Me`, `Lesson`, …), [`release`] (`Version`, `Asset`, …), what
//! stands for words still to be written in [`placeholder`], and what makes text of others safe to
//! show in [`visible`].

mod code;
mod duration;
mod fit;
mod id;
mod lease;
mod lenient;
mod limits;
#[cfg(feature = "openapi")]
mod openapi;
pub mod placeholder;
pub mod release;
mod skill;
pub mod text;
mod time;
mod tokens;
pub mod visible;
mod vocabulary;
mod wire;
mod work;

pub use code::{ErrorBody, ErrorCode, Exit};
pub use duration::{BadDuration, HumanDuration};
pub use fit::{MORE_AMISS, fit, fits};
pub use id::{BadIdPrefix, IdPrefix, SHORT_ID, is_hexadecimal, short_id};
pub use lease::{BadLease, LeaseLength, MAX_LEASE_SECONDS, MIN_LEASE_SECONDS};
pub use lenient::{LooseNumber, OrUnknown, WireWord};
pub use limits::*;
pub use skill::{SERVER_MARKER, skill_for};
pub use text::clip;
pub use time::{BadTimestamp, Timestamp};
pub use tokens::{tokens, tokens_at_most};
pub use visible::quoted;
pub use vocabulary::Vocabulary;
pub use wire::{
    ACT_AS_HEADER, ADMIN_HEADER, AGENT_KEY_HEADER, Acknowledged, AgentBrief, AgentCreated,
    AgentHost, Announcement, Anomaly, AnomalyKind, AnomalyState, Artifact, Attempt, Blocked, Call,
    CatchUp, Claimed, DEVICE_COOKIE, Delivery, DeliveryState, Goal, Happening, Health,
    HistoryEvent, HostKind, IDEMPOTENCY_HEADER, Interval, Invite, InviteCreated, KeyReset,
    KeyRotated, LateSubmission, LeaderboardRow, Leftover, LeftoverKind, LeftoverState, Log,
    Message, Module, NEXT_OFFSET_HEADER, NextStep, Notice, NoticeKind, NoticeState,
    NotificationConfig, Overlap, Page, PatrolAction, Plan, PlanChange, PlanItem, PlanModule,
    PlanOutcome, PlanSubTask, PlanTask, REGISTRATION_HEADER, REQUEST_ID_HEADER, Recurrence,
    RecurrenceState, Recurring, Review, RewardLog, Round, RoundOutcome, Rule, Rules, SERVER_NAME,
    Scan, ScoreSummary, Severity, SubTask, SubjectKind, Submitted, Swept, TEAM, Task, Threshold,
    Thresholds, VERSION_HEADER, WakePacket, WebhookTest, WhoAmI, WorkItem, WorkKind, act_as_agent,
    act_as_value, admin, requests, wake,
};
pub use work::{
    Action, AgentStatus, BlockClass, BlockOwner, FailClass, LateState, LogAction, MAX_REVIEW_SCORE,
    MIN_REVIEW_SCORE, Priority, Role, SubTaskStatus, TaskStatus, TaskTransitionError,
    TransitionError, Verdict, WorkType, allowed_actions, check_task_transition, next_status,
    offers_work, reward, source_statuses,
};
