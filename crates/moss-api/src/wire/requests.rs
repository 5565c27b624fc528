//! What a client sends. Every field is a type that cannot be wrong once it is parsed.

use serde::{Deserialize, Serialize};

use super::{AnomalyState, Artifact, HostKind, Severity, SubjectKind, Thresholds};
use crate::lease::LeaseLength;
use crate::lenient::{LooseNumber, WireWord};
use crate::text::{AgentName, Name, Summary, Text, Token};
use crate::time::Timestamp;
use crate::work::{
    AgentStatus, FailClass, LogAction, Priority, Role, TaskStatus, Verdict, WorkType,
};

macro_rules! request {
    ($(#[$meta:meta])* $name:ident { $($(#[$fmeta:meta])* $field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name { $($(#[$fmeta])* pub $field: $type),* }
    };
}

request! {
    /// `POST /api/agents/register`, `POST /api/admin/agents`.
    Register {
        /// Unique.
        name: AgentName,
        /// What the agent is for.
        role: WireWord<Role>,
        /// Free text.
        #[serde(default)]
        description: Text,
    }
}

request! {
    /// `POST /api/admin/invites`.
    CreateInvite {
        /// The role it lets in.
        role: WireWord<Role>,
        /// How many agents it lets in: 1 to [`crate::MAX_INVITE_USES`], default 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uses: Option<LooseNumber>,
        /// For how many seconds: [`crate::MIN_INVITE_SECONDS`] to [`crate::MAX_INVITE_SECONDS`],
        /// default [`crate::DEFAULT_INVITE_SECONDS`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_in: Option<LooseNumber>,
    }
}

request! {
    /// `PUT /api/agents/me/host`.
    ReportHost {
        /// What wakes the agent.
        kind: WireWord<HostKind>,
        /// The version of `moss`.
        moss: Token,
        /// SHA-256 of the skill's text, hexadecimal.
        skill: Token,
        /// How often is looked for work, in seconds: 1 to [`crate::MAX_RHYTHM_SECONDS`].
        every_seconds: LooseNumber,
    }
}

request! {
    /// `PUT /api/agents/{id}/status`.
    SetAgentStatus {
        /// Active or disabled.
        status: WireWord<AgentStatus>,
    }
}

request! {
    /// `POST /api/admin/login`.
    Login {
        /// The admin password.
        password: Token,
    }
}

request! {
    /// `POST /api/tasks`.
    CreateTask {
        /// One line.
        name: Name,
        /// Free text.
        #[serde(default)]
        description: Text,
        /// Default once.
        #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<WireWord<WorkType>>,
    }
}

request! {
    /// `POST /api/admin/goals`.
    NewGoal {
        /// One line; default: the first line of the text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
        /// What is wanted.
        description: Text,
        /// By when.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
    }
}

request! {
    /// `PUT /api/tasks/{id}`. What is absent stays.
    EditTask {
        /// One line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
        /// Free text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Text>,
        /// From when on something is amiss with its sub-tasks; what is absent in it is as the server
        /// has it for all. Not on the original.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        patrol: Option<Thresholds>,
    }
}

request! {
    /// `PUT /api/tasks/{id}/status`.
    SetTaskStatus {
        /// Where to.
        status: WireWord<TaskStatus>,
    }
}

request! {
    /// `POST /api/tasks/{id}/modules`.
    CreateModule {
        /// One line.
        name: Name,
        /// Free text.
        #[serde(default)]
        description: Text,
    }
}

request! {
    /// `POST /api/sub-tasks`.
    CreateSubTask {
        /// Its task: an id or its beginning.
        task_id: String,
        /// One line.
        name: Name,
        /// What to do.
        #[serde(default)]
        description: Text,
        /// What to hand in.
        #[serde(default)]
        deliverable: Text,
        /// How it will be judged.
        #[serde(default)]
        acceptance: Text,
        /// Default medium.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority: Option<WireWord<Priority>>,
        /// A module of the same task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        module_id: Option<String>,
        /// An active executor: an id, its beginning, or a name. Empty means nobody.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        assigned_agent: Option<String>,
        /// Default once.
        #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<WireWord<WorkType>>,
        /// How long its holder keeps it after its last call: `1m` to `30d`. Not on the original.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lease: Option<LeaseLength>,
        /// By when it is to be done. Not on the original.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
        /// Sub-tasks of the same task that must be done first. Not on the original.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        depends_on: Vec<String>,
        /// What was left over and is answered by this: ids, or their beginnings. Not on the original.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        answers: Vec<String>,
    }
}

request! {
    /// `PUT /api/sub-tasks/{id}`. What is absent stays.
    EditSubTask {
        /// One line.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
        /// What to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<Text>,
        /// What to hand in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deliverable: Option<Text>,
        /// How it will be judged.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        acceptance: Option<Text>,
        /// How urgent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority: Option<WireWord<Priority>>,
        /// How long its holder keeps it after its last call: `1m` to `30d`. Not on the original.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lease: Option<LeaseLength>,
        /// By when it is to be done. Not on the original.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        deadline: Option<Timestamp>,
    }
}

request! {
    /// The optional body of claim and start.
    #[derive(Default)]
    Hold {
        /// The session that works on it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_id: Option<String>,
    }
}

request! {
    /// `POST /api/sub-tasks/{id}/session`.
    SetSession {
        /// The session that works on it.
        session_id: Token,
    }
}

request! {
    /// `POST /api/sub-tasks/claim-next`.
    #[derive(Default)]
    ClaimNext {
        /// Also start it, in the same transaction.
        #[serde(default)]
        start: bool,
        /// The session that works on it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_id: Option<Token>,
    }
}

request! {
    /// `POST /api/sub-tasks/{id}/heartbeat`.
    #[derive(Default)]
    Heartbeat {
        /// The attempt the caller believes it holds; an older one is refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<LooseNumber>,
    }
}

request! {
    /// `POST /api/sub-tasks/{id}/release`.
    #[derive(Default)]
    Release {
        /// Why it is given back.
        #[serde(default)]
        reason: Summary,
        /// The attempt the caller believes it holds; an older one is refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<LooseNumber>,
    }
}

request! {
    /// `POST /api/sub-tasks/{id}/fail`.
    Fail {
        /// What kind of failure.
        class: WireWord<FailClass>,
        /// What happened and what was tried.
        detail: Summary,
        /// Release it by itself then, no sooner than now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_at: Option<Timestamp>,
        /// The attempt the caller believes it holds; an older one is refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<LooseNumber>,
    }
}

request! {
    /// `POST /api/sub-tasks/{id}/submit`. The original takes no body.
    #[derive(Default)]
    Submit {
        /// What was done; becomes the delivery log.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        summary: Option<Summary>,
        /// The files handed in.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        artifacts: Vec<Artifact>,
        /// The session it was done in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_id: Option<Token>,
        /// The attempt the caller believes it holds; an older one is refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<LooseNumber>,
        /// What was noticed on the way and is none of this sub-task: for the planner.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        noticed: Option<Summary>,
    }
}

request! {
    /// `POST /api/sub-tasks/{id}/block`. The original takes no body.
    #[derive(Default)]
    Block {
        /// Why.
        #[serde(default)]
        reason: Summary,
    }
}

request! {
    /// `POST /api/sub-tasks/{id}/leave`, `POST /api/tasks/{id}/leave`. One of the two at least.
    #[derive(Default)]
    Leave {
        /// Why it is left as it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Summary>,
        /// Look again then, if nothing has changed before; absent means when something has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    }
}

request! {
    /// `POST /api/patrol/records`.
    NewAnomaly {
        /// With what: a sub-task's or an agent's id, or the beginning of it.
        subject: String,
        /// What that is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject_kind: Option<WireWord<SubjectKind>>,
        /// How bad it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        severity: Option<WireWord<Severity>>,
        /// What was seen.
        detail: Summary,
    }
}

request! {
    /// `PUT /api/patrol/records/{id}`.
    JudgeAnomaly {
        /// What becomes of it.
        status: WireWord<AnomalyState>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Summary>,
        /// It is ignored until then; absent means while it is so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    }
}

request! {
    /// `POST /api/sub-tasks/{id}/reassign`.
    Reassign {
        /// An active executor: an id, its beginning, or a name.
        agent_id: String,
    }
}

request! {
    /// `POST /api/review-records`.
    CreateReview {
        /// What is judged: an id or its beginning.
        sub_task_id: String,
        /// The judgement.
        result: WireWord<Verdict>,
        /// 1 to 5.
        score: LooseNumber,
        /// What is wrong; needed for a rejection.
        #[serde(default)]
        issues: Text,
        /// Anything else.
        #[serde(default)]
        comment: Text,
        /// Somebody else to rework it: an id, its beginning, or a name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rework_agent: Option<String>,
        /// The attempt that was read; a newer one voids the verdict (invariant 9). Not on the original.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<LooseNumber>,
        /// What is to be done besides, although it is approved: for the planner. Not on the original.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follow_up: Option<Summary>,
    }
}

request! {
    /// The optional body of `…/complete` and `…/rework`, the original's short cuts.
    #[derive(Default)]
    ShortVerdict {
        /// Default 4 for complete, 2 for rework.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        score: Option<LooseNumber>,
        /// What is wrong.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issues: Option<Text>,
        /// Anything else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<Text>,
        /// Somebody else to rework it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rework_agent: Option<String>,
    }
}

request! {
    /// `POST /api/leftovers/{id}/answer`, `POST /api/admin/questions/{id}/answer`.
    AnswerLeftover {
        /// The answer; of what was noticed what is done about it, or why nothing is.
        answer: Summary,
    }
}

request! {
    /// `POST /api/sub-tasks/{id}/ask`, `POST /api/tasks/{id}/ask`.
    Ask {
        /// What is asked.
        question: Summary,
    }
}

request! {
    /// `POST /api/notices/ack`.
    AckNotices {
        /// What was told: ids, or their beginnings.
        ids: Vec<String>,
    }
}

request! {
    /// `POST /api/scores/adjust`.
    AdjustScore {
        /// Whose: an id, its beginning, or a name.
        agent_id: String,
        /// By how much; not zero, at most [`crate::MAX_SCORE_DELTA`] either way.
        score_delta: LooseNumber,
        /// Why.
        reason: Name,
        /// What for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sub_task_id: Option<String>,
    }
}

request! {
    /// `POST /api/logs`.
    CreateLog {
        /// Its kind.
        action: WireWord<LogAction>,
        /// The text.
        #[serde(default)]
        summary: Summary,
        /// What it is about: an id or its beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sub_task_id: Option<String>,
        /// The session it is written in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        session_id: Option<String>,
    }
}

request! {
    /// `POST /api/rules`.
    CreateRule {
        /// `global`, `task` or `sub_task`.
        scope: String,
        /// Markdown.
        content: Text,
        /// For scope `task`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task_id: Option<String>,
        /// For scope `sub_task`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sub_task_id: Option<String>,
    }
}

request! {
    /// `PUT /api/rules/{id}`.
    EditRule {
        /// Markdown.
        content: Text,
        /// The version that is changed: when it is not the newest any more, nothing is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<LooseNumber>,
    }
}
