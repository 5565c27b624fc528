//! The wire types: the JSON bodies of requests and answers, and what travels in headers.

mod act_as;
pub mod admin;
mod entities;
mod events;
mod goals;
mod headers;
mod host;
mod leftovers;
mod next_step;
mod notices;
mod page;
mod patrol;
mod plan;
mod recurring;
pub mod requests;
mod sub_task;
pub mod wake;
mod webhooks;

pub use act_as::{act_as_agent, act_as_value};
pub use entities::{
    AgentBrief, AgentCreated, Health, Invite, InviteCreated, KeyReset, KeyRotated, LeaderboardRow,
    Log, Message, Module, NotificationConfig, Review, RewardLog, Rule, Rules, ScoreSummary, Task,
    WhoAmI,
};
pub use events::{Call, Happening};
pub use goals::{Blocked, Goal};
pub use headers::{
    ACT_AS_HEADER, ADMIN_HEADER, AGENT_KEY_HEADER, DEVICE_COOKIE, IDEMPOTENCY_HEADER,
    NEXT_OFFSET_HEADER, REGISTRATION_HEADER, REQUEST_ID_HEADER, SERVER_NAME, VERSION_HEADER,
};
pub use host::{AgentHost, HostKind};
pub use leftovers::{Leftover, LeftoverKind, LeftoverState};
pub use next_step::NextStep;
pub use notices::{Acknowledged, Announcement, Notice, NoticeKind, NoticeState};
pub use page::Page;
pub use patrol::{
    Anomaly, AnomalyKind, AnomalyState, PatrolAction, Scan, Severity, SubjectKind, Swept, TEAM,
    Threshold, Thresholds,
};
pub use plan::{Plan, PlanChange, PlanItem, PlanModule, PlanOutcome, PlanSubTask, PlanTask};
pub use recurring::{
    CatchUp, Interval, Overlap, Recurrence, RecurrenceState, Recurring, Round, RoundOutcome,
};
pub use sub_task::{Artifact, Attempt, Claimed, HistoryEvent, LateSubmission, SubTask, Submitted};
pub use wake::{WakePacket, WorkItem, WorkKind};
pub use webhooks::{Delivery, DeliveryState, WebhookTest};
