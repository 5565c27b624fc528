//! What a timer is told: its question keeps nothing alive, and the same work is offered less and
//! less often while nothing comes of it.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::harness::{Agent, World};

/// At which minutes a timer that asks every so many wakes its agent, which does nothing.
async fn woken(world: &World, agent: &Agent, every: u64, until: u64) -> Vec<u64> {
    let mut woken = Vec::new();
    for minute in (0..=until).step_by(usize::try_from(every).unwrap()) {
        if world.wakes(agent).await {
            woken.push(minute);
        }
        world.advance(every);
    }
    woken
}

#[tokio::test]
async fn a_timers_question_keeps_no_lease_alive() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let begun = world.act(&team.executor, &id, "start", json!({})).await.ok();
    for _ in 0..5 {
        world.advance(5);
        world.gate(&team.executor).await;
        world.get(&team.executor, "/api/wake?gate=true&trial=true").await.ok();
    }
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!(row["lease_until"], begun["lease_until"]);
    world.advance(6);
    world.sweep().await;
    assert_eq!(world.status(&id, &team.planner).await, "pending");
}

#[tokio::test]
async fn whoever_reads_the_packet_is_alive() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.advance(25);
    world.get(&team.executor, "/api/wake").await.ok();
    world.advance(25);
    world.sweep().await;
    assert_eq!(world.status(&id, &team.planner).await, "assigned");
}

#[tokio::test]
async fn the_same_work_is_offered_after_1_2_4_ticks_up_to_an_hour() {
    let world = World::new().await;
    let team = world.team().await;
    world.one(&team.planner).await;
    assert_eq!(
        woken(&world, &team.executor, 5, 400).await,
        [0, 5, 15, 35, 75, 135, 195, 255, 315, 375]
    );
}

#[tokio::test]
async fn the_tick_is_measured_whoever_asks_in_between() {
    let world = World::new().await;
    let team = world.team().await;
    for _ in 0..3 {
        assert!(!world.wakes(&team.executor).await);
        world.advance(10);
    }
    world.one(&team.planner).await;
    assert_eq!(woken(&world, &team.executor, 10, 240).await, [0, 10, 30, 70, 130, 190]);
}

#[tokio::test]
async fn what_is_not_offered_says_why_and_costs_no_write() {
    let world = World::new().await;
    let team = world.team().await;
    world.one(&team.planner).await;
    for _ in 0..2 {
        assert!(world.wakes(&team.executor).await);
        world.advance(5);
    }
    let (writes, offered) = (world.app.writer.answered(), world.now());
    let packet = world.gate(&team.executor).await;
    assert_eq!(world.app.writer.answered(), writes);
    let again_at = (offered + std::time::Duration::from_secs(5 * 60)).to_string();
    assert_eq!(packet["withheld"], json!({ "packets": 2, "again_at": again_at }));
    assert_eq!((&packet["work"], &packet["items"]), (&json!(false), &json!([])));
    assert_eq!(packet["claimable"], Value::Null);
    // Whoever is awake is told everything.
    let awake = world.get(&team.executor, "/api/wake").await.ok();
    assert_eq!((&awake["work"], &awake["withheld"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn an_idle_question_writes_nothing() {
    let world = World::new().await;
    let team = world.team().await;
    let writes = world.app.writer.answered();
    for agent in [&team.planner, &team.executor, &team.reviewer, &team.patrol] {
        let packet = world.gate(agent).await;
        assert_eq!((&packet["work"], &packet["withheld"]), (&json!(false), &Value::Null));
    }
    assert_eq!(world.app.writer.answered(), writes);
}

#[tokio::test]
async fn to_read_is_no_answer_and_to_do_anything_is() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "x", "assign": "AI-Wu" }]);
    let id = world.plan(&team.planner, "T", plan).await.remove(0);
    for path in ["/api/wake", &format!("/api/sub-tasks/{id}"), "/api/rules"] {
        assert!(world.wakes(&team.executor).await, "{path}");
        world.get(&team.executor, path).await.ok();
        assert!(!world.wakes(&team.executor).await, "{path} is no answer");
        world.advance(60);
    }
    // Somebody else's deeds are none, nor those of the person in charge, nor one that was refused.
    world.act(&team.other, &id, "heartbeat", json!({})).await.refused(403, "not_holder");
    world.act(&team.executor, &id, "submit", json!({})).await.refused(409, "illegal_transition");
    let admin = world.admin().await;
    let place = [("x-admin-token", admin.as_str()), ("x-moss-act-as", "AI-Wu")];
    let log = json!({ "action": "plan", "summary": "s" });
    world.ask("POST", "/api/logs", &place, &log).await.ok();
    world.gate(&team.executor).await;
    assert!(!world.wakes(&team.executor).await);
    for (what, body) in [
        ("heartbeat", json!({})),
        ("start", json!({})),
        ("session", json!({ "session_id": "s" })),
        ("heartbeat", json!({})),
    ] {
        world.act(&team.executor, &id, what, body).await.ok();
        assert!(world.wakes(&team.executor).await, "{what}");
        assert!(!world.wakes(&team.executor).await, "{what}");
    }
    world.post(&team.executor, "/api/logs", log).await.ok();
    assert!(world.wakes(&team.executor).await);
}

#[tokio::test]
async fn what_changed_is_offered_at_once_and_what_is_gone_is_no_news() {
    let world = World::new().await;
    let team = world.team().await;
    let second = world.agent("reviewer", "AI-Rev-2").await;
    let submit = async |task: &str| {
        let id = world.plan(&team.planner, task, json!([{ "name": "x" }])).await.remove(0);
        for step in ["claim", "start", "submit"] {
            world.act(&team.executor, &id, step, json!({})).await.ok();
        }
        id
    };
    let (first, other) = (submit("A").await, submit("B").await);
    assert!(world.wakes(&team.reviewer).await);
    assert!(!world.wakes(&team.reviewer).await);
    world.judge(&second, &first, "approved", 4).await.ok();
    assert!(!world.wakes(&team.reviewer).await, "one less is no news");
    world.judge(&second, &other, "rejected", 2).await.ok();
    world.act(&team.executor, &other, "start", json!({})).await.ok();
    world.act(&team.executor, &other, "submit", json!({})).await.ok();
    assert!(world.wakes(&team.reviewer).await, "handed in again");
    assert!(!world.wakes(&team.reviewer).await);
    submit("C").await;
    assert!(world.wakes(&team.reviewer).await, "another one");
}

#[tokio::test]
async fn whoever_has_work_is_not_asked_what_else_there_is() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "x", "assign": "AI-Wu" }, { "name": "y" }]);
    let ids = world.plan(&team.planner, "T", plan).await;
    assert!(world.wakes(&team.executor).await);
    world.act(&team.other, &ids[1], "claim", json!({})).await.ok();
    world.plan(&team.planner, "U", json!([{ "name": "z" }])).await;
    assert!(!world.wakes(&team.executor).await);
}

/// How many of so many questions asked at once are answered with work.
async fn at_once(world: &World, questions: Vec<Request<Body>>) -> usize {
    let answers = futures_util::future::join_all(
        questions.into_iter().map(|question| async { world.send(question).await.ok() }),
    );
    answers.await.iter().filter(|packet| packet["work"] == true).count()
}

fn question(agent: &Agent, key: Option<&str>) -> Request<Body> {
    let mut request = Request::get("/api/wake?gate=true")
        .header("authorization", format!("Bearer {}", agent.key()));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn of_questions_asked_at_once_one_gets_the_packet_every_time() {
    let world = World::new().await;
    let team = world.team().await;
    world.one(&team.planner).await;
    for _ in 0..3 {
        let questions = (0..8).map(|_| question(&team.executor, None)).collect();
        assert_eq!(at_once(&world, questions).await, 1);
        world.advance(60);
    }
}

#[tokio::test]
async fn a_question_whose_answer_was_lost_is_answered_again() {
    let world = World::new().await;
    let team = world.team().await;
    world.one(&team.planner).await;
    let ask = async |key: &str| world.send(question(&team.executor, Some(key))).await.ok();
    let first = ask("k1").await;
    let writes = world.app.writer.answered();
    assert_eq!((&first["work"], &ask("k1").await), (&json!(true), &first));
    assert_eq!(world.app.writer.answered(), writes);
    assert_eq!(ask("k2").await["work"], false);
}

#[tokio::test]
async fn whoever_only_looks_is_told_and_takes_nothing_away() {
    let world = World::new().await;
    let team = world.team().await;
    world.one(&team.planner).await;
    let admin = world.admin().await;
    let place = [("x-admin-token", admin.as_str()), ("x-moss-act-as", "AI-Wu")];
    for work in [true, false] {
        let writes = world.app.writer.answered();
        let trial = world.get(&team.executor, "/api/wake?gate=true&trial=true").await.ok();
        let over_the_shoulder = world.ask("GET", "/api/wake?gate=true", &place, &Value::Null).await;
        assert_eq!((&trial["work"], &over_the_shoulder.ok()["work"]), (&json!(work), &json!(work)));
        assert_eq!(world.app.writer.answered(), writes);
        world.gate(&team.executor).await;
    }
}

#[tokio::test]
async fn what_was_offered_is_known_after_a_restart() {
    let world = World::new().await;
    let team = world.team().await;
    world.one(&team.planner).await;
    for _ in 0..2 {
        assert!(world.wakes(&team.executor).await);
        world.advance(5);
    }
    let now = world.now();
    let world = world.started_again(now).await;
    assert!(!world.wakes(&team.executor).await);
    world.advance(5);
    assert!(world.wakes(&team.executor).await);
}
