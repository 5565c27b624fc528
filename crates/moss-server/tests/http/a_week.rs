//! A week of two hundred agents that die half-way, hit limits, come back too late and hand in what is
//! not good, under a clock that leaps both ways, all by a seed. Nothing gets stuck: every sub-task ends
//! done, cancelled, or blocked with somebody whose turn it is; nothing is rewarded twice; and the same
//! seed tells the same story.

use std::collections::BTreeMap;
use std::time::Duration;

use moss_server::store::verify;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::harness::{Agent, World};

const EXECUTORS: usize = 180;
const REVIEWERS: usize = 18;
/// Minutes of a tick.
const TICK: u64 = 20;
const DAY: u64 = 24 * 60;
const DAYS: u64 = 7;
/// Nothing new is begun, and nobody dies.
const LAST_DAYS: u64 = 2;
/// Each day brings so many tasks, of so many sub-tasks, each the second of a pair waits for the first.
const TASKS: usize = 4;
const SUB_TASKS: usize = 16;

struct Executor {
    agent: Agent,
    /// It does nothing before this minute.
    dead_until: u64,
    /// What it had when it died, and the attempt.
    had: Option<(String, i64)>,
}

struct Week {
    world: World,
    dice: Dice,
    planner: Agent,
    patrol: Agent,
    executors: Vec<Executor>,
    reviewers: Vec<Agent>,
    minute: u64,
    /// Everybody's quota is used up until then.
    storm_until: u64,
    counted: BTreeMap<&'static str, u64>,
}

impl Week {
    async fn begin(seed: u64) -> Self {
        let world = World::new().await;
        let planner = world.agent("planner", "Plan").await;
        let patrol = world.agent("patrol", "Pat").await;
        let (mut executors, mut reviewers) = (Vec::new(), Vec::new());
        for n in 0..EXECUTORS {
            let agent = world.agent("executor", &format!("exec {n}")).await;
            executors.push(Executor { agent, dead_until: 0, had: None });
        }
        for n in 0..REVIEWERS {
            reviewers.push(world.agent("reviewer", &format!("review {n}")).await);
        }
        let (dice, minute, storm_until) = (Dice::of(seed), 0, 0);
        let counted = BTreeMap::new();
        Self { world, dice, planner, patrol, executors, reviewers, minute, storm_until, counted }
    }

    fn count(&mut self, what: &'static str) {
        *self.counted.entry(what).or_default() += 1;
    }

    async fn run_to(mut self, days: u64) -> Self {
        while self.minute < days * DAY {
            let is_over = self.minute >= DAYS * DAY;
            if self.minute.is_multiple_of(DAY) && !is_over {
                self.plan().await;
            }
            if !is_over && self.dice.one_in(100) {
                self.storm_until = self.minute + 3 * 60;
                self.count("storms");
            }
            if !is_over && self.dice.one_in(60) {
                self.leap();
            }
            self.world.sweep().await;
            self.world.patrol().await;
            let hands = 6 + self.dice.below(12);
            for _ in 0..hands {
                let at = usize::try_from(self.dice.below(EXECUTORS as u64)).unwrap();
                self.execute(at, is_over).await;
            }
            for _ in 0..2 {
                let at = usize::try_from(self.dice.below(REVIEWERS as u64)).unwrap();
                self.review(at).await;
            }
            if self.minute.is_multiple_of(60) {
                self.mend().await;
                self.watch().await;
            }
            self.world.advance(TICK);
            self.minute += TICK;
        }
        self
    }

    /// Somebody puts the clock forward, or back.
    fn leap(&mut self) {
        let by = Duration::from_secs(60 * (1 + self.dice.below(600)));
        let now = self.world.now();
        self.world.clock.put(if self.dice.one_in(2) { now + by } else { now - by });
        self.count("leaps");
    }

    async fn plan(&mut self) {
        for task in 0..TASKS {
            let name = format!("day {} task {task}", self.minute / DAY);
            let sub_tasks: Vec<_> = (0..SUB_TASKS)
                .map(|n| {
                    let waits: &[String] = if n % 2 == 1 { &[format!("{}", n - 1)] } else { &[] };
                    let priority = ["high", "medium", "low"][n % 3];
                    json!({ "key": n.to_string(), "name": format!("{name} part {n}"),
                            "priority": priority, "depends_on": waits })
                })
                .collect();
            self.world.plan(&self.planner, &name, json!(sub_tasks)).await;
        }
    }

    async fn execute(&mut self, at: usize, is_over: bool) {
        let Executor { agent, dead_until, had } = &mut self.executors[at];
        let agent = agent.clone();
        if self.minute < *dead_until && !is_over {
            return;
        }
        if let Some((id, attempt)) = had.take() {
            // Back from the dead, with what it had done.
            let late =
                json!({ "summary": format!("late, from {}", agent.name), "attempt": attempt });
            let kept = self.world.act(&agent, &id, "submit", late).await;
            assert!(
                [200, 202, 400, 409].contains(&kept.status.as_u16()),
                "{} {}",
                kept.status,
                kept.json()
            );
            if kept.status == 202 {
                self.count("kept late");
            }
        }
        let mine = self.world.get(&agent, "/api/sub-tasks/mine?status=rework").await.ok();
        let next = match mine["items"][0]["id"].as_str() {
            Some(id) => self.world.act(&agent, id, "start", json!({})).await,
            None => {
                let start = json!({ "start": true });
                self.world.post(&agent, "/api/sub-tasks/claim-next", start).await
            }
        };
        if next.status != 200 {
            return;
        }
        let row = next.json();
        let (id, attempt) = (row["id"].as_str().unwrap(), row["attempt"].as_i64().unwrap());
        if !is_over && self.dice.one_in(8) {
            let gone = self.minute + 60 * (1 + self.dice.below(20));
            self.executors[at].dead_until = gone;
            self.executors[at].had = Some((id.to_owned(), attempt));
            self.count("deaths");
            return;
        }
        let class = if self.minute < self.storm_until {
            Some("quota")
        } else if self.dice.one_in(15) {
            let classes = ["environment", "unclear", "impossible", "other"];
            Some(classes[usize::try_from(self.dice.below(4)).unwrap()])
        } else {
            None
        };
        if let Some(class) = class {
            let fail = json!({ "class": class, "detail": "no", "attempt": attempt });
            self.world.act(&agent, id, "fail", fail).await.ok();
            self.count("failures");
        } else {
            let summary = format!("by {} at {}", agent.name, self.minute);
            let body = json!({ "summary": summary, "attempt": attempt });
            self.world.act(&agent, id, "submit", body).await.ok();
        }
    }

    async fn review(&mut self, at: usize) {
        let reviewer = self.reviewers[at].clone();
        let packet = self.world.get(&reviewer, "/api/wake").await.ok();
        for item in packet["items"].as_array().unwrap() {
            let rejects = self.dice.one_in(4);
            let result = if rejects { "rejected" } else { "approved" };
            let issues = format!("number {} of what is wrong here", self.dice.below(1_000));
            let body = json!({ "sub_task_id": item["id"], "result": result, "score": 3,
                               "issues": if rejects { issues.as_str() } else { "" },
                               "attempt": item["attempt"] });
            self.world.post(&reviewer, "/api/review-records", body).await.ok();
            self.count(if rejects { "rejections" } else { "approvals" });
        }
        for late in packet["late"].as_array().into_iter().flatten() {
            let what = if self.dice.one_in(2) { "adopt" } else { "dismiss" };
            let path = format!("/api/late-submissions/{}/{what}", late["id"].as_str().unwrap());
            let judged = self.world.post(&reviewer, &path, json!({})).await;
            assert!(
                [200, 409].contains(&judged.status.as_u16()),
                "{} {}",
                judged.status,
                judged.json()
            );
        }
    }

    /// The planner sees to what waits for it. Of what waits for a person nobody takes care.
    async fn mend(&mut self) {
        let packet = self.world.get(&self.planner, "/api/wake").await.ok();
        for item in packet["items"].as_array().unwrap() {
            let id = item["id"].as_str().unwrap();
            let (what, body) = match self.dice.below(8) {
                0 => ("cancel", json!({})),
                1..4 => ("reassign", json!({ "agent_id": "" })),
                _ => ("release", json!({ "reason": "mended" })),
            };
            let mended = self.world.act(&self.planner, id, what, body).await;
            assert!(
                [200, 400].contains(&mended.status.as_u16()),
                "{} {}",
                mended.status,
                mended.json()
            );
        }
    }

    async fn watch(&mut self) {
        let packet = self.world.get(&self.patrol, "/api/wake").await.ok();
        let amiss = packet["anomalies"].as_array().cloned().unwrap_or_default();
        for anomaly in amiss {
            self.count("patrol looked");
            let path = format!("/api/patrol/records/{}", anomaly["id"].as_str().unwrap());
            let ignore = json!({ "status": "ignored", "note": "seen" });
            self.world.put(&self.patrol, &path, ignore).await.ok();
        }
    }

    /// What happened to whom, in order, in words that are the same for the same seed.
    async fn story(&self) -> Vec<String> {
        let sql = "SELECT COALESCE(s.name, '-') || ' ' || e.action || ' ' || \
                   COALESCE(e.to_status, '-') || ' ' || COALESCE(a.name, 'server') || ' ' || \
                   e.attempt AS told FROM events e LEFT JOIN sub_tasks s ON s.id = e.sub_task_id \
                   LEFT JOIN agents a ON a.id = e.agent_id ORDER BY e.seq";
        let db = self.world.app.store.read();
        let ask = Statement::from_string(db.get_database_backend(), sql);
        let rows = db.query_all_raw(ask).await.unwrap();
        rows.iter().map(|row| row.try_get::<String>("", "told").unwrap()).collect()
    }
}

/// So much of the week is told twice.
const SAME_DAYS: u64 = 1;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_week_of_two_hundred_agents_leaves_nothing_stuck() {
    let again = tokio::spawn(async { Week::begin(1).await.run_to(SAME_DAYS).await.story().await });
    let other = tokio::spawn(async { Week::begin(2).await.run_to(SAME_DAYS).await.story().await });
    let week = tokio::spawn(async {
        let week = Week::begin(1).await.run_to(SAME_DAYS).await;
        let story = week.story().await;
        (story, week.run_to(DAYS + LAST_DAYS).await)
    });
    let (story, week) = week.await.unwrap();
    assert_eq!(story, again.await.unwrap(), "the same seed, the same story");
    assert_ne!(story, other.await.unwrap());

    println!("{:?}", week.counted);
    for (what, least) in
        [("deaths", 50), ("failures", 30), ("storms", 2), ("leaps", 3), ("kept late", 5)]
    {
        let count = week.counted.get(what).copied().unwrap_or(0);
        assert!(count >= least, "{what}: {count}");
    }
    let mut ends: BTreeMap<String, u64> = BTreeMap::new();
    for page in 1..=20 {
        let path = format!("/api/sub-tasks?page={page}&page_size=100");
        let all = week.world.get(&week.planner, &path).await.ok();
        for row in all["items"].as_array().unwrap() {
            let status = row["status"].as_str().unwrap();
            let has_owner = row["block_owner"].is_string() && row["block_due"].is_string();
            let is_over = matches!(status, "done" | "cancelled");
            assert!(is_over || (status == "blocked" && has_owner) || waits(row), "{row}");
            *ends.entry(status.to_owned()).or_default() += 1;
        }
        if all["has_more"] == false {
            break;
        }
    }
    println!("{ends:?}");
    assert!(ends["done"] > 300, "{ends:?}");
    let address = week.world.database.clone();
    week.world.app.close().await;
    let verified = verify(&address).await.unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
}

/// What waits for something that is blocked is not to be begun.
fn waits(row: &Value) -> bool {
    row["status"] == "pending" && row["open_dependencies"].as_i64().unwrap_or(0) > 0
}
