//! Times that cannot be.

use std::time::Duration;

use sea_orm::DbErr;

use crate::store::verify::Check;
use crate::store::{Transaction, time};

/// A row's word, its table, what names it, a time, and one that cannot be before it.
type Pair = (&'static str, &'static str, &'static str, &'static str, &'static str);

const PAIRS: &[Pair] = &[
    ("key", "agent_keys", "key_id", "created_at", "expires_at"),
    ("key", "agent_keys", "key_id", "created_at", "rotated_at"),
    ("invite", "invites", "id", "created_at", "expires_at"),
    ("task", "tasks", "id", "created_at", "updated_at"),
    ("sub-task", "sub_tasks", "id", "created_at", "updated_at"),
    ("sub-task", "sub_tasks", "id", "created_at", "completed_at"),
    ("sub-task", "sub_tasks", "id", "lease_until", "lease_limit"),
    ("attempt at sub-task", "attempts", "sub_task_id", "opened_at", "ended_at"),
    ("late submission", "late_submissions", "id", "created_at", "judged_at"),
    ("leftover", "leftovers", "id", "at", "answered_at"),
    ("anomaly", "anomalies", "id", "opened_at", "closed_at"),
    ("round of recurrence", "rounds", "recurrence_id", "slot", "at"),
    ("notice", "outbox", "id", "at", "announced_at"),
    ("delivery", "deliveries", "id", "at", "ended_at"),
    ("rule", "rules", "id", "created_at", "updated_at"),
    ("prompt", "prompts", "slug", "created_at", "updated_at"),
    ("session", "admin_sessions", "token_hash", "created_at", "last_used_at"),
];

/// A row's word, its table, what names it, and when it came to be.
const BEGINNINGS: &[(&str, &str, &str, &str)] = &[
    ("agent", "agents", "id", "created_at"),
    ("host of agent", "agent_hosts", "agent_id", "reported_at"),
    ("task", "tasks", "id", "created_at"),
    ("module", "modules", "id", "created_at"),
    ("sub-task", "sub_tasks", "id", "created_at"),
    ("attempt at sub-task", "attempts", "sub_task_id", "opened_at"),
    ("late submission", "late_submissions", "id", "created_at"),
    ("leftover", "leftovers", "id", "at"),
    ("review", "reviews", "id", "created_at"),
    ("notice", "outbox", "id", "at"),
    ("delivery", "deliveries", "id", "at"),
    ("reward", "reward_logs", "id", "created_at"),
    ("log entry", "activity_logs", "id", "created_at"),
    ("version of", "versions", "subject", "at"),
    ("event", "events", "seq", "at"),
    ("logged request", "request_logs", "seq", "timestamp"),
];

/// Before the first of these servers there was none: 2020-01-01, in microseconds.
const FIRST: i64 = 1_577_836_800_000_000;
/// By so much, in microseconds, the second time of a pair may be before the first: the sub-tasks of a
/// plan are made a microsecond after each other, ahead of the plan's own time.
const APART: i64 = 1_000_000;
/// How far the newest time that was noted may lie behind the newest there is.
const SLACK: Duration = Duration::from_secs(24 * 60 * 60);

/// One question for each. What lies ahead is judged by the newest time a server has noted.
pub(super) async fn all(state: &Transaction) -> Result<Vec<Check>, DbErr> {
    let newest = time::newest(state).await?.map(|newest| (newest + SLACK).micros());
    let pairs = PAIRS.iter().map(|(what, table, named, first, then)| {
        Check::new(
            what,
            format!("its {then} is before its {first}"),
            format!("SELECT {named} AS id FROM {table} WHERE {then} < {first} - {APART}"),
        )
    });
    let beginnings = BEGINNINGS.iter().map(|(what, table, named, at)| {
        let ahead = newest.map(|newest| format!(" OR {at} > {newest}")).unwrap_or_default();
        Check::new(
            what,
            format!("its {at} is before 2020, or after all that was noted"),
            format!("SELECT {named} AS id FROM {table} WHERE {at} < {FIRST}{ahead}"),
        )
    });
    Ok(pairs.chain(beginnings).collect())
}
