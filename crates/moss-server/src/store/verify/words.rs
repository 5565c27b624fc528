//! Words that are in no vocabulary.

use moss_api::admin::{PromptKind, VersionedKind};
use moss_api::{
    Action, AgentStatus, AnomalyKind, AnomalyState, BlockClass, BlockOwner, CatchUp, DeliveryState,
    FailClass, HostKind, LateState, LeftoverKind, LeftoverState, LogAction, NoticeKind,
    NoticeState, Overlap, PatrolAction, Priority, RecurrenceState, Role, RoundOutcome, Severity,
    SubTaskStatus, SubjectKind, TaskStatus, Verdict, Vocabulary, WorkType,
};

use crate::store::verify::{Check, quoted};

/// One question for each column of words.
pub(super) fn all() -> Vec<Check> {
    vec![
        of::<Role>("agent", "agents", "id", "role"),
        of::<AgentStatus>("agent", "agents", "id", "status"),
        of::<HostKind>("host of agent", "agent_hosts", "agent_id", "kind"),
        of::<Role>("invite", "invites", "id", "role"),
        of::<WorkType>("task", "tasks", "id", "kind"),
        of::<TaskStatus>("task", "tasks", "id", "status"),
        of::<WorkType>("sub-task", "sub_tasks", "id", "kind"),
        of::<SubTaskStatus>("sub-task", "sub_tasks", "id", "status"),
        of::<Priority>("sub-task", "sub_tasks", "id", "priority"),
        of::<BlockClass>("sub-task", "sub_tasks", "id", "block_class"),
        of::<BlockOwner>("sub-task", "sub_tasks", "id", "block_owner"),
        of::<Action>("attempt at sub-task", "attempts", "sub_task_id", "outcome"),
        of::<FailClass>("attempt at sub-task", "attempts", "sub_task_id", "fail_class"),
        of::<LateState>("late submission", "late_submissions", "id", "state"),
        of::<LeftoverKind>("leftover", "leftovers", "id", "kind"),
        of::<BlockOwner>("leftover", "leftovers", "id", "owner"),
        of::<LeftoverState>("leftover", "leftovers", "id", "state"),
        of::<Verdict>("review", "reviews", "id", "result"),
        of::<Role>("judgement on", "judgements", "subject", "role"),
        of::<AnomalyKind>("anomaly", "anomalies", "id", "kind"),
        of::<Severity>("anomaly", "anomalies", "id", "severity"),
        of::<SubjectKind>("anomaly", "anomalies", "id", "subject_kind"),
        of::<AnomalyState>("anomaly", "anomalies", "id", "state"),
        of::<PatrolAction>("anomaly", "anomalies", "id", "action_taken"),
        of::<SubjectKind>("recurrence", "recurrences", "id", "subject_kind"),
        of::<CatchUp>("recurrence", "recurrences", "id", "catch_up"),
        of::<Overlap>("recurrence", "recurrences", "id", "overlap"),
        of::<RecurrenceState>("recurrence", "recurrences", "id", "state"),
        of::<RoundOutcome>("round of recurrence", "rounds", "recurrence_id", "outcome"),
        of::<NoticeKind>("notice", "outbox", "id", "kind"),
        of::<NoticeState>("notice", "outbox", "id", "state"),
        of::<DeliveryState>("delivery", "deliveries", "id", "state"),
        of::<PromptKind>("prompt", "prompts", "slug", "kind"),
        of::<Role>("prompt", "prompts", "slug", "role"),
        of::<VersionedKind>("version of", "versions", "subject", "subject_kind"),
        of::<LogAction>("log entry", "activity_logs", "id", "action"),
        of::<SubTaskStatus>("event", "events", "seq", "to_status"),
        of::<Role>("logged request", "request_logs", "seq", "agent_role"),
        check("rule", "rules", "id", "scope", &quoted(["global", "task", "sub_task"])),
    ]
}

fn of<T: Vocabulary>(what: &'static str, table: &str, named: &str, column: &str) -> Check {
    check(what, table, named, column, &quoted(T::all_words()))
}

fn check(what: &'static str, table: &str, named: &str, column: &str, words: &str) -> Check {
    Check::new(
        what,
        format!("its {column} is no word there is"),
        format!("SELECT {named} AS id FROM {table} WHERE {column} NOT IN ({words})"),
    )
}
