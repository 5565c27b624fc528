//! What is in trouble comes to an end: typed failures, rework that goes round, agents that are gone.
//! What is blocked always says why, whose turn it is, and until when (invariant 10).

use moss_api::AgentStatus;
use serde_json::{Value, json};

use crate::harness::{Agent, Team, World};

/// A sub-task that `who` has begun.
async fn begun(world: &World, team: &Team, who: &Agent) -> String {
    let id = world.one(&team.planner).await;
    begin(world, &id, who).await;
    id
}

async fn begin(world: &World, id: &str, who: &Agent) {
    world.act(who, id, "claim", json!({})).await.ok();
    world.act(who, id, "start", json!({})).await.ok();
}

async fn fail(world: &World, id: &str, who: &Agent, class: &str) -> Value {
    let body = json!({ "class": class, "detail": "which currency?" });
    world.act(who, id, "fail", body).await.ok()
}

fn turn(row: &Value) -> [&str; 3] {
    ["status", "block_class", "block_owner"].map(|field| row[field].as_str().unwrap_or("-"))
}

#[tokio::test]
async fn a_limit_parks_it_twice_and_then_asks_the_planner() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team, &team.executor).await;
    for _ in 0..2 {
        let row = fail(&world, &id, &team.executor, "quota").await;
        assert_eq!(turn(&row), ["blocked", "quota", "planner"]);
        let packet = world.get(&team.planner, "/api/wake?gate=true").await.ok();
        assert_eq!(packet["work"], false, "it comes back by itself");
        world.advance(59);
        world.sweep().await;
        assert_eq!(world.status(&id, &team.planner).await, "blocked");
        world.advance(1);
        world.sweep().await;
        assert_eq!(world.sub_task(&id, &team.planner).await["rework_count"], 0);
        begin(&world, &id, &team.executor).await;
    }
    let row = fail(&world, &id, &team.executor, "quota").await;
    assert_eq!((turn(&row), &row["retry_at"]), (["blocked", "quota", "planner"], &Value::Null));
    let packet = world.get(&team.planner, "/api/wake").await.ok();
    let item = &packet["items"][0];
    assert_eq!((&item["kind"], &item["block_class"]), (&json!("blocked"), &json!("quota")));
    let due = (world.now() + std::time::Duration::from_secs(24 * 3_600)).to_string();
    assert_eq!((&item["due"], &row["block_due"]), (&json!(due), &json!(due)));
}

#[tokio::test]
async fn a_broken_machine_sends_it_to_another_once() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team, &team.executor).await;
    let row = fail(&world, &id, &team.executor, "environment").await;
    assert_eq!(
        (&row["status"], &row["assigned_agent"]),
        (&json!("assigned"), &json!(team.other.id))
    );
    assert_eq!(row["attempt"], 2);
    world.act(&team.other, &id, "start", json!({})).await.ok();
    let row = fail(&world, &id, &team.other, "environment").await;
    assert_eq!(turn(&row), ["blocked", "environment", "planner"]);
    let history = world.get(&team.planner, &format!("/api/sub-tasks/{id}/history")).await.ok();
    let actions: Vec<_> =
        history.as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["create", "claim", "start", "fail", "pass_on", "start", "fail"]);
}

#[tokio::test]
async fn with_nobody_else_a_broken_machine_is_the_planners() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team, &team.executor).await;
    world.set_status(&team.other, AgentStatus::Disabled).await;
    let row = fail(&world, &id, &team.executor, "environment").await;
    assert_eq!(turn(&row), ["blocked", "environment", "planner"]);
}

#[tokio::test]
async fn what_is_unclear_twice_is_for_a_person() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team, &team.executor).await;
    let row = fail(&world, &id, &team.executor, "unclear").await;
    assert_eq!(turn(&row), ["blocked", "unclear", "planner"]);
    assert_eq!(world.notices().await, [""; 0]);
    world.act(&team.planner, &id, "release", json!({ "reason": "euros" })).await.ok();
    begin(&world, &id, &team.other).await;
    let row = fail(&world, &id, &team.other, "unclear").await;
    assert_eq!(turn(&row), ["blocked", "unclear", "person"]);
    let short = &id[..8];
    let told = format!(
        "needs_human: sub-task {short} \"one\" is blocked (unclear) and needs a person: agents have tried"
    );
    assert_eq!(world.notices().await, [told]);
    let packet = world.get(&team.planner, "/api/wake?gate=true").await.ok();
    assert_eq!(packet["work"], false, "no agent is woken by what a person is to decide");
}

async fn submit(world: &World, id: &str, who: &Agent, sha: &str) -> Value {
    let file = json!({ "path": "/ws/a.py", "size": 1, "sha256": sha.repeat(64) });
    let body = json!({ "summary": "done", "artifacts": [file] });
    world.act(who, id, "submit", body).await.ok()
}

async fn reject(world: &World, team: &Team, id: &str, issues: &str) -> Value {
    world.get(&team.reviewer, &format!("/api/sub-tasks/{id}")).await.ok();
    let body = json!({ "sub_task_id": id, "result": "rejected", "score": 2, "issues": issues });
    world.post(&team.reviewer, "/api/review-records", body).await.ok();
    world.sub_task(id, &team.planner).await
}

#[tokio::test]
async fn the_same_issue_twice_goes_up_step_by_step() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team, &team.executor).await;
    submit(&world, &id, &team.executor, "0").await;
    let row = reject(&world, &team, &id, "page_size is ignored").await;
    assert_eq!(turn(&row)[0], "rework");
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    submit(&world, &id, &team.executor, "1").await;
    // The same, in other letters: to another executor.
    let row = reject(&world, &team, &id, "still:\n- Page_size is  ignored!").await;
    assert_eq!((turn(&row)[0], &row["assigned_agent"]), ("assigned", &json!(team.other.id)));
    assert_eq!(row["rework_count"], 2);
    let packet = world.get(&team.other, "/api/wake").await.ok();
    let issues = packet["items"][0]["rejection"]["issues"].as_str().unwrap();
    assert!(issues.contains("Page_size"), "whoever has it now reads why: {packet}");
    // The count begins anew with each step.
    world.act(&team.other, &id, "start", json!({})).await.ok();
    submit(&world, &id, &team.other, "2").await;
    assert_eq!(turn(&reject(&world, &team, &id, "page_size is ignored").await)[0], "rework");
    world.act(&team.other, &id, "start", json!({})).await.ok();
    submit(&world, &id, &team.other, "3").await;
    let row = reject(&world, &team, &id, "page_size is ignored").await;
    assert_eq!(turn(&row), ["blocked", "rework", "planner"]);
    let reason = row["block_reason"].as_str().unwrap();
    assert_eq!(
        reason,
        "rejected for the same issue in rounds 3 and 4; the last time: page_size is ignored"
    );
    // The planner says it otherwise, and gives it back: the next step is a person.
    world.act(&team.planner, &id, "release", json!({})).await.ok();
    begin(&world, &id, &team.executor).await;
    submit(&world, &id, &team.executor, "4").await;
    assert_eq!(turn(&reject(&world, &team, &id, "page_size is ignored").await)[0], "rework");
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    submit(&world, &id, &team.executor, "5").await;
    let row = reject(&world, &team, &id, "page_size is ignored").await;
    assert_eq!(turn(&row), ["blocked", "rework", "person"]);
    assert_eq!(world.notices().await.iter().filter(|it| it.starts_with("needs_human")).count(), 1);
}

#[tokio::test]
async fn too_many_rounds_go_up_too() {
    let world = World::with(|config| config.recovery.rework_rounds = 2).await;
    let team = world.team().await;
    let id = begun(&world, &team, &team.executor).await;
    submit(&world, &id, &team.executor, "0").await;
    assert_eq!(turn(&reject(&world, &team, &id, "no tests at all").await)[0], "rework");
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    submit(&world, &id, &team.executor, "1").await;
    let row = reject(&world, &team, &id, "the empty list fails").await;
    assert_eq!((turn(&row)[0], &row["assigned_agent"]), ("assigned", &json!(team.other.id)));
}

#[tokio::test]
async fn files_that_were_rejected_reach_no_reviewer_again() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team, &team.executor).await;
    submit(&world, &id, &team.executor, "0").await;
    reject(&world, &team, &id, "page_size is ignored").await;
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    let row = submit(&world, &id, &team.executor, "0").await;
    assert_eq!((turn(&row)[0], &row["assigned_agent"]), ("assigned", &json!(team.other.id)));
    assert_eq!(row["rework_count"], 1, "no round was spent");
    let packet = world.get(&team.reviewer, "/api/wake?gate=true").await.ok();
    assert_eq!(packet["work"], false);
    world.act(&team.other, &id, "start", json!({})).await.ok();
    let row = submit(&world, &id, &team.other, "0").await;
    assert_eq!(turn(&row), ["blocked", "rework", "planner"]);
    let attempts = world.attempts(&id, &team.planner).await;
    assert!(attempts.iter().all(|it| it["outcome"] == "submit"), "what was handed in is kept");
    // A planner may let it be handed in as it is: with another file, or none.
    world.act(&team.planner, &id, "release", json!({})).await.ok();
    begin(&world, &id, &team.executor).await;
    let row = submit(&world, &id, &team.executor, "1").await;
    assert_eq!(row["status"], "review");
}

#[tokio::test]
async fn whoever_is_disabled_lets_go_of_everything_at_once() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "held" }, { "name": "begun" }, { "name": "rejected" }]);
    let ids = world.plan(&team.planner, "Work", plan).await;
    world.act(&team.executor, &ids[0], "claim", json!({})).await.ok();
    begin(&world, &ids[1], &team.executor).await;
    begin(&world, &ids[2], &team.executor).await;
    submit(&world, &ids[2], &team.executor, "0").await;
    reject(&world, &team, &ids[2], "no tests at all").await;
    world.set_status(&team.executor, AgentStatus::Disabled).await;
    for id in &ids {
        let row = world.sub_task(id, &team.planner).await;
        assert_eq!((&row["status"], &row["assigned_agent"]), (&json!("pending"), &Value::Null));
        let history = world.get(&team.planner, &format!("/api/sub-tasks/{id}/history")).await.ok();
        let last = history.as_array().unwrap().last().unwrap();
        assert_eq!(last["detail"], "\"AI-Wu\" was disabled");
    }
    world.act(&team.other, &ids[2], "claim", json!({})).await.ok();
}

#[tokio::test]
async fn a_planner_need_not_name_who_is_to_have_it() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team, &team.executor).await;
    fail(&world, &id, &team.executor, "unclear").await;
    let row = world.act(&team.planner, &id, "reassign", json!({ "agent_id": "" })).await.ok();
    assert_eq!(row["assigned_agent"], team.other.id, "not who failed it");
    assert_eq!((&row["block_reason"], &row["block_due"]), (&Value::Null, &Value::Null));
    world.set_status(&team.other, AgentStatus::Disabled).await;
    let row = world.act(&team.planner, &id, "reassign", json!({ "agent_id": "" })).await.ok();
    assert_eq!(row["assigned_agent"], team.executor.id, "there is nobody else");
    world.set_status(&team.executor, AgentStatus::Disabled).await;
    let none = world.act(&team.planner, &id, "reassign", json!({ "agent_id": "" })).await;
    none.refused(400, "bad_value");
}

#[tokio::test]
async fn a_reviewer_who_names_another_has_taken_the_first_step_and_no_second() {
    let world = World::with(|config| config.recovery.rework_rounds = 2).await;
    let team = world.team().await;
    let id = begun(&world, &team, &team.executor).await;
    let mut holder = [&team.executor, &team.other].into_iter().cycle();
    let mut last = Value::Null;
    for round in 0..5 {
        let who = holder.next().unwrap();
        if round > 0 {
            world.act(who, &id, "start", json!({})).await.ok();
        }
        submit(&world, &id, who, &round.to_string()).await;
        world.get(&team.reviewer, &format!("/api/sub-tasks/{id}")).await.ok();
        let to = if who.id == team.executor.id { &team.other.id } else { &team.executor.id };
        let body = json!({
            "sub_task_id": id, "result": "rejected", "score": 2, "rework_agent": to,
            "issues": format!("issue number {round}, another one"),
        });
        world.post(&team.reviewer, "/api/review-records", body).await.ok();
        last = world.sub_task(&id, &team.planner).await;
        if last["status"] != "rework" {
            break;
        }
    }
    assert_eq!((turn(&last), &last["rework_count"]), (["blocked", "rework", "planner"], &json!(3)));
}
