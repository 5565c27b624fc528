//! Late submissions: nothing that was handed in is lost, and nothing of it overwrites what came after.

use serde_json::{Value, json};

use crate::harness::{Agent, Team, World};

fn delivery(sha: &str) -> Value {
    let file = json!({ "path": "/ws/a.py", "size": 1, "sha256": sha.repeat(64) });
    json!({ "summary": "done, late", "artifacts": [file] })
}

/// A sub-task whose first holder lost it to the clock, and what became of its submission.
async fn late(world: &World, team: &Team) -> (String, Value) {
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    world.advance(31);
    world.sweep().await;
    let answer = world.act(&team.executor, &id, "submit", delivery("0")).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    (id, answer.json())
}

async fn adopt(world: &World, who: &Agent, late: &Value) -> crate::harness::Answer {
    let path = format!("/api/late-submissions/{}/adopt", late["late"]["id"].as_str().unwrap());
    world.post(who, &path, json!({})).await
}

#[tokio::test]
async fn what_comes_late_is_kept_and_changes_nothing() {
    let world = World::new().await;
    let team = world.team().await;
    let (id, answer) = late(&world, &team).await;
    assert_eq!((&answer["status"], &answer["attempt"]), (&json!("pending"), &json!(1)));
    let late = &answer["late"];
    assert_eq!((&late["attempt"], &late["ended_by"]), (&json!(1), &json!("timeout")));
    assert_eq!((&late["state"], &late["summary"]), (&json!("waiting"), &json!("done, late")));
    // Whoever holds it now goes on undisturbed, and a second one is kept beside the first.
    world.act(&team.other, &id, "claim", json!({})).await.ok();
    let again = world.act(&team.executor, &id, "submit", delivery("1")).await;
    assert_eq!(again.status, 202);
    world.act(&team.other, &id, "start", json!({})).await.ok();
    let path = format!("/api/late-submissions?sub_task_id={id}");
    assert_eq!(world.get(&team.other, &path).await.ok().as_array().unwrap().len(), 2);
    let row = world.act(&team.other, &id, "submit", delivery("2")).await;
    assert_eq!(row.status, 200);
    assert_eq!(row.json()["late"], Value::Null);
}

#[tokio::test]
async fn a_retry_of_the_same_submission_keeps_one() {
    let world = World::new().await;
    let team = world.team().await;
    let (id, _) = late(&world, &team).await;
    let bearer = format!("Bearer {}", team.executor.key());
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k1")];
    let path = format!("/api/sub-tasks/{id}/submit");
    let first = world.ask("POST", &path, &headers, &delivery("1")).await;
    let second = world.ask("POST", &path, &headers, &delivery("1")).await;
    assert_eq!(first.status, 202);
    assert_eq!((first.status, first.text), (second.status, second.text));
    let path = format!("/api/late-submissions?sub_task_id={id}");
    assert_eq!(world.get(&team.other, &path).await.ok().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn strangers_holders_and_empty_hands_are_refused_as_before() {
    let world = World::new().await;
    let team = world.team().await;
    let (id, _) = late(&world, &team).await;
    let never_held = world.act(&team.other, &id, "submit", delivery("3")).await;
    never_held.refused(403, "not_holder");
    world.act(&team.executor, &id, "submit", json!({})).await.refused(403, "not_holder");
    // Whoever holds it again names the attempt it has.
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    let mut old = delivery("4");
    old["attempt"] = json!(1);
    world.act(&team.executor, &id, "submit", old).await.refused(409, "stale_attempt");
    let path = format!("/api/late-submissions?sub_task_id={id}");
    assert_eq!(world.get(&team.other, &path).await.ok().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn so_many_of_an_attempt_and_no_more() {
    let world = World::new().await;
    let team = world.team().await;
    let (id, _) = late(&world, &team).await;
    for n in 1..10 {
        let answer = world.act(&team.executor, &id, "submit", delivery(&n.to_string())).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
    }
    world.act(&team.executor, &id, "submit", delivery("a")).await.refused(409, "stale_attempt");
    // What is there already is no other.
    let again = world.act(&team.executor, &id, "submit", delivery("1")).await;
    assert_eq!(again.status, 202, "{}", again.text);
    let path = format!("/api/late-submissions?sub_task_id={id}");
    assert_eq!(world.get(&team.other, &path).await.ok().as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn an_adopted_one_is_a_new_attempt_and_the_newer_one_ends() {
    let world = World::new().await;
    let team = world.team().await;
    let (id, late) = late(&world, &team).await;
    world.act(&team.other, &id, "claim", json!({})).await.ok();
    world.act(&team.other, &id, "start", json!({})).await.ok();
    let row = adopt(&world, &team.reviewer, &late).await.ok();
    assert_eq!((&row["status"], &row["attempt"]), (&json!("review"), &json!(3)));
    assert_eq!(row["assigned_agent"], team.executor.id);
    let attempts = world.attempts(&id, &team.planner).await;
    let ended: Vec<_> = attempts.iter().map(|it| it["outcome"].as_str().unwrap()).collect();
    assert_eq!(ended, ["timeout", "adopt", "submit"]);
    assert_eq!(attempts[2]["artifacts"][0]["sha256"], "0".repeat(64));
    // Whoever held it is fenced off, and what it hands in is kept as well.
    let kept = world.act(&team.other, &id, "submit", delivery("9")).await;
    assert_eq!(kept.status, 202);
    assert_eq!(kept.json()["late"]["ended_by"], "adopt");
    adopt(&world, &team.reviewer, &late).await.refused(409, "illegal_transition");
    // The reward is its maker's.
    world.judge(&team.reviewer, &id, "approved", 5).await.ok();
    let me = world.get(&team.executor, "/api/scores/me").await.ok();
    assert!(me["total_score"].as_i64().unwrap() > 0);
}

#[tokio::test]
async fn a_reviewer_is_woken_by_one_and_by_none_that_nobody_can_take() {
    let world = World::new().await;
    let team = world.team().await;
    let (id, late) = late(&world, &team).await;
    let woken = async |who: &Agent| {
        let packet = world.get(who, "/api/wake").await.ok();
        (packet["work"] == true, packet["late"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(woken(&team.reviewer).await, (true, 1));
    assert_eq!(woken(&team.planner).await, (false, 1), "shown, and woken by none");
    assert_eq!(woken(&team.executor).await.1, 0);
    world.act(&team.other, &id, "claim", json!({})).await.ok();
    world.act(&team.other, &id, "start", json!({})).await.ok();
    world.act(&team.other, &id, "submit", delivery("2")).await.ok();
    assert_eq!(woken(&team.reviewer).await.1, 0, "another waits for its verdict");
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    assert_eq!(woken(&team.reviewer).await, (true, 1));
    let path = format!("/api/late-submissions/{}/dismiss", late["late"]["id"].as_str().unwrap());
    let gone = world.post(&team.reviewer, &path, json!({})).await.ok();
    assert_eq!(gone["state"], "dismissed");
    assert_eq!(woken(&team.reviewer).await, (false, 0));
    world.post(&team.planner, &path, json!({})).await.refused(409, "illegal_transition");
}

#[tokio::test]
async fn a_cancelled_sub_task_takes_none_and_keeps_it() {
    let world = World::new().await;
    let team = world.team().await;
    let (id, late) = late(&world, &team).await;
    world.act(&team.planner, &id, "cancel", json!({})).await.ok();
    adopt(&world, &team.planner, &late).await.refused(409, "illegal_transition");
    let path = format!("/api/late-submissions?sub_task_id={id}");
    assert_eq!(
        world.get(&team.other, &path).await.ok()[0]["state"],
        "waiting",
        "nothing was written"
    );
    // What comes even later is kept all the same.
    assert_eq!(world.act(&team.executor, &id, "submit", delivery("5")).await.status, 202);
}

#[tokio::test]
async fn an_executor_adopts_nothing() {
    let world = World::new().await;
    let team = world.team().await;
    let (_, late) = late(&world, &team).await;
    adopt(&world, &team.executor, &late).await.refused(403, "wrong_role");
    adopt(&world, &team.patrol, &late).await.refused(403, "wrong_role");
}
