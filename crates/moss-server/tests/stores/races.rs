//! Two servers on one database, at the same time: what each reads the other may be changing.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};
use moss_api::NoticeKind;
use moss_server::domain::recurring::open::OpenRounds;
use moss_server::domain::webhooks::{Begin, Begun};
use moss_server::domain::{Command, Error};
use moss_server::store::Tx;
use serde_json::{Value, json};
use test_support::database::Kind;
use tokio::task::JoinHandle;

use crate::harness::{Agent, Team, World};
use crate::statements::Statements;
use crate::{is_told_to_come_back, of, world};

on_each_server![
    what_waits_for_something_that_is_approved_meanwhile_is_offered,
    what_is_added_to_a_task_that_is_paused_meanwhile_is_not_offered,
    what_another_server_writes_to_is_passed_over_but_is_not_nothing,
    who_waits_in_vain_is_told_to_come_back,
    no_sub_task_is_given_out_twice_and_nobody_is_told_too_early_that_there_is_none,
    claims_that_arrive_together_are_written_together,
    a_start_that_has_to_wait_keeps_no_other_claim_waiting,
    a_request_sent_to_both_is_done_once,
    a_plan_sent_to_both_is_one_plan,
    dependencies_changed_on_both_make_no_circle,
    scores_added_on_both_are_told_and_add_up,
    a_round_that_both_open_is_opened_once,
    what_both_would_post_is_posted_once
];

/// Two servers, and a team that both know.
async fn two(kind: Kind) -> (World, World, Team) {
    let one = world(kind).await;
    let other = one.beside().await;
    let team = one.team().await;
    (one, other, team)
}

async fn executors(world: &World, count: usize) -> Vec<Agent> {
    join_all((0..count).map(async |n| world.agent("executor", &format!("Executor {n}")).await))
        .await
}

/// A sub-task of this name in the task of this name, handed in.
async fn handed_in(world: &World, team: &Team, task: &str) -> String {
    let id = world.plan(&team.planner, task, json!([{ "name": "first" }])).await.remove(0);
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    world.act(&team.executor, &id, "submit", json!({ "summary": "done" })).await.ok();
    world.get(&team.reviewer, &format!("/api/sub-tasks/{id}")).await.ok();
    id
}

async fn task_of(world: &World, team: &Team, id: &str) -> String {
    world.sub_task(id, &team.planner).await["task_id"].as_str().unwrap().to_owned()
}

#[tokio::main]
async fn what_waits_for_something_that_is_approved_meanwhile_is_offered(kind: Kind) {
    let (one, other, team) = two(kind).await;
    for round in 0..60 {
        let first = handed_in(&one, &team, &format!("task {round}")).await;
        let task = task_of(&one, &team, &first).await;
        let body = json!({ "task_id": task, "name": "second", "depends_on": [first] });
        let verdict =
            json!({ "sub_task_id": first, "result": "approved", "score": 4, "issues": "" });
        let (second, approved) = tokio::join!(
            one.post(&team.planner, "/api/sub-tasks", body),
            other.post(&team.reviewer, "/api/review-records", verdict),
        );
        approved.ok();
        let second = one.sub_task(&second.id(), &team.planner).await;
        assert_eq!(second["open_dependencies"], 0, "round {round}: it would never be offered");
    }
}

/// Another server's transaction, which has done this and takes its time to end.
async fn meanwhile(world: &World, sql: String, seconds: u32) -> JoinHandle<()> {
    let (cluster, database) = of(world);
    let (sleep, asleep) = match cluster.kind() {
        Kind::Postgres => (
            "pg_sleep",
            "SELECT COUNT(*) FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event = 'PgSleep'",
        ),
        Kind::MariaDb => (
            "SLEEP",
            "SELECT COUNT(*) FROM information_schema.processlist \
             WHERE db = DATABASE() AND state = 'User sleep'",
        ),
    };
    let sql = format!("BEGIN; {sql}; SELECT {sleep}({seconds}); COMMIT");
    let is_asleep = |database: String| move || cluster.sql(&database, asleep) != "0";
    let looked_at = database.clone();
    let begun = tokio::task::spawn_blocking(move || {
        cluster.sql(&database, &sql);
    });
    while !tokio::task::spawn_blocking(is_asleep(looked_at.clone())).await.unwrap() {
        assert!(!begun.is_finished(), "it was over too soon");
    }
    begun
}

#[tokio::main]
async fn what_is_added_to_a_task_that_is_paused_meanwhile_is_not_offered(kind: Kind) {
    let world = world(kind).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let task = task_of(&world, &team, &id).await;
    let paused = format!(
        "UPDATE tasks SET status = 'planning' WHERE id = '{task}'; \
         UPDATE sub_tasks SET task_open = false WHERE task_id = '{task}'"
    );
    let pause = meanwhile(&world, paused, 2).await;
    let (began, body) = (Instant::now(), json!({ "task_id": task, "name": "second" }));
    world.post(&team.planner, "/api/sub-tasks", body).await.ok();
    assert!(began.elapsed() > Duration::from_millis(500), "it was not waited for");
    pause.await.unwrap();
    let offered = world.get(&team.executor, "/api/sub-tasks/available").await.ok();
    assert_eq!(offered["total"], 0, "the task is not open");
}

#[tokio::main]
async fn what_another_server_writes_to_is_passed_over_but_is_not_nothing(kind: Kind) {
    let world = world(kind).await;
    let team = world.team().await;
    let plan = json!([{ "name": "a" }, { "name": "b" }]);
    let ids = world.plan(&team.planner, "two", plan).await;
    let touched = |id: &str| format!("UPDATE sub_tasks SET name = 'c' WHERE id = '{id}'");
    let next = "/api/sub-tasks/claim-next";

    let edit = meanwhile(&world, touched(&ids[0]), 2).await;
    let given = world.post(&team.executor, next, json!({})).await;
    assert_eq!((given.id(), edit.is_finished()), (ids[1].clone(), false), "nobody waits for it");
    edit.await.unwrap();

    let edit = meanwhile(&world, touched(&ids[0]), 2).await;
    let given = world.post(&team.executor, next, json!({})).await;
    assert_eq!(given.status, 200, "there is something to claim: {}", given.text);
    assert_eq!(given.id(), ids[0]);
    edit.await.unwrap();
}

#[tokio::main]
async fn who_waits_in_vain_is_told_to_come_back(kind: Kind) {
    let world = world(kind).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let sql = format!("UPDATE sub_tasks SET name = 'c' WHERE id = '{id}'");
    let edit = meanwhile(&world, sql, 7).await;
    let began = Instant::now();
    let none = world.post(&team.executor, "/api/sub-tasks/claim-next", json!({})).await;
    is_told_to_come_back(&none);
    assert!(!edit.is_finished() && began.elapsed() < Duration::from_secs(6));
    edit.await.unwrap();
}

#[tokio::main]
async fn no_sub_task_is_given_out_twice_and_nobody_is_told_too_early_that_there_is_none(
    kind: Kind,
) {
    let (one, other, team) = two(kind).await;
    let executors = executors(&one, 20).await;
    let sub_tasks: Vec<Value> = (0..100).map(|n| json!({ "name": format!("{n}") })).collect();
    one.plan(&team.planner, "many", sub_tasks.into()).await;
    // As many as there are, and two for each: nobody comes too late.
    let claims = (0..50).flat_map(|n| [(&one, n), (&other, n + 50)]).map(|(world, n)| {
        let executor = &executors[n % executors.len()];
        async move {
            let key = format!("k{n}");
            world.keyed(executor, &key, "/api/sub-tasks/claim-next", json!({})).await
        }
    });
    let answers = join_all(claims).await;
    let ids: HashSet<String> = answers
        .iter()
        .map(|answer| {
            assert_eq!(answer.status, 200, "{}", answer.text);
            answer.id()
        })
        .collect();
    assert_eq!(ids.len(), 100, "each is somebody else's");
    let none = other.post(&team.executor, "/api/sub-tasks/claim-next", json!({})).await;
    assert_eq!(none.status, 204);
}

/// Holds up the group that it is in.
struct Busy;

impl Command for Busy {
    type Output = ();
    const GROUPS: bool = true;

    async fn run(&self, _: &Tx) -> Result<(), Error> {
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        Ok(())
    }
}

/// A commit of many in place of many commits.
#[tokio::main]
async fn claims_that_arrive_together_are_written_together(kind: Kind) {
    let (statements, _watched) = Statements::watch(&["Writer"]);
    let world = world(kind).await;
    let team = world.team().await;
    let sub_tasks: Vec<Value> = (0..60).map(|n| json!({ "name": format!("{n}") })).collect();
    world.plan(&team.planner, "many", sub_tasks.into()).await;
    // One agent's requests would wait for each other.
    let executors = executors(&world, 60).await;
    statements.take();
    let claims =
        executors.iter().map(|one| world.post(one, "/api/sub-tasks/claim-next", json!({})));
    let (_, answers) = join(world.app.writer.write(Busy, None), join_all(claims)).await;
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let statements = statements.take();
    let groups = statements.iter().filter(|sql| sql.contains("SKIP LOCKED")).count();
    assert!((2..20).contains(&groups), "60 claims were {groups} groups");
}

/// The first start of a task writes to it, and somebody may have it.
#[tokio::main]
async fn a_start_that_has_to_wait_keeps_no_other_claim_waiting(kind: Kind) {
    let world = world(kind).await;
    let team = world.team().await;
    let ids = [
        world.plan(&team.planner, "first", json!([{ "name": "a", "priority": "high" }])).await,
        world.plan(&team.planner, "second", json!([{ "name": "b" }])).await,
    ];
    let task = task_of(&world, &team, &ids[0][0]).await;
    let edit = format!("UPDATE tasks SET description = 'c' WHERE id = '{task}'");
    let edit = meanwhile(&world, edit, 6).await;
    let (began, next) = (Instant::now(), "/api/sub-tasks/claim-next");
    let other = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let given = world.post(&team.other, next, json!({})).await;
        (given, began.elapsed())
    };
    let (_, started, (given, told)) = tokio::join!(
        world.app.writer.write(Busy, None),
        world.post(&team.executor, next, json!({ "start": true })),
        other,
    );
    assert_eq!(given.id(), ids[1][0]);
    assert!(told < Duration::from_secs(3), "told after {told:?}");
    edit.await.unwrap();
    let started = if started.status == 200 {
        started
    } else {
        is_told_to_come_back(&started);
        world.post(&team.executor, next, json!({ "start": true })).await
    };
    assert_eq!(started.id(), ids[0][0]);
}

#[tokio::main]
async fn a_request_sent_to_both_is_done_once(kind: Kind) {
    let (one, other, team) = two(kind).await;
    for round in 0..40 {
        let (key, body) = (format!("k{round}"), json!({ "name": format!("task {round}") }));
        let (first, second) = tokio::join!(
            one.keyed(&team.planner, &key, "/api/tasks", body.clone()),
            other.keyed(&team.planner, &key, "/api/tasks", body),
        );
        assert_eq!(first.ok(), second.ok(), "round {round}");
    }
    assert_eq!(one.get(&team.planner, "/api/tasks").await.ok()["total"], 40);
}

#[tokio::main]
async fn a_plan_sent_to_both_is_one_plan(kind: Kind) {
    let (one, other, team) = two(kind).await;
    for round in 0..30 {
        let task = json!({ "name": format!("task {round}") });
        let items = json!([{ "name": "a" }, { "name": "b", "depends_on": ["a"] }]);
        let plan = json!({ "task": task, "sub_tasks": items });
        let (first, second) = tokio::join!(
            one.post(&team.planner, "/api/plans", plan.clone()),
            other.post(&team.planner, "/api/plans", plan),
        );
        let ids = |answer: &Value| {
            let items = answer["sub_tasks"].as_array().unwrap().clone();
            items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&first.ok()), ids(&second.ok()), "round {round}");
    }
    assert_eq!(one.get(&team.planner, "/api/tasks").await.ok()["total"], 30);
}

#[tokio::main]
async fn dependencies_changed_on_both_make_no_circle(kind: Kind) {
    let (one, other, team) = two(kind).await;
    let plan = |round: u32, a: &[&str], b: &[&str]| {
        let items = json!([{ "name": "a", "depends_on": a }, { "name": "b", "depends_on": b }]);
        json!({ "task": { "name": format!("task {round}") }, "sub_tasks": items })
    };
    for round in 0..30 {
        one.post(&team.planner, "/api/plans", plan(round, &[], &[])).await.ok();
        let only = |name: &str, on: &str| {
            let items = json!([{ "name": name, "depends_on": [on] }, { "name": on }]);
            json!({ "task": { "name": format!("task {round}") }, "sub_tasks": items })
        };
        let (first, second) = tokio::join!(
            one.post(&team.planner, "/api/plans", only("a", "b")),
            other.post(&team.planner, "/api/plans", only("b", "a")),
        );
        let refused = [&first, &second].into_iter().filter(|it| !it.status.is_success()).count();
        assert_eq!(refused, 1, "round {round}: {} {}", first.text, second.text);
    }
}

#[tokio::main]
async fn scores_added_on_both_are_told_and_add_up(kind: Kind) {
    let (one, other, team) = two(kind).await;
    let path = "/api/scores/adjust";
    let mut since = one.get(&team.executor, "/api/wake").await.ok()["cursor"].clone();
    let mut told = 0;
    for round in 0..20 {
        let body = json!({ "agent_id": team.executor.id, "score_delta": 1, "reason": "good" });
        let look = format!("/api/wake?since={}", since.as_str().unwrap());
        let (first, second, packet) = tokio::join!(
            one.post(&team.reviewer, path, body.clone()),
            other.post(&team.reviewer, path, body),
            one.get(&team.executor, &look),
        );
        assert!(first.status.is_success() && second.status.is_success(), "round {round}");
        let packet = packet.ok();
        told += packet["me"]["score_change"].as_i64().unwrap();
        since = packet["cursor"].clone();
    }
    let last = format!("/api/wake?since={}", since.as_str().unwrap());
    told += other.get(&team.executor, &last).await.ok()["me"]["score_change"].as_i64().unwrap();
    assert_eq!(told, 40);
}

/// Rounds that are due, by both at once and again and again, as when the one that has the job is taken
/// for dead.
#[tokio::main]
async fn a_round_that_both_open_is_opened_once(kind: Kind) {
    const ROUNDS: i64 = 8;
    let (one, other, team) = two(kind).await;
    let plan = json!([{ "name": "Backup", "recurring": { "every": "1h", "overlap": "allow" } }]);
    one.plan(&team.planner, "Ops", plan).await;
    for _ in 0..ROUNDS {
        one.advance(60);
        other.advance(60);
        let open = async |world: &World| {
            for _ in 0..3 {
                // Whoever was in the way comes again.
                let _ = world.app.writer.write(OpenRounds, None).await;
            }
        };
        join(open(&one), open(&other)).await;
    }
    let (cluster, name) = of(&one);
    let rounds = cluster.sql(&name, "SELECT COUNT(DISTINCT slot) FROM rounds");
    assert_eq!(rounds, ROUNDS.to_string());
    assert_eq!(cluster.sql(&name, "SELECT COUNT(*) FROM rounds"), rounds);
    let made = cluster.sql(&name, "SELECT COUNT(*) FROM sub_tasks");
    assert_eq!(made, (ROUNDS + 1).to_string());
}

/// Notices and tries that are due, by both at once.
#[tokio::main]
async fn what_both_would_post_is_posted_once(kind: Kind) {
    const NOTICES: usize = 40;
    let (one, other, team) = two(kind).await;
    for n in 0..NOTICES {
        let id = one.plan(&team.planner, &format!("{n}"), json!([{ "name": "a" }])).await.remove(0);
        for step in ["claim", "start", "submit"] {
            one.act(&team.executor, &id, step, json!({})).await.ok();
        }
        one.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    }
    let begin = async |world: &World| {
        let mut ids = Vec::new();
        loop {
            let urls = vec!["https://example.com/".to_owned()];
            let begin = Begin { urls, kinds: vec![NoticeKind::ReviewRejected] };
            let Ok(answer) = world.app.writer.write(begin, None).await else { continue };
            let begun: Begun = serde_json::from_str(&answer.body).unwrap();
            if begun.sent == 0 && begun.posts.is_empty() {
                return ids;
            }
            ids.extend(begun.posts.into_iter().map(|post| post.id));
        }
    };
    let (mut posted, more) = join(begin(&one), begin(&other)).await;
    posted.extend(more);
    assert_eq!(posted.len(), NOTICES);
    assert_eq!(posted.into_iter().collect::<HashSet<_>>().len(), NOTICES);
}
