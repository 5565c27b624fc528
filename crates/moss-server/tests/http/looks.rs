//! Invariant 9: a verdict that names no attempt judges what its reviewer was shown last, and never
//! a newer one.

use serde_json::{Value, json};

use crate::harness::{Agent, Answer, Team, World};

/// A verdict that names no attempt.
async fn verdict(world: &World, reviewer: &Agent, id: &str, result: &str) -> Answer {
    let body = json!({ "sub_task_id": id, "result": result, "score": 4, "issues": "i" });
    world.post(reviewer, "/api/review-records", body).await
}

/// Rejected by another reviewer and handed in again: attempt 2 waits for its verdict.
async fn handed_in_again(world: &World, team: &Team, id: &str) {
    let other = world.agent("reviewer", "AI-Rev-2").await;
    world.judge(&other, id, "rejected", 2).await.ok();
    world.act(&team.executor, id, "start", json!({})).await.ok();
    world.act(&team.executor, id, "submit", json!({ "summary": "again" })).await.ok();
}

#[tokio::test]
async fn what_was_not_shown_is_not_judged() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let short = &id[..8];
    let bearer = format!("Bearer {}", team.reviewer.key());
    let body = json!({ "sub_task_id": id, "result": "approved", "score": 4, "issues": "i" });
    let the_originals = format!("look at it, then judge: st get {short}");
    for (client, hint) in
        [("moss/0.1.0", "look at it, then judge"), ("python-requests/2.32.3", &the_originals)]
    {
        let headers = [("authorization", bearer.as_str()), ("user-agent", client)];
        let refused = world.ask("POST", "/api/review-records", &headers, &body).await;
        refused.refused(409, "not_shown");
        assert_eq!(
            refused.without_request_id(),
            json!({
                "detail": format!(
                    "you were not shown attempt 1 of sub-task {short}, and a verdict is on what \
                     its reviewer was shown"
                ),
                "code": "not_shown",
                "hint": hint,
                "next": { "action": "show_handed_in", "id": short },
            })
        );
    }
    // What somebody else was shown, this one was not.
    world.sub_task(&id, &team.planner).await;
    let other = world.agent("reviewer", "AI-Rev-2").await;
    world.sub_task(&id, &other).await;
    verdict(&world, &team.reviewer, &id, "approved").await.refused(409, "not_shown");
    verdict(&world, &other, &id, "approved").await.ok();
}

#[tokio::test]
async fn whatever_shows_it_counts() {
    for path in ["/api/wake", "/api/sub-tasks/ID", "/api/sub-tasks?status=review", "/api/sub-tasks"]
    {
        let world = World::new().await;
        let team = world.team().await;
        let id = world.handed_in(&team).await;
        world.get(&team.reviewer, &path.replace("ID", &id)).await.ok();
        let review = verdict(&world, &team.reviewer, &id, "approved").await.ok();
        assert_eq!((&review["attempt"], &review["round"]), (&json!(1), &json!(1)), "{path}");
    }
}

#[tokio::test]
async fn what_is_shown_to_nobody_does_not_count() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    // Before it was handed in there was nothing to judge.
    world.sub_task(&id, &team.reviewer).await;
    world.act(&team.executor, &id, "submit", json!({})).await.ok();
    world.get(&team.reviewer, "/api/wake?trial=true").await.ok();
    world.get(&team.reviewer, "/api/review-records").await.ok();
    verdict(&world, &team.reviewer, &id, "approved").await.refused(409, "not_shown");
}

#[tokio::test]
async fn a_newer_attempt_than_the_one_shown_is_not_judged() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    world.sub_task(&id, &team.reviewer).await;
    world.get(&team.reviewer, "/api/wake").await.ok();
    world.get(&team.reviewer, "/api/sub-tasks").await.ok();
    handed_in_again(&world, &team, &id).await;
    let refused = verdict(&world, &team.reviewer, &id, "approved").await;
    refused.refused(409, "stale_attempt");
    let detail = refused.json()["detail"].clone();
    let short = &id[..8];
    assert_eq!(
        detail,
        format!(
            "attempt 1 of sub-task {short}, which you were shown, is over: the newest is attempt 2"
        )
    );
    // A row of a list is no look at what was handed in since the first was shown whole.
    world.get(&team.reviewer, "/api/sub-tasks?status=review").await.ok();
    verdict(&world, &team.reviewer, &id, "rejected").await.refused(409, "stale_attempt");
    assert_eq!(world.status(&id, &team.planner).await, "review", "nothing was half done");
    world.sub_task(&id, &team.reviewer).await;
    let review = verdict(&world, &team.reviewer, &id, "approved").await.ok();
    assert_eq!((&review["attempt"], &review["round"]), (&json!(2), &json!(2)));
}

/// Whoever reads lists and nothing else, as the original's clients may, judges what they told last.
#[tokio::test]
async fn rows_follow_each_other() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let list = "/api/sub-tasks?status=review";
    world.get(&team.reviewer, list).await.ok();
    handed_in_again(&world, &team, &id).await;
    verdict(&world, &team.reviewer, &id, "rejected").await.refused(409, "stale_attempt");
    world.get(&team.reviewer, list).await.ok();
    verdict(&world, &team.reviewer, &id, "rejected").await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    world.act(&team.executor, &id, "submit", json!({})).await.ok();
    // What was judged is not what waits now.
    verdict(&world, &team.reviewer, &id, "approved").await.refused(409, "not_shown");
    world.get(&team.reviewer, list).await.ok();
    assert_eq!(verdict(&world, &team.reviewer, &id, "approved").await.ok()["round"], 3);
}

/// The person in charge looks over an agent's shoulder: the agent has seen nothing.
#[tokio::test]
async fn what_the_admin_is_shown_the_agent_is_not() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let token = world.admin().await;
    let act_as = [("x-admin-token", token.as_str()), ("x-moss-act-as", "AI-Rev")];
    let path = format!("/api/sub-tasks/{id}");
    world.ask("GET", &path, &act_as, &Value::Null).await.ok();
    verdict(&world, &team.reviewer, &id, "approved").await.refused(409, "not_shown");
    let body = json!({ "sub_task_id": id, "result": "approved", "score": 4 });
    world.ask("POST", "/api/review-records", &act_as, &body).await.ok();
}

#[tokio::test]
async fn a_look_is_written_once_and_outlives_the_server() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let written = || world.app.writer.answered();
    let before = written();
    for _ in 0..3 {
        world.get(&team.reviewer, "/api/wake").await.ok();
        world.sub_task(&id, &team.reviewer).await;
        world.get(&team.reviewer, "/api/sub-tasks").await.ok();
        world.get(&team.executor, "/api/sub-tasks").await.ok();
    }
    assert_eq!(written() - before, 2, "once as a line of the packet, once whole");
    // In use it is kept, however long it takes; unused it is thrown away.
    for _ in 0..40 {
        world.advance(24 * 60 + 1);
        world.sub_task(&id, &team.reviewer).await;
        world.purge().await;
    }
    verdict(&world, &team.reviewer, &id, "rejected").await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    world.act(&team.executor, &id, "submit", json!({})).await.ok();
    world.sub_task(&id, &team.reviewer).await;
    world.advance(31 * 24 * 60);
    world.purge().await;
    verdict(&world, &team.reviewer, &id, "approved").await.refused(409, "not_shown");
}
