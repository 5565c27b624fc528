//! The database itself, read beside or after the server: whether the invariants hold in it.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use test_support::database::{Cluster, Place};

use crate::team::Team;

test_support::tests![every_violation_is_found,];

/// What must not exist, and the query that finds it.
const VIOLATIONS: &[(&str, &str)] = &[
    (
        "a sub-task with two live attempts (invariant 1)",
        "SELECT sub_task_id AS id FROM attempts WHERE ended_at IS NULL
         GROUP BY sub_task_id HAVING COUNT(*) > 1",
    ),
    (
        "a sub-task that is held and has no live attempt of its holder, or the reverse (1, 2)",
        "SELECT s.id FROM sub_tasks s
         LEFT JOIN attempts a ON a.sub_task_id = s.id AND a.ended_at IS NULL
         WHERE (s.status IN ('assigned', 'in_progress')) <> (a.number IS NOT NULL)
            OR a.number <> s.attempt OR a.agent_id <> s.assigned_agent",
    ),
    (
        "attempts that are not numbered 1, 2, 3 … up to the sub-task's (2)",
        "SELECT s.id FROM sub_tasks s LEFT JOIN attempts a ON a.sub_task_id = s.id
         GROUP BY s.id, s.attempt
         HAVING COUNT(a.number) <> s.attempt OR COALESCE(MAX(a.number), 0) <> s.attempt",
    ),
    (
        "an agent without exactly one current key, or with two pending",
        "SELECT a.id FROM agents a LEFT JOIN agent_keys k ON k.agent_id = a.id
         GROUP BY a.id
         HAVING COUNT(CASE WHEN NOT k.pending AND k.expires_at IS NULL THEN 1 END) <> 1
             OR COUNT(CASE WHEN k.pending THEN 1 END) > 1",
    ),
    ("an invite used more often than it was for", "SELECT id FROM invites WHERE used > uses"),
    (
        "a score that is not the sum of its ledger (5)",
        "SELECT a.id FROM agents a LEFT JOIN reward_logs r ON r.agent_id = a.id
         GROUP BY a.id, a.total_score HAVING a.total_score <> COALESCE(SUM(r.score_delta), 0)",
    ),
    (
        "rounds of review that do not match the sub-task (5, 6)",
        "SELECT s.id FROM sub_tasks s LEFT JOIN reviews r ON r.sub_task_id = s.id
         GROUP BY s.id, s.rework_count, s.status
         HAVING COUNT(r.id) <> COALESCE(MAX(r.round), 0)
             OR COUNT(CASE WHEN r.result = 'rejected' THEN 1 END) <> s.rework_count
             OR COUNT(CASE WHEN r.result = 'approved' THEN 1 END)
                <> CASE WHEN s.status = 'done' THEN 1 ELSE 0 END",
    ),
    (
        "a verdict without its reward, or with two (5)",
        "SELECT v.id FROM reviews v LEFT JOIN reward_logs r ON r.review_id = v.id
         GROUP BY v.id, v.score HAVING COUNT(r.id) <> CASE WHEN v.score <> 3 THEN 1 ELSE 0 END",
    ),
    (
        "a task whose counts are not those of its sub-tasks (4)",
        "SELECT t.id FROM tasks t LEFT JOIN sub_tasks s ON s.task_id = t.id
         GROUP BY t.id, t.sub_tasks, t.open_sub_tasks, t.done_sub_tasks
         HAVING COUNT(s.id) <> t.sub_tasks
             OR COUNT(CASE WHEN s.status NOT IN ('done', 'cancelled') THEN 1 END)
                <> t.open_sub_tasks
             OR COUNT(CASE WHEN s.status = 'done' THEN 1 END) <> t.done_sub_tasks",
    ),
    (
        "a sub-task whose last event tells another status (4)",
        "SELECT s.id FROM sub_tasks s
         WHERE s.status <> COALESCE((SELECT e.to_status FROM events e
                                     WHERE e.sub_task_id = s.id ORDER BY e.seq DESC LIMIT 1), '')",
    ),
    (
        "a sub-task with more or fewer attempts than events that open one (2, 4)",
        "SELECT s.id FROM sub_tasks s LEFT JOIN events e ON e.sub_task_id = s.id
           AND (e.action IN ('claim', 'reassign', 'pass_on', 'adopt')
                OR (e.action = 'start' AND 'rework' =
                    (SELECT p.to_status FROM events p
                     WHERE p.sub_task_id = e.sub_task_id AND p.seq < e.seq
                     ORDER BY p.seq DESC LIMIT 1))
                OR (e.action = 'create' AND e.attempt = 1))
         GROUP BY s.id, s.attempt HAVING COUNT(e.seq) <> s.attempt",
    ),
];

/// A database, opened for reading.
pub struct Audit(Database);

enum Database {
    File(Connection),
    Server(&'static Cluster, String),
}

impl Audit {
    /// Of a file of SQLite.
    pub fn open(path: &Path) -> Self {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        db.busy_timeout(Duration::from_secs(5)).unwrap();
        Self(Database::File(db))
    }

    /// Of a database wherever it is.
    pub fn of(place: &Place) -> Self {
        match place {
            Place::File(path) => Self::open(path),
            Place::Server(cluster, name) => Self(Database::Server(cluster, name.clone())),
        }
    }

    /// Fails the test when the file is damaged or an invariant is broken in it.
    #[track_caller]
    pub fn holds(&self) {
        if let Database::File(_) = self.0 {
            assert_eq!(self.texts("PRAGMA integrity_check"), ["ok"]);
        }
        assert_eq!(self.violations(), Vec::<String>::new());
    }

    fn violations(&self) -> Vec<String> {
        let rows = VIOLATIONS.iter().map(|(what, query)| (what, self.texts(query)));
        rows.filter(|(_, ids)| !ids.is_empty())
            .map(|(what, ids)| format!("{what}: {ids:?}"))
            .collect()
    }

    /// The only column of every row, as text.
    pub fn texts(&self, query: &str) -> Vec<String> {
        match &self.0 {
            Database::File(db) => {
                let mut statement = db.prepare(query).unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Database::Server(cluster, name) => {
                cluster.sql(name, query).lines().map(str::to_owned).collect()
            }
        }
    }

    /// As [`Self::texts`], to look things up in.
    pub fn set(&self, query: &str) -> HashSet<String> {
        self.texts(query).into_iter().collect()
    }

    /// A single number.
    pub fn number(&self, query: &str) -> i64 {
        match &self.0 {
            Database::File(db) => db.query_row(query, [], |row| row.get(0)).unwrap(),
            Database::Server(cluster, name) => cluster.sql(name, query).parse().unwrap(),
        }
    }
}

/// Opens a database that no server has, to write something no server would.
pub fn tamper(path: &Path, sql: &str) {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    db.execute_batch(sql).unwrap();
}

/// A query that finds nothing proves nothing unless it finds what it is for.
fn every_violation_is_found() {
    let team = Team::start(1, 1);
    let (_, ids) = team.plan("work", 2);
    for step in ["claim", "start", "submit"] {
        let path = format!("/api/sub-tasks/{}/{step}", ids[0]);
        team.must(&team.executors[0], "POST", &path, &json!({}));
    }
    let verdict = json!({ "sub_task_id": ids[0], "result": "approved", "score": 5 });
    let path = format!("/api/sub-tasks/{}", ids[0]);
    team.must(&team.reviewers[0], "GET", &path, &Value::Null);
    team.must(&team.reviewers[0], "POST", "/api/review-records", &verdict);
    team.must(&team.executors[0], "POST", &format!("/api/sub-tasks/{}/claim", ids[1]), &json!({}));
    let database = team.database();
    let Team { server, folder, .. } = team;
    server.terminate().exits(0);
    Audit::open(&database).holds();
    let whole = std::fs::read(&database).unwrap();
    for (damage, what) in [
        (
            "INSERT INTO attempts SELECT sub_task_id, 2, agent_id, NULL, 1, NULL, NULL, NULL, NULL, NULL
          FROM attempts WHERE ended_at IS NULL",
            "two live attempts",
        ),
        ("UPDATE attempts SET ended_at = 1", "no live attempt of its holder"),
        ("UPDATE attempts SET agent_id = 'x'", "no live attempt of its holder"),
        ("UPDATE sub_tasks SET status = 'pending' WHERE status = 'assigned'", "or the reverse"),
        ("UPDATE sub_tasks SET attempt = 2", "not numbered"),
        ("DELETE FROM agent_keys", "one current key"),
        ("UPDATE agent_keys SET pending = 1", "one current key"),
        ("UPDATE agent_keys SET expires_at = 1", "one current key"),
        (
            "INSERT INTO invites VALUES ('i', 'h', 'executor', 1, 2, NULL, 1, 1)",
            "more often than it was for",
        ),
        ("UPDATE agents SET total_score = 6 WHERE role = 'executor'", "sum of its ledger"),
        ("DELETE FROM reviews", "rounds of review"),
        ("UPDATE sub_tasks SET rework_count = 1", "rounds of review"),
        ("DELETE FROM reward_logs", "without its reward"),
        ("UPDATE tasks SET open_sub_tasks = 2", "counts"),
        ("UPDATE tasks SET done_sub_tasks = 0", "counts"),
        ("UPDATE sub_tasks SET status = 'review' WHERE status = 'done'", "last event"),
        ("DELETE FROM events WHERE action = 'claim'", "events that open one"),
    ] {
        let damaged = folder.path().join("damaged.db");
        std::fs::write(&damaged, &whole).unwrap();
        tamper(&damaged, damage);
        let found = Audit::open(&damaged).violations();
        assert!(found.iter().any(|found| found.contains(what)), "{damage}: {found:?}");
    }
}
