//! An installation of the original is taken over: its agents go on with their keys, nothing is lost, and
//! what was broken is told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::tz::TimeZone;
use moss_server::config::Address;
use moss_server::importing::{Circumstances, dry_run, import, is_original};
use moss_server::store::verify;
use rusqlite::Connection;
use serde_json::{Value, json};
use test_support::database::Cluster;

use crate::harness::{Agent, World};
use crate::moving::{Place, moss_server, refusal_with};

/// The original's tables, as its models make them.
const SCHEMA: &str = "
CREATE TABLE agent (id VARCHAR(36) PRIMARY KEY, name VARCHAR(100) NOT NULL, role VARCHAR(20) NOT NULL,
  description TEXT, status VARCHAR(20), api_key VARCHAR(64) NOT NULL, total_score INTEGER,
  created_at DATETIME);
CREATE TABLE task (id VARCHAR(36) PRIMARY KEY, name VARCHAR(200) NOT NULL, description TEXT,
  type VARCHAR(20), status VARCHAR(20), created_at DATETIME, updated_at DATETIME);
CREATE TABLE module (id VARCHAR(36) PRIMARY KEY, task_id VARCHAR(36) NOT NULL,
  name VARCHAR(200) NOT NULL, description TEXT, created_at DATETIME);
CREATE TABLE sub_task (id VARCHAR(36) PRIMARY KEY, task_id VARCHAR(36) NOT NULL,
  module_id VARCHAR(36), name VARCHAR(200) NOT NULL, description TEXT, deliverable TEXT,
  acceptance TEXT, type VARCHAR(20), status VARCHAR(20), priority VARCHAR(10),
  assigned_agent VARCHAR(36), current_session_id VARCHAR(200), rework_count INTEGER,
  recurring_config JSON, created_at DATETIME, updated_at DATETIME, completed_at DATETIME);
CREATE TABLE review_record (id VARCHAR(36) PRIMARY KEY, sub_task_id VARCHAR(36) NOT NULL,
  reviewer_agent VARCHAR(36) NOT NULL, round INTEGER NOT NULL, result VARCHAR(20) NOT NULL,
  score INTEGER NOT NULL, issues TEXT, comment TEXT, rework_agent VARCHAR(36), created_at DATETIME);
CREATE TABLE reward_log (id VARCHAR(36) PRIMARY KEY, agent_id VARCHAR(36) NOT NULL,
  sub_task_id VARCHAR(36), reason VARCHAR(100) NOT NULL, score_delta INTEGER NOT NULL,
  created_at DATETIME);
CREATE TABLE activity_log (id VARCHAR(36) PRIMARY KEY, agent_id VARCHAR(36) NOT NULL,
  sub_task_id VARCHAR(36), action VARCHAR(50) NOT NULL, summary TEXT, session_id VARCHAR(200),
  created_at DATETIME);
CREATE TABLE rule (id VARCHAR(36) PRIMARY KEY, scope VARCHAR(20) NOT NULL, task_id VARCHAR(36),
  sub_task_id VARCHAR(36), content TEXT NOT NULL, created_at DATETIME, updated_at DATETIME);
CREATE TABLE patrol_record (id VARCHAR(36) PRIMARY KEY, type VARCHAR(30) NOT NULL,
  severity VARCHAR(10) NOT NULL, sub_task_id VARCHAR(36), agent_id VARCHAR(36),
  description TEXT NOT NULL, action_taken TEXT, status VARCHAR(20), created_at DATETIME,
  resolved_at DATETIME);
CREATE TABLE request_log (id VARCHAR(36) PRIMARY KEY, timestamp DATETIME, method VARCHAR(10) NOT NULL,
  path VARCHAR(500) NOT NULL, agent_id VARCHAR(36), agent_name VARCHAR(100), agent_role VARCHAR(20),
  request_body TEXT, response_status INTEGER);
";

fn id(kind: u8, number: u8) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

fn key(number: u8) -> String {
    format!("ak_{number:032x}")
}

const WU: u8 = 1;
const LI: u8 = 2;
const REVIEWER: u8 = 3;
const PLANNER: u8 = 4;

struct Original(Connection, PathBuf);

impl Original {
    /// One whose work is in every status there is.
    fn in_folder(folder: &Path) -> Self {
        let path = folder.join("original.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(SCHEMA).unwrap();
        let original = Self(db, path);
        for (number, name, role, status, score) in [
            (WU, "AI小吴", "executor", "active", 5),
            (LI, "AI-Li", "executor", "disabled", 0),
            (REVIEWER, "AI-Yi", "reviewer", "available", 3),
            (PLANNER, "AI-Qi", "planner", "active", 0),
        ] {
            original.run(&format!(
                "INSERT INTO agent VALUES ('{}', '{name}', '{role}', 'd', '{status}', '{}', {score},
                 '2026-11-01 08:00:00.000001')",
                id(1, number),
                key(number)
            ));
        }
        for (number, status) in [(1, "active"), (2, "cancelled"), (3, "odd")] {
            original.run(&format!(
                "INSERT INTO task VALUES ('{}', 'Task {number}', '', 'once', '{status}',
                 '2026-11-02 08:00:00', '2026-11-03 08:00:00.5')",
                id(2, number)
            ));
        }
        original.run(&format!(
            "INSERT INTO module VALUES ('{}', '{}', 'Till', '', '2026-11-02 09:00:00')",
            id(3, 1),
            id(2, 1)
        ));
        original
    }

    fn run(&self, sql: &str) {
        self.0.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn sub_task(&self, number: u8, task: u8, status: &str, agent: Option<u8>) {
        let agent = agent.map_or("NULL".to_owned(), |agent| format!("'{}'", id(1, agent)));
        let done = if status == "done" { "'2026-11-05 10:00:00'" } else { "NULL" };
        self.run(&format!(
            "INSERT INTO sub_task VALUES ('{}', '{}', '{}', 'Part {number}', 'what', 'file', 'runs',
             'once', '{status}', 'high', {agent}, 's-1', 0, NULL, '2026-11-04 08:00:00',
             '2026-11-05 08:00:00', {done})",
            id(4, number),
            id(2, task),
            if task == 1 { id(3, 1) } else { String::new() },
        ));
    }

    fn review(&self, number: u8, sub_task: u8, round: u8, result: &str, at: &str) {
        self.run(&format!(
            "INSERT INTO review_record VALUES ('{}', '{}', '{}', {round}, '{result}', 4, 'i', 'c',
             NULL, '2026-11-05 {at}')",
            id(5, number),
            id(4, sub_task),
            id(1, REVIEWER)
        ));
    }
}

fn circumstances() -> Circumstances {
    Circumstances {
        now: "2026-11-20T09:00:00Z".parse().unwrap(),
        zone: TimeZone::get("Asia/Shanghai").unwrap(),
        lease: Duration::from_secs(2 * 3_600),
        max_attempt: Duration::from_secs(24 * 3_600),
        planner: Duration::from_secs(24 * 3_600),
    }
}

/// An agent that has the key it had on the original.
fn agent(number: u8, name: &str) -> Agent {
    Agent { id: id(1, number), name: name.to_owned(), key: key(number) }
}

async fn taken_over(original: &Original) -> (Vec<String>, Place, World) {
    let place = if Cluster::asked_for().is_some() { Place::server() } else { Place::sqlite() };
    let to = place.address();
    let report = Box::pin(import(&original.1, &to, &circumstances())).await.unwrap();
    let verified = Box::pin(verify(&to)).await.unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
    (report.remarks(), place, World::on(to).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_go_on_where_they_were_with_the_keys_they_had() {
    let folder = tempfile::tempdir().unwrap();
    let original = Original::in_folder(folder.path());
    original.run("DELETE FROM task WHERE status = 'odd'");
    for (number, status, agent) in [
        (1, "pending", None),
        (2, "assigned", Some(WU)),
        (3, "in_progress", Some(WU)),
        (4, "review", Some(WU)),
        (5, "rework", Some(WU)),
        (6, "blocked", Some(WU)),
        (7, "done", Some(WU)),
        (8, "cancelled", None),
    ] {
        original.sub_task(number, 1, status, agent);
    }
    original.review(1, 5, 1, "rejected", "09:00:00");
    original.review(2, 7, 1, "rejected", "08:30:00");
    // Two verdicts on one round: both counted there.
    original.review(3, 7, 1, "approved", "10:00:00");
    let wu = id(1, WU);
    original.run(&format!(
        "UPDATE sub_task SET rework_count = 1 WHERE status IN ('rework', 'done');
         INSERT INTO reward_log VALUES ('{}', '{wu}', '{}', 'good', 5, '2026-11-05 10:00:00');
         INSERT INTO reward_log VALUES ('{}', '{}', NULL, 'kind', 3, '2026-11-05 10:00:00');
         INSERT INTO activity_log VALUES ('{}', '{wu}', '{}', 'delivery', 'all of it', NULL,
           '2026-11-05 08:00:00');
         INSERT INTO rule VALUES ('{}', 'global', NULL, NULL, 'Be kind in {{{{workspace_root}}}}.',
           '2026-11-01 08:00:00', '2026-11-01 08:00:00');
         INSERT INTO request_log VALUES ('x', '2026-11-05 08:00:00.25', 'POST', '/api/logs', '{wu}',
           'AI小吴', 'executor', '{{}}', 200)",
        id(6, 1),
        id(4, 7),
        id(6, 2),
        id(1, REVIEWER),
        id(7, 1),
        id(4, 4),
        id(8, 1),
    ));
    assert!(is_original(&original.1));
    let (remarks, _place, world) = taken_over(&original).await;
    assert_eq!(remarks, Vec::<String>::new());

    let (executor, planner) = (agent(WU, "AI小吴"), agent(PLANNER, "AI-Qi"));
    let me = world.get(&executor, "/api/agents/me").await.ok();
    assert_eq!((&me["name"], &me["id"]), (&json!("AI小吴"), &json!(wu)));
    world.get(&agent(LI, "AI-Li"), "/api/agents/me").await.refused(403, "agent_disabled");
    let mut statuses = Vec::new();
    for number in 1..=8 {
        statuses.push(world.status(&id(4, number), &planner).await);
    }
    assert_eq!(
        statuses,
        ["pending", "assigned", "in_progress", "review", "rework", "blocked", "done", "cancelled"]
    );
    let done = world.sub_task(&id(4, 7), &planner).await;
    assert_eq!(
        (&done["created_at"], &done["completed_at"], &done["rework_count"]),
        (&json!("2026-11-04T00:00:00Z"), &json!("2026-11-05T02:00:00Z"), &json!(1))
    );
    let reviews =
        world.get(&planner, &format!("/api/review-records?sub_task_id={}", id(4, 7))).await;
    let reviews = reviews.ok();
    let told = |row: &Value| (row["round"].clone(), row["result"].clone());
    let rounds: Vec<_> = reviews["items"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(rounds, [(json!(2), json!("approved")), (json!(1), json!("rejected"))]);
    let score = world.get(&executor, "/api/scores/me").await.ok();
    assert_eq!((&score["total_score"], &score["reward_count"]), (&json!(5), &json!(1)));
    let rules = world.get(&executor, "/api/rules").await.ok();
    assert!(rules["content"].as_str().unwrap().starts_with("Be kind in "), "{rules}");

    // The work goes on.
    world.act(&executor, &id(4, 3), "submit", json!({})).await.ok();
    world.act(&executor, &id(4, 2), "start", json!({})).await.ok();
    world.act(&executor, &id(4, 5), "start", json!({})).await.ok();
    world.get(&agent(REVIEWER, "AI-Yi"), &format!("/api/sub-tasks/{}", id(4, 4))).await.ok();
    world.judge(&agent(REVIEWER, "AI-Yi"), &id(4, 4), "approved", 5).await.ok();
    world.act(&planner, &id(4, 6), "reassign", json!({ "agent_id": wu })).await.ok();
    let verified = verify(&world.database).await.unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_is_told_and_nothing_hangs_in_the_air() {
    let folder = tempfile::tempdir().unwrap();
    let original = Original::in_folder(folder.path());
    // Of a task that is over; whose agent is kept out; nobody's; of no status; orphans.
    original.sub_task(1, 2, "pending", None);
    original.sub_task(2, 1, "in_progress", Some(LI));
    original.sub_task(3, 1, "review", None);
    original.sub_task(4, 1, "odd", None);
    original.sub_task(5, 9, "pending", None);
    original.review(1, 9, 1, "approved", "10:00:00");
    original.review(2, 1, 1, "odd", "10:00:00");
    original.run(&format!(
        "INSERT INTO agent VALUES ('{}', 'Al-Li', 'executor', '', 'active', 'short', 0, NULL);
         INSERT INTO agent VALUES ('{}', 'e35a95c3', 'executor', '', 'active', '{}', -7, 'never');
         INSERT INTO agent VALUES ('{}', 'Boss', 'boss', '', 'active', '{}', 0, NULL);
         INSERT INTO agent VALUES ('no id', 'X', 'executor', '', 'active', 'k', 0, NULL);
         INSERT INTO task VALUES ('{}', '', '', 'weekly', 'planning', '2099-01-01 00:00:00', NULL);
         INSERT INTO activity_log VALUES ('{}', '{}', NULL, 'create_task', 'old', '', NULL);
         INSERT INTO activity_log VALUES ('{}', '{}', NULL, 'coding', 'lost', '', NULL);
         INSERT INTO rule VALUES ('{}', 'global', NULL, NULL, 'One.', NULL, NULL);
         INSERT INTO rule VALUES ('{}', 'global', NULL, NULL, 'Two.', NULL, NULL);
         INSERT INTO rule VALUES ('{}', 'task', '{}', NULL, 'Three.', NULL, NULL)",
        id(1, 10),
        id(1, 11),
        key(11),
        id(1, 12),
        key(12),
        id(2, 10),
        id(7, 1),
        id(1, WU),
        id(7, 2),
        id(1, 99),
        id(8, 1),
        id(8, 2),
        id(8, 3),
        id(2, 99),
    ));
    let at = circumstances();
    let dry = dry_run(&original.1, &at).unwrap();
    assert_eq!((dry.tables["agent"].read, dry.tables["agent"].skipped), (8, 2));
    assert_eq!((dry.tables["sub_task"].read, dry.tables["sub_task"].skipped), (5, 1));
    let (remarks, _place, world) = taken_over(&original).await;
    assert_eq!(remarks, dry.remarks());
    let has =
        |part: &str| assert!(remarks.iter().any(|it| it.contains(part)), "{part}: {remarks:#?}");
    for part in [
        "activity_log: 1 × its agent is not there",
        "activity_log: 1 × its kind is none of today's",
        "agent: 1 × its id is none (\"no id\")",
        "agent: 1 × its key is none",
        "agent: 2 × its name is no good or another's: it has a new one (\"Al-Li\", \"e35a95c3\")",
        "agent: 1 × its role is none",
        "agent: 3 × its score is not its ledger's",
        "review_record: 1 × its result is none",
        "review_record: 1 × its sub-task is not there",
        "rule: 1 × a second global one",
        "rule: 1 × what it is for is not there",
        "sub_task: 1 × it was open and its task is over: it is cancelled",
        "sub_task: 1 × its status is none",
        "sub_task: 1 × its task is not there",
        "sub_task: 1 × nobody handed it in",
        "sub_task: 1 × whoever had it is no active executor",
        "task: 1 × its status is none",
    ] {
        has(part);
    }
    let planner = agent(PLANNER, "AI-Qi");
    let agents = world.get(&planner, "/api/agents").await.ok();
    let names: Vec<_> =
        agents.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names[4..], ["Al-Li (2)", "agent-00000001x"]);
    let rules = world.get(&planner, "/api/rules").await.ok();
    assert_eq!(rules["content"], "One.\n\n---\n\nTwo.");
    let task = world.get(&planner, &format!("/api/tasks/{}", id(2, 10))).await.ok();
    assert_eq!(
        (&task["name"], &task["type"], &task["created_at"]),
        (&json!("without a name"), &json!("once"), &json!("2026-11-20T09:00:00Z"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_original_is_refused_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let to: Address = (&file("moss.db")).into();
    let at = circumstances();
    let refused = async |from: &Path| import(from, &to, &at).await.unwrap_err().to_string();

    assert!(refused(&file("nowhere.db")).await.starts_with("there is no file "));
    std::fs::write(file("text.db"), "not a database, whatever it is called".repeat(100)).unwrap();
    assert!(refused(&file("text.db")).await.ends_with("it is no file of SQLite"));
    let half = Connection::open(file("half.db")).unwrap();
    half.execute_batch("CREATE TABLE agent (id TEXT); CREATE TABLE sub_task (id TEXT)").unwrap();
    let why = refused(&file("half.db")).await;
    assert!(why.contains("it has no table task, module, review_record"), "{why}");
    let bare = Connection::open(file("bare.db")).unwrap();
    bare.execute_batch(&SCHEMA.replace("api_key VARCHAR(64) NOT NULL,", "")).unwrap();
    let why = refused(&file("bare.db")).await;
    assert!(why.ends_with("its table agent has no column api_key"), "{why}");

    let original = Original::in_folder(folder.path());
    original.run("BEGIN EXCLUSIVE");
    let why = refused(&original.1).await;
    assert!(why.contains("is being written to: stop the original's server"), "{why}");
    original.run("COMMIT");
    assert!(!file("moss.db").exists());

    import(&original.1, &to, &at).await.unwrap();
    let why = refused(&original.1).await;
    assert!(why.contains("is not empty (agents: 4 rows)"), "{why}");
    let why = import(&file("moss.db"), &(&file("other.db")).into(), &at).await.unwrap_err();
    assert!(why.to_string().contains("is a database of moss-server already"), "{why}");
}

/// What the program prints.
fn said(args: &[&str]) -> String {
    let output = moss_server(args);
    let (out, err) = (&output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{err}");
    String::from_utf8_lossy(out).into_owned()
}

#[test]
fn a_folder_of_the_original_is_recognised_and_one_command_takes_it_over() {
    let folder = tempfile::tempdir().unwrap();
    let original = Original::in_folder(folder.path());
    original.sub_task(1, 1, "pending", None);
    original.sub_task(2, 2, "pending", None);
    let (from, config) = (original.1.display().to_string(), folder.path().join("config.yaml"));
    let before = format!(
        "# of the original\nadmin:\n  password: a-good-password\ndatabase:\n  type: sqlite\n  path: {from}\n"
    );
    std::fs::write(&config, &before).unwrap();
    let config = config.display().to_string();

    let refused = moss_server(&["serve", "--config", &config]);
    let stderr = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        stderr.contains(&format!(
            "error: {from}: is a database of the original: nothing was touched\n\
             hint: moss-server import --from {from} --config {config}\n"
        )),
        "{stderr}"
    );
    assert_eq!(std::fs::read_to_string(&config).unwrap(), before);

    let import = ["import", "--from", &from, "--config", &config, "--zone", "Asia/Shanghai"];
    let dry = said(&[&import[..], &["--dry-run"]].concat());
    let counts = "activity_log: 0 rows\nagent: 4 rows\nmodule: 1 rows\npatrol_record: 0 rows\n\
                  request_log: 0 rows\nreview_record: 0 rows\nreward_log: 0 rows\nrule: 0 rows\n\
                  sub_task: 2 rows\ntask: 3 rows\n";
    let remarks =
        "! agent: 2 × its score is not its ledger's: one line more (\"AI-Yi\", \"AI小吴\")\n";
    let remarks = remarks.replace("\"AI-Yi\", \"AI小吴\"", "\"AI小吴\", \"AI-Yi\"");
    let (cancelled, odd) = (id(4, 2), id(2, 3));
    let told = format!(
        "{counts}{remarks}! sub_task: 1 × it was open and its task is over: it is cancelled (\"{cancelled}\")\n\
         ! task: 1 × its status is none: it is in planning (\"{odd}\")\n"
    );
    assert_eq!(dry, format!("{told}nothing was changed: without --dry-run it is done\n"));
    assert!(!folder.path().join("moss.db").exists());

    let to = folder.path().join("moss.db").display().to_string();
    assert_eq!(
        said(&import),
        format!(
            "{told}imported into {to}; {from} is as it was\n-> moss-server verify --config {config}\n\
             -> moss-server serve --config {config}\nagents go on with the keys they have; to go back, \
             put {config}.bak in the place of {config} and start the original\n"
        )
    );
    assert_eq!(std::fs::read_to_string(format!("{config}.bak")).unwrap(), before);
    let after = std::fs::read_to_string(&config).unwrap();
    assert_eq!(after, before.replace(&from, &to));
    said(&["verify", "--config", &config]);
    let again = moss_server(&import);
    assert!(refusal_with(&again, 1).contains("is not empty (agents: 4 rows)"));
}
