//! Invariants 5 and 9: one verdict and one reward a round, scores equal the ledger, nobody judges
//! their own work, and a verdict on an attempt that is over counts nothing.

use serde_json::json;

use crate::harness::Agent;
use crate::harness::World;

async fn ledger_sum(world: &World, agent: &Agent) -> (i64, i64) {
    let logs = world.get(agent, "/api/scores/me/logs").await.ok();
    let items = logs["items"].as_array().unwrap();
    let sum = items.iter().map(|row| row["score_delta"].as_i64().unwrap()).sum();
    let me = world.get(agent, "/api/scores/me").await.ok();
    (me["total_score"].as_i64().unwrap(), sum)
}

#[tokio::test]
async fn a_round_has_one_verdict_and_one_reward() {
    let world = World::new().await;
    let team = world.team().await;
    let second = world.agent("reviewer", "AI-Rev-2").await;
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "approved", 5).await.ok();
    for reviewer in [&team.reviewer, &second] {
        world.judge(reviewer, &id, "approved", 5).await.refused(409, "already_judged");
        world.judge(reviewer, &id, "rejected", 1).await.refused(409, "already_judged");
    }
    world.act(&second, &id, "complete", json!({})).await.refused(409, "already_judged");
    assert_eq!(ledger_sum(&world, &team.executor).await, (5, 5));
}

#[tokio::test]
async fn scores_become_rewards_as_the_contract_says() {
    let world = World::new().await;
    let team = world.team().await;
    let plan: Vec<_> = (1..=5).map(|n| json!({ "name": format!("s{n}") })).collect();
    let ids = world.plan(&team.planner, "Scores", json!(plan)).await;
    for id in &ids {
        for action in ["claim", "start", "submit"] {
            world.act(&team.executor, id, action, json!({})).await.ok();
        }
    }
    for (score, id) in (1..).zip(&ids) {
        let verdict = world.judge(&team.reviewer, id, "approved", score).await.ok();
        assert_eq!(verdict["waiting"], 5 - score, "what still waits");
        let packet = world.get(&team.reviewer, "/api/wake").await.ok();
        assert_eq!(verdict["next_waiting"], packet["items"][0]["id"], "the packet's next");
    }
    assert_eq!(ledger_sum(&world, &team.executor).await, (0, 0));
    let me = world.get(&team.executor, "/api/scores/me").await.ok();
    let counts = (&me["reward_count"], &me["penalty_count"], &me["total_records"]);
    assert_eq!(counts, (&json!(2), &json!(2), &json!(4)));
}

#[tokio::test]
async fn nobody_judges_their_own_work() {
    use moss_server::domain::Command;
    use moss_server::store::{Tx, attempts};
    /// A reviewer who was an executor once and held this sub-task.
    struct Past(String, String);
    impl Command for Past {
        type Output = ();
        async fn run(&self, tx: &Tx) -> Result<(), moss_server::domain::Error> {
            attempts::open(tx, &self.0, 99, &self.1, None);
            Ok(())
        }
    }
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let past = Past(id.clone(), team.reviewer.id.clone());
    world.app.writer.write(past, None).await.unwrap();
    world.judge(&team.reviewer, &id, "approved", 5).await.refused(403, "own_work");
    world.act(&team.reviewer, &id, "complete", json!({})).await.refused(403, "own_work");
    let packet = world.get(&team.reviewer, "/api/wake").await.ok();
    assert_eq!((&packet["work"], &packet["items"]), (&json!(false), &json!([])));
    let fresh = world.agent("reviewer", "AI-Rev-2").await;
    world.judge(&fresh, &id, "approved", 5).await.ok();
}

#[tokio::test]
async fn a_newer_attempt_voids_a_verdict() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    world.act(&team.executor, &id, "submit", json!({})).await.ok();
    let old = json!({ "sub_task_id": id, "result": "approved", "score": 5, "attempt": 1 });
    world.post(&team.reviewer, "/api/review-records", old).await.refused(409, "stale_attempt");
    let new = json!({ "sub_task_id": id, "result": "approved", "score": 5, "attempt": 2 });
    let review = world.post(&team.reviewer, "/api/review-records", new).await.ok();
    assert_eq!((&review["round"], &review["attempt"]), (&json!(2), &json!(2)));
}

#[tokio::test]
async fn the_worker_is_scored_also_when_somebody_else_reworks() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let body = json!({
        "sub_task_id": id, "result": "rejected", "score": 1, "issues": "no",
        "rework_agent": "AI-Li", "attempt": 1,
    });
    let review = world.post(&team.reviewer, "/api/review-records", body).await.ok();
    assert_eq!(review["rework_agent"], team.other.id.as_str());
    assert_eq!(ledger_sum(&world, &team.executor).await, (-5, -5));
    assert_eq!(ledger_sum(&world, &team.other).await, (0, 0));
    world.act(&team.executor, &id, "start", json!({})).await.refused(403, "not_holder");
    let row = world.act(&team.other, &id, "start", json!({})).await.ok();
    assert_eq!((&row["rework_count"], &row["attempt"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn a_verdict_is_checked_in_the_contracts_order() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let post = |body| world.post(&team.reviewer, "/api/review-records", body);
    let answer = post(json!({ "sub_task_id": id, "result": "maybe", "score": 9 })).await;
    answer.refused(400, "bad_value");
    assert!(answer.text.contains("result"), "{}", answer.text);
    for score in [0, 6, i64::MAX] {
        let answer = post(json!({ "sub_task_id": id, "result": "rejected", "score": score })).await;
        answer.refused(400, "bad_value");
        assert!(answer.text.contains("score"), "{}", answer.text);
    }
    let answer =
        post(json!({ "sub_task_id": "x", "result": "rejected", "score": 1, "issues": " " }));
    let answer = answer.await;
    assert!(answer.text.contains("issues"), "{}", answer.text);
    world.judge(&team.reviewer, "ffffffff", "approved", 5).await.refused(404, "not_found");
    let pending = world.plan(&team.planner, "P", json!([{ "name": "p" }])).await.remove(0);
    world.judge(&team.reviewer, &pending, "approved", 5).await.refused(409, "illegal_transition");
    let body = json!({
        "sub_task_id": id, "result": "rejected", "score": 1, "issues": "no", "rework_agent": "Nobody",
    });
    post(body).await.refused(404, "not_found");
    assert_eq!(world.status(&id, &team.planner).await, "review", "nothing was half done");
    assert_eq!(ledger_sum(&world, &team.executor).await, (0, 0));
}

#[tokio::test]
async fn the_short_routes_judge_too() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    world.act(&team.reviewer, &id, "rework", json!({})).await.refused(409, "not_shown");
    world.sub_task(&id, &team.reviewer).await;
    let row = world.act(&team.reviewer, &id, "rework", json!({})).await.ok();
    assert_eq!((&row["status"], &row["rework_count"]), (&json!("rework"), &json!(1)));
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    world.act(&team.executor, &id, "submit", json!({})).await.ok();
    world.act(&team.reviewer, &id, "complete", json!({})).await.refused(409, "not_shown");
    world.sub_task(&id, &team.reviewer).await;
    let row = world.act(&team.reviewer, &id, "complete", json!({})).await.ok();
    assert_eq!(row["status"], "done");
    assert!(row["completed_at"].is_string());
    let reviews = world.get(&team.reviewer, "/api/review-records").await.ok();
    let seen: Vec<_> =
        reviews["items"].as_array().unwrap().iter().map(|r| r["score"].as_i64()).collect();
    assert_eq!(seen, [Some(4), Some(2)]);
    assert_eq!(ledger_sum(&world, &team.executor).await, (0, 0));
}

#[tokio::test]
async fn adjusting_goes_through_the_ledger() {
    let world = World::new().await;
    let team = world.team().await;
    let adjust = |delta: serde_json::Value| {
        let body = json!({ "agent_id": "AI-Wu", "score_delta": delta, "reason": "bonus" });
        world.post(&team.planner, "/api/scores/adjust", body)
    };
    let row = adjust(json!("7")).await.ok();
    assert_eq!(row["reason"], "[adjusted by Plan] bonus");
    assert_eq!(ledger_sum(&world, &team.executor).await, (7, 7));
    for (delta, status) in [
        (json!(0), 400),
        (json!(i64::MAX), 400),
        (json!(9_223_372_036_854_775_808_u64), 422),
        (json!(1.5), 422),
        (json!(null), 422),
    ] {
        assert_eq!(adjust(delta.clone()).await.status, status, "{delta}");
    }
    assert_eq!(ledger_sum(&world, &team.executor).await, (7, 7));
}
