//! Ids that lead nowhere.

use crate::store::verify::Check;

/// A row's word, its table, what names it, the column with an id of another's, and whose id that is.
type Place = (&'static str, &'static str, &'static str, &'static str, &'static str);

const PLACES: &[Place] = &[
    ("key", "agent_keys", "key_id", "agent_id", "agents"),
    ("host of agent", "agent_hosts", "agent_id", "agent_id", "agents"),
    ("invite", "invites", "id", "agent_id", "agents"),
    ("module", "modules", "id", "task_id", "tasks"),
    ("sub-task", "sub_tasks", "id", "task_id", "tasks"),
    ("sub-task", "sub_tasks", "id", "module_id", "modules"),
    ("sub-task", "sub_tasks", "id", "assigned_agent", "agents"),
    ("dependency of sub-task", "dependencies", "sub_task_id", "sub_task_id", "sub_tasks"),
    ("dependency of sub-task", "dependencies", "sub_task_id", "depends_on", "sub_tasks"),
    ("attempt at sub-task", "attempts", "sub_task_id", "sub_task_id", "sub_tasks"),
    ("attempt at sub-task", "attempts", "sub_task_id", "agent_id", "agents"),
    ("late submission", "late_submissions", "id", "sub_task_id", "sub_tasks"),
    ("late submission", "late_submissions", "id", "agent_id", "agents"),
    ("late submission", "late_submissions", "id", "judged_by", "agents"),
    ("leftover", "leftovers", "id", "task_id", "tasks"),
    ("leftover", "leftovers", "id", "sub_task_id", "sub_tasks"),
    ("leftover", "leftovers", "id", "agent_id", "agents"),
    ("leftover", "leftovers", "id", "answered_by", "agents"),
    ("review", "reviews", "id", "sub_task_id", "sub_tasks"),
    ("review", "reviews", "id", "reviewer_agent", "agents"),
    ("review", "reviews", "id", "rework_agent", "agents"),
    ("look at sub-task", "looks", "sub_task_id", "sub_task_id", "sub_tasks"),
    ("offer to agent", "offers", "agent_id", "agent_id", "agents"),
    ("judgement on", "judgements", "subject", "agent_id", "agents"),
    ("anomaly", "anomalies", "id", "noted_by", "agents"),
    ("recurrence", "recurrences", "id", "task_id", "tasks"),
    ("round of recurrence", "rounds", "recurrence_id", "recurrence_id", "recurrences"),
    ("notice", "outbox", "id", "task_id", "tasks"),
    ("notice", "outbox", "id", "sub_task_id", "sub_tasks"),
    ("notice", "outbox", "id", "agent_id", "agents"),
    ("notice", "outbox", "id", "claimed_by", "agents"),
    ("delivery", "deliveries", "id", "notice_id", "outbox"),
    ("reward", "reward_logs", "id", "agent_id", "agents"),
    ("reward", "reward_logs", "id", "sub_task_id", "sub_tasks"),
    ("reward", "reward_logs", "id", "review_id", "reviews"),
    ("log entry", "activity_logs", "id", "agent_id", "agents"),
    ("log entry", "activity_logs", "id", "sub_task_id", "sub_tasks"),
    ("rule", "rules", "id", "task_id", "tasks"),
    ("rule", "rules", "id", "sub_task_id", "sub_tasks"),
    ("event", "events", "seq", "sub_task_id", "sub_tasks"),
    ("event", "events", "seq", "task_id", "tasks"),
    ("event", "events", "seq", "agent_id", "agents"),
    ("logged request", "request_logs", "seq", "agent_id", "agents"),
];

/// One question for each.
pub(super) fn all() -> Vec<Check> {
    let mut checks: Vec<_> = PLACES.iter().map(check).collect();
    checks.push(Check::new(
        "judgement on",
        "there is no such sub-task or task",
        "SELECT j.subject AS id FROM judgements j LEFT JOIN sub_tasks s ON s.id = j.subject \
         LEFT JOIN tasks t ON t.id = j.subject WHERE s.id IS NULL AND t.id IS NULL",
    ));
    checks.push(Check::new(
        "anomaly",
        "its subject leads to none of the agents or sub-tasks",
        "SELECT x.id AS id FROM anomalies x LEFT JOIN sub_tasks s ON s.id = x.subject \
         LEFT JOIN agents a ON a.id = x.subject \
         WHERE (x.subject_kind = 'sub_task' AND s.id IS NULL) \
         OR (x.subject_kind = 'agent' AND a.id IS NULL)",
    ));
    checks
}

fn check((what, table, named, column, other): &Place) -> Check {
    Check::new(
        what,
        format!("its {column} leads to none of the {other}"),
        format!(
            "SELECT x.{named} AS id FROM {table} x LEFT JOIN {other} y ON y.id = x.{column} \
             WHERE x.{column} IS NOT NULL AND y.id IS NULL"
        ),
    )
}
