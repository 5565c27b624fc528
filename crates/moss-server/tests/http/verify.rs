//! What must hold in a database is looked for, and each thing that does not is found.

use std::collections::BTreeSet;

use moss_server::store::{Verified, move_all, verify};
use test_support::database::{Cluster, Kind};

use crate::moving::{Place, lived_in, moss_server, refusal_with, tamper_beside};

/// A database that was lived in, and copies of it to be damaged.
struct Original {
    place: Place,
}

impl Original {
    async fn new() -> Self {
        let place = if Cluster::asked_for().is_some() { Place::server() } else { Place::sqlite() };
        lived_in(&place).await;
        Self { place }
    }

    async fn copy(&self) -> Place {
        match self.place.database() {
            None => {
                let copy = Place::sqlite();
                std::fs::copy(self.place.file(), copy.file()).unwrap();
                copy
            }
            Some(name) => {
                let copy = Place::server();
                let other = copy.database().unwrap();
                let cluster = Cluster::asked_for().unwrap();
                if cluster.kind() == Kind::MariaDb {
                    let (from, to) = (self.place.address(), copy.address());
                    move_all(&from, &to, &mut |_| {}).await.unwrap();
                    return copy;
                }
                cluster.sql("postgres", &format!("DROP DATABASE {other}"));
                cluster.sql("postgres", &format!("CREATE DATABASE {other} TEMPLATE {name}"));
                copy
            }
        }
    }

    async fn damaged(&self, sql: &str) -> Verified {
        let copy = self.copy().await;
        tamper_beside(&copy, sql);
        verify(&copy.address()).await.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

/// Changes one row: that with the least key.
fn change(table: &str, key: &str, change: &str) -> String {
    format!(
        "UPDATE {table} SET {change} \
         WHERE {key} = (SELECT least FROM (SELECT MIN({key}) AS least FROM {table}) AS x)"
    )
}

const ANOMALY: &str = "INSERT INTO anomalies (id, kind, subject_kind, subject, severity, state, detail, opened_at, times) \
                       VALUES ('an', 'silent', 'agent', (SELECT MIN(id) FROM agents), 'warning', 'open', 'd', \
                       1790000000000000, 1); ";
const RECURRENCE: &str = "INSERT INTO recurrences (id, subject_kind, subject, task_id, every, \
                          catch_up, overlap, state, since, next_at, round) VALUES ('re', 'task', \
                          (SELECT MIN(id) FROM tasks), (SELECT MIN(id) FROM tasks), 60000000, \
                          'once', 'skip', 'active', 1790000000000000, 1790000060000000, 1); \
                          INSERT INTO rounds (recurrence_id, number, slot, at, outcome, detail) \
                          VALUES ('re', 1, 1790000000000000, 1790000000000000, 'skipped', 'd'); ";
const LATE: &str = "INSERT INTO late_submissions (id, sub_task_id, attempt, agent_id, summary, \
                    artifacts, state, created_at) VALUES ('la', (SELECT MIN(id) FROM sub_tasks), 1, \
                    (SELECT MIN(id) FROM agents), 's', '[]', 'waiting', 1790000000000000); ";
const LEFT: &str = "INSERT INTO leftovers (id, kind, task_id, sub_task_id, agent_id, text, at, owner, \
                    state) VALUES ('le', 'noticed', (SELECT MIN(id) FROM tasks), (SELECT MIN(id) FROM \
                    sub_tasks), (SELECT MIN(id) FROM agents), 't', 1790000000000000, 'planner', \
                    'waiting'); ";
const DELIVERY: &str = "INSERT INTO deliveries (id, notice_id, url, state, at, tries) VALUES ('de', \
                        (SELECT MIN(id) FROM outbox), 'u', 'pending', 1790000000000000, 0); ";
const RULE: &str = "INSERT INTO rules (id, scope, content, version, created_at, updated_at) \
                    VALUES ('ru', 'task', 'c', 1, 1790000000000000, 1790000000000000); \
                    INSERT INTO versions (subject_kind, subject, number, at, author, text) \
                    VALUES ('rule', 'ru', 1, 1790000000000000, 'admin', 'c'); ";
const PROMPT: &str = "INSERT INTO prompts (slug, kind, name, role, description, content, version, \
                      created_at, updated_at) VALUES ('executor-x', 'agent', 'x', 'executor', '', \
                      'c', 1, 1790000000000000, 1790000000000000); \
                      INSERT INTO versions (subject_kind, subject, number, at, author, text) \
                      VALUES ('prompt', 'executor-x', 1, 1790000000000000, 'admin', 'c'); ";

/// Damage to the rules of the work, and a part of what is said of it.
fn broken_rules() -> Vec<(String, &'static str)> {
    let held = "(SELECT sub_task_id FROM attempts WHERE ended_at IS NULL)";
    let done = "(SELECT id FROM sub_tasks WHERE status = 'done')";
    [
        (
            "INSERT INTO attempts (sub_task_id, number, agent_id, opened_at) SELECT sub_task_id, \
             number + 1, agent_id, opened_at FROM attempts WHERE ended_at IS NULL"
                .to_owned(),
            "two live attempts",
        ),
        (
            format!("UPDATE attempts SET ended_at = opened_at WHERE sub_task_id IN {held}"),
            "no live attempt of its holder",
        ),
        (
            "UPDATE attempts SET agent_id = (SELECT MIN(id) FROM agents WHERE role = 'patrol') \
          WHERE ended_at IS NULL"
                .to_owned(),
            "no live attempt of its holder",
        ),
        (format!("UPDATE sub_tasks SET status = 'pending' WHERE id IN {held}"), "is not held"),
        (format!("UPDATE sub_tasks SET attempt = 7 WHERE id IN {done}"), "not numbered 1, 2, 3"),
        (format!("UPDATE attempts SET number = 0 WHERE sub_task_id IN {done}"), "not numbered"),
        (
            format!(
                "INSERT INTO attempts (sub_task_id, number, agent_id, opened_at, ended_at) \
                  SELECT sub_task_id, 2, agent_id, 1770000000000000, ended_at FROM attempts \
                  WHERE sub_task_id IN {done}"
            ),
            "opened before the one before",
        ),
        (
            format!("UPDATE sub_tasks SET lease_limit = 1800000000000000 WHERE id IN {done}"),
            "nobody holds it",
        ),
        (format!("UPDATE sub_tasks SET status = 'cancelled' WHERE id IN {done}"), "last event"),
        (
            "UPDATE agents SET total_score = 6 WHERE role = 'executor'".to_owned(),
            "not the sum of its ledger",
        ),
        ("DELETE FROM reward_logs".to_owned(), "not the sum of its ledger"),
        ("UPDATE reviews SET round = 4".to_owned(), "rounds of review"),
        (
            "UPDATE sub_tasks SET rework_count = 3 WHERE status = 'rework'".to_owned(),
            "not rejected",
        ),
        (
            "UPDATE sub_tasks SET status = 'review' WHERE status = 'done'".to_owned(),
            "approved and not done",
        ),
        ("UPDATE sub_tasks SET completed_at = NULL".to_owned(), "has no time of it"),
        ("DELETE FROM reward_logs WHERE review_id IS NOT NULL".to_owned(), "has no reward"),
        ("UPDATE reviews SET attempt = 9".to_owned(), "an attempt that there is not"),
        (
            "UPDATE reviews SET reviewer_agent = (SELECT agent_id FROM attempts \
          WHERE attempts.sub_task_id = reviews.sub_task_id)"
                .to_owned(),
            "reviewer held",
        ),
        ("UPDATE tasks SET open_sub_tasks = 2".to_owned(), "its counts"),
        ("UPDATE tasks SET done_sub_tasks = 0".to_owned(), "its counts"),
        ("UPDATE tasks SET sub_tasks = sub_tasks + 1".to_owned(), "its counts"),
        ("UPDATE tasks SET status = 'completed'".to_owned(), "closed and has open"),
        ("UPDATE sub_tasks SET task_open = FALSE".to_owned(), "offers work"),
        (
            "UPDATE sub_tasks SET open_dependencies = open_dependencies + 1".to_owned(),
            "waits for more or fewer",
        ),
        (
            "UPDATE dependencies SET depends_on = sub_task_id WHERE depends_on = \
          (SELECT d FROM (SELECT MAX(depends_on) AS d FROM dependencies) AS x)"
                .to_owned(),
            "waits for itself",
        ),
        ("UPDATE sub_tasks SET priority_rank = 7".to_owned(), "otherwise than by its priority"),
        ("UPDATE sub_tasks SET assigned_agent = NULL".to_owned(), "reworked by nobody"),
        ("UPDATE sub_tasks SET block_reason = NULL".to_owned(), "without a reason"),
        ("UPDATE sub_tasks SET block_class = NULL".to_owned(), "nobody's turn"),
        ("UPDATE sub_tasks SET block_owner = NULL".to_owned(), "nobody's turn"),
        ("UPDATE sub_tasks SET block_due = NULL".to_owned(), "nobody's turn"),
        ("UPDATE modules SET task_id = 'other'".to_owned(), "another task's"),
        ("DELETE FROM agent_keys".to_owned(), "exactly one current key"),
        ("UPDATE agent_keys SET pending = TRUE".to_owned(), "exactly one current key"),
        ("UPDATE invites SET used = 9".to_owned(), "more than it was for"),
        (format!("{RULE}UPDATE rules SET version = 2"), "its version is not the newest"),
        (format!("{PROMPT}DELETE FROM versions"), "its version is not the newest"),
    ]
    .to_vec()
}

/// An id in each place where one stands that leads nowhere.
fn lost_ids() -> Vec<(String, &'static str)> {
    let nowhere =
        |table: &str, key: &str, column: &str| change(table, key, &format!("{column} = 'nowhere'"));
    let mut lost = vec![
        (
            "INSERT INTO dependencies (sub_task_id, depends_on) VALUES ('nowhere', 'elsewhere')"
                .into(),
            "its depends_on leads to none of the sub_tasks",
        ),
        (
            "INSERT INTO dependencies (sub_task_id, depends_on) VALUES ('nowhere', 'elsewhere')"
                .into(),
            "its sub_task_id leads to none of the sub_tasks",
        ),
        (format!("{ANOMALY}UPDATE anomalies SET subject = 'nowhere'"), "subject leads to none"),
        (
            format!("{RULE}UPDATE rules SET sub_task_id = 'nowhere'"),
            "leads to none of the sub_tasks",
        ),
        (format!("{LATE}UPDATE late_submissions SET agent_id = 'nowhere'"), "its agent_id leads"),
        (format!("{LATE}UPDATE late_submissions SET judged_by = 'nowhere'"), "its judged_by leads"),
        (format!("{LATE}UPDATE late_submissions SET sub_task_id = 'no'"), "its sub_task_id leads"),
        (format!("{LEFT}UPDATE leftovers SET task_id = 'nowhere'"), "its task_id leads"),
        (format!("{LEFT}UPDATE leftovers SET sub_task_id = 'nowhere'"), "its sub_task_id leads"),
        (format!("{LEFT}UPDATE leftovers SET agent_id = 'nowhere'"), "its agent_id leads"),
        (format!("{LEFT}UPDATE leftovers SET answered_by = 'no'"), "its answered_by leads"),
        (format!("{RULE}UPDATE rules SET task_id = 'nowhere'"), "leads to none of the tasks"),
        ("UPDATE judgements SET subject = 'nowhere'".into(), "no such sub-task or task"),
    ];
    for (table, key, columns) in [
        ("agent_keys", "key_id", &["agent_id"][..]),
        ("agent_hosts", "agent_id", &["agent_id"]),
        ("invites", "id", &["agent_id"]),
        ("modules", "id", &["task_id"]),
        ("sub_tasks", "id", &["task_id", "module_id", "assigned_agent"]),
        ("attempts", "sub_task_id", &["sub_task_id", "agent_id"]),
        ("reviews", "id", &["sub_task_id", "reviewer_agent", "rework_agent"]),
        ("looks", "sub_task_id", &["sub_task_id"]),
        ("offers", "agent_id", &["agent_id"]),
        ("judgements", "subject", &["agent_id"]),
        ("outbox", "id", &["task_id", "sub_task_id", "agent_id", "claimed_by"]),
        ("reward_logs", "id", &["agent_id", "sub_task_id", "review_id"]),
        ("activity_logs", "id", &["agent_id", "sub_task_id"]),
        ("events", "seq", &["sub_task_id", "task_id", "agent_id"]),
        ("request_logs", "seq", &["agent_id"]),
    ] {
        lost.extend(columns.iter().map(|column| (nowhere(table, key, column), "leads to none of")));
    }
    lost
}

/// Words and times that there are not.
fn odd_values() -> Vec<(String, &'static str)> {
    let mut odd = vec![
        (format!("{ANOMALY}UPDATE anomalies SET kind = 'odd'"), "its kind is no word"),
        (format!("{ANOMALY}UPDATE anomalies SET severity = 'odd'"), "its severity is no word"),
        (format!("{ANOMALY}UPDATE anomalies SET subject_kind = 'odd'"), "its subject_kind is no"),
        (format!("{ANOMALY}UPDATE anomalies SET state = 'odd'"), "its state is no word"),
        (format!("{ANOMALY}UPDATE anomalies SET action_taken = 'odd'"), "its action_taken is no"),
        (format!("{ANOMALY}UPDATE anomalies SET noted_by = 'nowhere'"), "noted_by leads to none"),
        (format!("{LATE}UPDATE late_submissions SET state = 'odd'"), "its state is no word"),
        (format!("{DELIVERY}UPDATE deliveries SET state = 'odd'"), "its state is no word"),
        (
            format!("{DELIVERY}UPDATE deliveries SET notice_id = 'nowhere'"),
            "notice_id leads to none",
        ),
        (format!("{DELIVERY}UPDATE deliveries SET ended_at = 1"), "its ended_at is before"),
        (format!("{DELIVERY}UPDATE deliveries SET at = 1"), "after all that was noted"),
        (format!("{RECURRENCE}UPDATE recurrences SET subject_kind = 'odd'"), "subject_kind is no"),
        (format!("{RECURRENCE}UPDATE recurrences SET catch_up = 'odd'"), "its catch_up is no word"),
        (format!("{RECURRENCE}UPDATE recurrences SET overlap = 'odd'"), "its overlap is no word"),
        (format!("{RECURRENCE}UPDATE recurrences SET state = 'odd'"), "its state is no word"),
        (format!("{RECURRENCE}UPDATE recurrences SET task_id = 'nowhere'"), "its task_id leads"),
        (format!("{RECURRENCE}UPDATE rounds SET outcome = 'odd'"), "its outcome is no word"),
        (format!("{RECURRENCE}UPDATE rounds SET at = 1"), "its at is before"),
        (
            format!(
                "{RECURRENCE}UPDATE rounds SET recurrence_id = 'nowhere' WHERE recurrence_id = 're'"
            ),
            "recurrence_id leads",
        ),
        (format!("{LATE}UPDATE late_submissions SET judged_at = 1"), "its judged_at is before"),
        (format!("{LATE}UPDATE late_submissions SET created_at = 1"), "after all that was noted"),
        (format!("{LEFT}UPDATE leftovers SET kind = 'odd'"), "its kind is no word"),
        (format!("{LEFT}UPDATE leftovers SET owner = 'odd'"), "its owner is no word"),
        (format!("{LEFT}UPDATE leftovers SET state = 'odd'"), "its state is no word"),
        (format!("{LEFT}UPDATE leftovers SET answered_at = 1"), "its answered_at is before"),
        (format!("{LEFT}UPDATE leftovers SET at = 1"), "after all that was noted"),
        (format!("{RULE}UPDATE rules SET scope = 'odd'"), "its scope is no word"),
        (format!("{PROMPT}UPDATE prompts SET kind = 'odd'"), "its kind is no word"),
        (format!("{PROMPT}UPDATE prompts SET role = 'odd'"), "its role is no word"),
        (
            format!("{PROMPT}UPDATE versions SET subject_kind = 'odd'"),
            "its subject_kind is no word",
        ),
        (format!("{ANOMALY}UPDATE anomalies SET closed_at = 1"), "its closed_at is before"),
        (format!("{RULE}UPDATE rules SET updated_at = 1"), "its updated_at is before"),
        (format!("{PROMPT}UPDATE prompts SET updated_at = 1"), "its updated_at is before"),
        (format!("{PROMPT}UPDATE versions SET at = 1"), "its at is"),
        (
            "UPDATE sub_tasks SET lease_until = 3000000, lease_limit = 1".into(),
            "its lease_limit is before",
        ),
    ];
    for (table, key, words) in [
        ("agents", "id", &["role", "status"][..]),
        ("agent_hosts", "agent_id", &["kind"]),
        ("invites", "id", &["role"]),
        ("tasks", "id", &["kind", "status"]),
        ("sub_tasks", "id", &["kind", "status", "priority", "block_class", "block_owner"]),
        ("attempts", "sub_task_id", &["outcome", "fail_class"]),
        ("reviews", "id", &["result"]),
        ("judgements", "subject", &["role"]),
        ("outbox", "id", &["kind", "state"]),
        ("activity_logs", "id", &["action"]),
        ("events", "seq", &["to_status"]),
        ("request_logs", "seq", &["agent_role"]),
    ] {
        let odd_word = |word: &&str| (change(table, key, &format!("{word} = 'odd'")), "is no word");
        odd.extend(words.iter().map(odd_word));
    }
    for (table, key, times) in [
        ("agent_keys", "key_id", &["expires_at", "rotated_at"][..]),
        ("invites", "id", &["expires_at"]),
        ("tasks", "id", &["updated_at"]),
        ("sub_tasks", "id", &["updated_at", "completed_at"]),
        ("attempts", "sub_task_id", &["ended_at"]),
        ("outbox", "id", &["announced_at"]),
        ("admin_sessions", "token_hash", &["last_used_at"]),
    ] {
        odd.extend(
            times.iter().map(|time| (change(table, key, &format!("{time} = 1")), "is before")),
        );
    }
    for (table, key, time) in [
        ("agents", "id", "created_at"),
        ("tasks", "id", "created_at"),
        ("modules", "id", "created_at"),
        ("sub_tasks", "id", "created_at"),
        ("attempts", "sub_task_id", "opened_at"),
        ("reviews", "id", "created_at"),
        ("outbox", "id", "at"),
        ("reward_logs", "id", "created_at"),
        ("activity_logs", "id", "created_at"),
        ("events", "seq", "at"),
        ("request_logs", "seq", "timestamp"),
        ("agent_hosts", "agent_id", "reported_at"),
    ] {
        for value in ["1", "1890000000000000"] {
            odd.push((
                change(table, key, &format!("{time} = {value}")),
                "after all that was noted",
            ));
        }
    }
    odd
}

/// A check that finds nothing proves nothing unless it finds what it is for.
#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_each_check_is_found_by_it() {
    let original = Original::new().await;
    let whole = verify(&original.place.address()).await.unwrap();
    assert_eq!(whole.findings, []);
    let (mut found, mut missed) = (BTreeSet::new(), Vec::new());
    let mut damages = broken_rules();
    // A copy of a database takes a second there, and the texts of the questions are the same.
    if Cluster::asked_for().is_none() {
        damages.extend([lost_ids(), odd_values()].concat());
    }
    for (damage, says) in damages {
        let findings = original.damaged(&damage).await.findings;
        let told: Vec<_> = findings.iter().map(|it| format!("{}: {}", it.what, it.wrong)).collect();
        if !told.iter().any(|told| told.contains(says)) {
            missed.push(format!("{damage}: {says}, not {told:?}"));
        }
        assert!(findings.iter().all(|it| !it.ids.is_empty()), "{findings:?}");
        found.extend(told);
    }
    assert_eq!(missed, Vec::<String>::new());
    let unbroken = "checks that nothing here breaks";
    assert!(
        Cluster::asked_for().is_some() || found.len() == whole.checks,
        "{unbroken}; found: {found:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_for_each_finding_and_an_exit_code() {
    let original = Original::new().await;
    let shown = original.place.address().to_string();
    let output = moss_server(&["verify", "--database", &original.place.url]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{said}");
    assert!(said.starts_with("ok: ") && said.lines().count() == 1, "{said}");
    let counts = format!(" checks of {shown} hold; 5 agents, 1 tasks, 41 sub-tasks, ");
    assert!(said.contains(&counts), "{said}");

    let copy = original.copy().await;
    tamper_beside(&copy, "UPDATE sub_tasks SET priority_rank = 7, open_dependencies = 9");
    let output = moss_server(&["verify", "--database", &copy.url]);
    let said = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    for (line, wrong) in lines.iter().zip([
        " and 21 more: it waits for more or fewer than its dependencies that are open",
        " and 21 more: it is sorted otherwise than by its priority",
    ]) {
        assert!(line.starts_with("sub-task ") && line.ends_with(wrong), "{line}");
        assert_eq!(line.split(' ').filter(|word| word.len() == 36).count(), 20, "{line}");
    }
    let refused = refusal_with(&output, 6);
    assert!(refused.starts_with("2 of what must hold in "), "{refused}");

    for (args, says) in [
        (&["--database", "sqlite:/nowhere/t.db"][..], "there is no database /nowhere/t.db yet"),
        (&["--database", "nothing"], "--database is written like"),
        (&["--config", "/nowhere/config.yaml"], "there is no /nowhere/config.yaml"),
    ] {
        let output = moss_server(&[&["verify"], args].concat());
        let refused = refusal_with(&output, 1);
        assert!(refused.contains(says), "{refused}");
    }
}

/// Beside a running server, and without a trace where there is none.
#[tokio::test(flavor = "multi_thread")]
async fn it_only_reads_whoever_is_there() {
    let original = Original::new().await;
    let world = crate::harness::World::on(original.place.address()).await;
    world.agent("executor", "AI-Late").await;
    let verified = verify(&original.place.address()).await.unwrap();
    assert_eq!((verified.findings, verified.counts[0]), (vec![], ("agents", 6)));
    world.app.close().await;
    drop(world);
    if original.place.database().is_some() {
        return;
    }
    let files = || {
        let folder = std::fs::read_dir(original.place.file().parent().unwrap()).unwrap();
        let mut files: Vec<_> = folder.map(|file| file.unwrap().path()).collect();
        files.sort();
        files.into_iter().map(|file| (std::fs::read(&file).unwrap(), file)).collect::<Vec<_>>()
    };
    let before = files();
    verify(&original.place.address()).await.unwrap();
    assert!(files() == before, "it left a trace");
}
