//! The invariants of the work, each as the question that finds what breaks it.

use moss_api::{
    AgentStatus, MAX_REVIEW_SCORE, MIN_REVIEW_SCORE, Priority, SubTaskStatus, TaskStatus, Verdict,
    offers_work, reward,
};

use crate::store::IMPORTED;
use crate::store::verify::{Check, quoted};

fn those(is_so: impl Fn(SubTaskStatus) -> bool) -> String {
    quoted(SubTaskStatus::ALL.iter().filter(|status| is_so(**status)).map(|status| status.as_str()))
}

/// Every rule.
pub(super) fn all() -> Vec<Check> {
    let held = those(SubTaskStatus::is_held);
    let finished = those(SubTaskStatus::is_final);
    let mut rules = attempts(&held);
    rules.extend(judging());
    rules.extend(counts(&held, &finished));
    rules.extend(letting_in());
    rules.extend(versions());
    rules
}

/// Invariants 1, 2, 3 and 7.
fn attempts(held: &str) -> Vec<Check> {
    vec![
        Check::new(
            "sub-task",
            "it has two live attempts",
            "SELECT sub_task_id AS id FROM attempts WHERE ended_at IS NULL \
             GROUP BY sub_task_id HAVING COUNT(*) > 1",
        ),
        Check::new(
            "sub-task",
            "it is held and has no live attempt of its holder, or has one and is not held",
            format!(
                "SELECT s.id AS id FROM sub_tasks s \
                 LEFT JOIN attempts a ON a.sub_task_id = s.id AND a.ended_at IS NULL \
                 WHERE (s.status IN ({held}) AND a.number IS NULL) \
                 OR (s.status NOT IN ({held}) AND a.number IS NOT NULL) \
                 OR a.number <> s.attempt OR a.agent_id <> COALESCE(s.assigned_agent, '')"
            ),
        ),
        Check::new(
            "sub-task",
            "its attempts are not numbered 1, 2, 3 and so on up to its own number",
            "SELECT s.id AS id FROM sub_tasks s LEFT JOIN attempts a ON a.sub_task_id = s.id \
             GROUP BY s.id, s.attempt HAVING COUNT(a.number) <> s.attempt \
             OR COALESCE(MIN(a.number), 1) <> 1 OR COALESCE(MAX(a.number), 0) <> s.attempt",
        ),
        Check::new(
            "sub-task",
            "an attempt was opened before the one before it",
            "SELECT a.sub_task_id AS id FROM attempts a \
             JOIN attempts b ON b.sub_task_id = a.sub_task_id AND b.number = a.number + 1 \
             WHERE b.opened_at < a.opened_at",
        ),
        Check::new(
            "sub-task",
            "a lease runs, and nobody holds it",
            format!(
                "SELECT id AS id FROM sub_tasks WHERE status NOT IN ({held}) \
                 AND (lease_until IS NOT NULL OR lease_limit IS NOT NULL)"
            ),
        ),
        Check::new(
            "sub-task",
            "its last event tells of another status",
            "SELECT s.id AS id FROM sub_tasks s WHERE s.status <> COALESCE((SELECT e.to_status \
             FROM events e WHERE e.sub_task_id = s.id ORDER BY e.seq DESC LIMIT 1), '')",
        ),
    ]
}

/// Invariants 5, 6 and 9. What was imported comes from a server that did not hold itself to all of them.
fn judging() -> Vec<Check> {
    let ours = |id: &str| {
        format!(
            "NOT EXISTS (SELECT 1 FROM events i WHERE i.sub_task_id = {id} AND i.action = '{IMPORTED}')"
        )
    };
    let (of_sub_task, of_review) = (ours("s.id"), ours("v.sub_task_id"));
    let rewarded = (MIN_REVIEW_SCORE..=MAX_REVIEW_SCORE).filter(|score| reward(*score).is_some());
    let rewarded: Vec<_> = rewarded.map(|score| score.to_string()).collect();
    let rewarded = rewarded.join(", ");
    let (approved, rejected) = (Verdict::Approved, Verdict::Rejected);
    let of = |verdict: Verdict| format!("SUM(CASE WHEN r.result = '{verdict}' THEN 1 ELSE 0 END)");
    vec![
        Check::new(
            "agent",
            "its score is not the sum of its ledger",
            "SELECT a.id AS id FROM agents a LEFT JOIN reward_logs r ON r.agent_id = a.id \
             GROUP BY a.id, a.total_score HAVING a.total_score <> COALESCE(SUM(r.score_delta), 0)",
        ),
        Check::new(
            "sub-task",
            "its rounds of review are not numbered 1, 2, 3 and so on",
            "SELECT s.id AS id FROM sub_tasks s JOIN reviews r ON r.sub_task_id = s.id \
             GROUP BY s.id HAVING COUNT(*) <> MAX(r.round) OR MIN(r.round) <> 1",
        ),
        Check::new(
            "sub-task",
            "it was not rejected as often as it says",
            format!(
                "SELECT s.id AS id FROM sub_tasks s LEFT JOIN reviews r ON r.sub_task_id = s.id \
                 WHERE {of_sub_task} GROUP BY s.id, s.rework_count HAVING {} <> s.rework_count",
                of(rejected)
            ),
        ),
        Check::new(
            "sub-task",
            "it is done and not approved once, or approved and not done",
            format!(
                "SELECT s.id AS id FROM sub_tasks s LEFT JOIN reviews r ON r.sub_task_id = s.id \
                 WHERE {of_sub_task} GROUP BY s.id, s.status \
                 HAVING {} <> CASE WHEN s.status = '{}' THEN 1 ELSE 0 END",
                of(approved),
                SubTaskStatus::Done
            ),
        ),
        Check::new(
            "sub-task",
            "it is done and has no time of it, or has one and is not",
            format!(
                "SELECT id AS id FROM sub_tasks WHERE (status = '{0}' AND completed_at IS NULL) \
                 OR (status <> '{0}' AND completed_at IS NOT NULL)",
                SubTaskStatus::Done
            ),
        ),
        Check::new(
            "review",
            "it has no reward that its score should have, or more than one, or one it should not",
            format!(
                "SELECT v.id AS id FROM reviews v LEFT JOIN reward_logs r ON r.review_id = v.id \
                 WHERE {of_review} GROUP BY v.id, v.score \
                 HAVING COUNT(r.id) <> CASE WHEN v.score IN ({rewarded}) THEN 1 ELSE 0 END"
            ),
        ),
        Check::new(
            "review",
            "it is of an attempt that there is not",
            "SELECT r.id AS id FROM reviews r LEFT JOIN attempts a \
             ON a.sub_task_id = r.sub_task_id AND a.number = r.attempt WHERE a.number IS NULL",
        ),
        Check::new(
            "review",
            "its reviewer held that very sub-task",
            format!(
                "SELECT v.id AS id FROM reviews v JOIN attempts a ON a.sub_task_id = v.sub_task_id \
                 AND a.agent_id = v.reviewer_agent AND a.number <= v.attempt WHERE {of_review}"
            ),
        ),
    ]
}

/// What is counted beside what it counts.
fn counts(held: &str, finished: &str) -> Vec<Check> {
    let sum = |what: &str| format!("COALESCE(SUM(CASE WHEN {what} THEN 1 ELSE 0 END), 0)");
    let open = TaskStatus::ALL.iter().filter(|status| offers_work(**status));
    let open = quoted(open.map(|status| status.as_str()));
    let closed = TaskStatus::ALL.iter().filter(|status| !TaskStatus::UNFINISHED.contains(status));
    let closed = quoted(closed.map(|status| status.as_str()));
    let ranks = Priority::ALL.iter().map(|it| format!("WHEN '{it}' THEN {}", it.rank()));
    let ranks: Vec<_> = ranks.collect();
    vec![
        Check::new(
            "task",
            "its counts are not those of its sub-tasks",
            format!(
                "SELECT t.id AS id FROM tasks t LEFT JOIN sub_tasks s ON s.task_id = t.id \
                 GROUP BY t.id, t.sub_tasks, t.open_sub_tasks, t.done_sub_tasks \
                 HAVING COUNT(s.id) <> t.sub_tasks OR {} <> t.open_sub_tasks \
                 OR {} <> t.done_sub_tasks",
                sum(&format!("s.status NOT IN ({finished})")),
                sum(&format!("s.status = '{}'", SubTaskStatus::Done)),
            ),
        ),
        Check::new(
            "task",
            "it is closed and has open sub-tasks",
            format!("SELECT id AS id FROM tasks WHERE status IN ({closed}) AND open_sub_tasks > 0"),
        ),
        Check::new(
            "sub-task",
            "whether its task offers work is not as the task says",
            format!(
                "SELECT s.id AS id FROM sub_tasks s JOIN tasks t ON t.id = s.task_id \
                 WHERE (s.task_open = TRUE AND t.status NOT IN ({open})) \
                 OR (s.task_open = FALSE AND t.status IN ({open}))"
            ),
        ),
        Check::new(
            "sub-task",
            "it waits for more or fewer than its dependencies that are open",
            format!(
                "SELECT s.id AS id FROM sub_tasks s \
                 LEFT JOIN dependencies w ON w.sub_task_id = s.id \
                 LEFT JOIN sub_tasks d ON d.id = w.depends_on AND d.status NOT IN ({finished}) \
                 GROUP BY s.id, s.open_dependencies HAVING COUNT(d.id) <> s.open_dependencies"
            ),
        ),
        Check::new(
            "sub-task",
            "it waits for itself or for one of another task",
            "SELECT s.id AS id FROM dependencies w JOIN sub_tasks s ON s.id = w.sub_task_id \
             JOIN sub_tasks d ON d.id = w.depends_on WHERE d.id = s.id OR d.task_id <> s.task_id",
        ),
        Check::new(
            "sub-task",
            "it is sorted otherwise than by its priority",
            format!(
                "SELECT id AS id FROM sub_tasks \
                 WHERE priority_rank <> CASE priority {} ELSE -1 END",
                ranks.join(" ")
            ),
        ),
        Check::new(
            "sub-task",
            "it is held or reworked by nobody",
            format!(
                "SELECT id AS id FROM sub_tasks \
                 WHERE status IN ({held}, '{}') AND assigned_agent IS NULL",
                SubTaskStatus::Rework
            ),
        ),
        Check::new(
            "sub-task",
            "it is blocked without a reason, or it is nobody's turn",
            format!(
                "SELECT id AS id FROM sub_tasks WHERE status = '{}' AND (block_reason IS NULL \
                 OR block_class IS NULL OR block_owner IS NULL OR block_due IS NULL)",
                SubTaskStatus::Blocked
            ),
        ),
        Check::new(
            "sub-task",
            "its module is another task's",
            "SELECT s.id AS id FROM sub_tasks s JOIN modules m ON m.id = s.module_id \
             WHERE m.task_id <> s.task_id",
        ),
    ]
}

/// Texts and their versions.
fn versions() -> Vec<Check> {
    let newest = |what, table, named, kind| {
        Check::new(
            what,
            "its version is not the newest that was kept",
            format!(
                "SELECT x.{named} AS id FROM {table} x LEFT JOIN versions v \
                 ON v.subject_kind = '{kind}' AND v.subject = x.{named} \
                 GROUP BY x.{named}, x.version HAVING COALESCE(MAX(v.number), 0) <> x.version"
            ),
        )
    };
    vec![newest("prompt", "prompts", "slug", "prompt"), newest("rule", "rules", "id", "rule")]
}

/// Keys and invites.
fn letting_in() -> Vec<Check> {
    let sum = |what: &str| format!("COALESCE(SUM(CASE WHEN {what} THEN 1 ELSE 0 END), 0)");
    vec![
        Check::new(
            "agent",
            "it has not exactly one current key, or more than one that waits for its first use",
            format!(
                "SELECT a.id AS id FROM agents a LEFT JOIN agent_keys k ON k.agent_id = a.id \
                 WHERE a.status <> '{}' GROUP BY a.id HAVING {} <> 1 OR {} > 1",
                AgentStatus::Removed,
                sum("k.pending = FALSE AND k.expires_at IS NULL"),
                sum("k.pending = TRUE"),
            ),
        ),
        Check::new(
            "invite",
            "it let in more than it was for",
            "SELECT id AS id FROM invites WHERE used > uses OR used < 0",
        ),
    ]
}
