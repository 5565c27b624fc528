//! What people are to be told: written with its cause, told by one agent, once.

use serde_json::{Value, json};

use crate::harness::{Agent, Team, World};

async fn telling() -> (World, Team) {
    let world = World::with(|config| {
        config.notification.enabled = true;
        config.notification.channels = vec!["chat:oc_1".to_owned()];
    })
    .await;
    let team = world.team().await;
    (world, team)
}

/// A task with one sub-task that was approved, and so is all done.
async fn all_done(world: &World, team: &Team) -> String {
    let id = world.plan(&team.planner, "Done", json!([{ "name": "d" }])).await.remove(0);
    for step in ["claim", "start", "submit"] {
        world.act(&team.executor, &id, step, json!({})).await.ok();
    }
    world.judge(&team.reviewer, &id, "approved", 5).await.ok();
    world.sub_task(&id, &team.planner).await["task_id"].as_str().unwrap().to_owned()
}

async fn take(world: &World, who: &Agent) -> Value {
    world.post(who, "/api/notices/claim", json!({})).await.ok()
}

fn ids(taken: &Value) -> Vec<String> {
    let notices = taken["notices"].as_array().unwrap().iter();
    notices.map(|notice| notice["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_cause_writes_its_notice_once() {
    let (world, team) = telling().await;
    let task = all_done(&world, &team).await;
    world.advance(1);
    let path = format!("/api/tasks/{task}/status");
    world.put(&team.planner, &path, json!({ "status": "completed" })).await.ok();
    let short = &task[..8];
    assert_eq!(
        world.notices().await,
        [
            format!("all_done: task {short} \"Done\" is all done: 1 of 1 approved"),
            format!("task_completed: task {short} \"Done\" is completed"),
        ]
    );
    world.advance(1);
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    let told = world.notices().await.pop().unwrap();
    let short = &id[..8];
    assert_eq!(
        told,
        format!(
            "review_rejected: sub-task {short} \"one\" was rejected by \"AI-Rev\" in round 1, with 2/5"
        )
    );
}

#[tokio::test]
async fn a_task_that_is_given_up_is_not_all_done() {
    let (world, team) = telling().await;
    let ids = world.plan(&team.planner, "Two", json!([{ "name": "a" }, { "name": "b" }])).await;
    world.act(&team.planner, &ids[0], "cancel", json!({})).await.ok();
    assert_eq!(world.notices().await, [""; 0]);
    let task = world.sub_task(&ids[1], &team.planner).await["task_id"].as_str().unwrap().to_owned();
    world.post(&team.planner, &format!("/api/tasks/{task}/cancel"), json!({})).await.ok();
    assert_eq!(world.notices().await, [""; 0]);
}

#[tokio::test]
async fn one_of_several_announcers_gets_it_and_nobody_once_it_is_told() {
    let (world, team) = telling().await;
    let second = world.agent("planner", "Plan-2").await;
    all_done(&world, &team).await;
    let taken = take(&world, &team.planner).await;
    assert_eq!(taken["channels"], json!(["chat:oc_1"]));
    assert_eq!(ids(&taken).len(), 1);
    assert_eq!(ids(&take(&world, &second).await).len(), 0, "it is another's to tell");
    assert_eq!(ids(&take(&world, &team.planner).await), ids(&taken), "asked again, the same");
    let ack = json!({ "ids": ids(&taken) });
    world.post(&second, "/api/notices/ack", ack.clone()).await.refused(403, "not_holder");
    // Whoever took it and died has it for ten minutes.
    world.advance(11);
    assert_eq!(ids(&take(&world, &second).await), ids(&taken));
    world.post(&team.planner, "/api/notices/ack", ack.clone()).await.refused(403, "not_holder");
    let told = world.post(&second, "/api/notices/ack", ack.clone()).await.ok();
    assert_eq!(told["announced"], 1);
    let again = world.post(&second, "/api/notices/ack", ack).await.ok();
    assert_eq!(again["announced"], 0, "told is told");
    world.advance(60);
    assert_eq!(ids(&take(&world, &team.planner).await).len(), 0);
    let page = world.get(&team.executor, "/api/notices?pending=true").await.ok();
    assert_eq!(page["total"], 0);
    let page = world.get(&team.executor, "/api/notices").await.ok();
    assert_eq!(page["items"][0]["state"], "announced");
}

#[tokio::test]
async fn the_announcing_role_is_woken_and_no_other() {
    let (world, team) = telling().await;
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    let packet = world.gate(&team.planner).await;
    assert_eq!((&packet["work"], &packet["announce"]["count"]), (&json!(true), &json!(1)));
    assert_eq!(world.gate(&team.patrol).await["announce"], Value::Null);
    let other = take(&world, &team.planner).await;
    let ack = json!({ "ids": ids(&other) });
    assert_eq!(world.gate(&team.planner).await["work"], false, "somebody is on it");
    world.post(&team.planner, "/api/notices/ack", ack).await.ok();
    assert_eq!(world.gate(&team.planner).await["work"], false);
    let answer = world.post(&team.executor, "/api/notices/claim", json!({})).await;
    answer.refused(403, "wrong_role");
}

#[tokio::test]
async fn what_nobody_wants_to_hear_wakes_nobody() {
    let world = World::with(|config| {
        config.notification.enabled = true;
        config.notification.events = vec!["all_done".to_owned(), "anything".to_owned()];
        config.notification.announcer = moss_api::Role::Patrol;
    })
    .await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    assert_eq!(world.gate(&team.patrol).await["work"], false);
    assert_eq!(ids(&take(&world, &team.patrol).await).len(), 0);
    all_done(&world, &team).await;
    assert_eq!(world.gate(&team.patrol).await["announce"]["count"], 1);
}

#[tokio::test]
async fn while_notifications_are_off_nothing_is_given() {
    let world = World::new().await;
    let team = world.team().await;
    all_done(&world, &team).await;
    let packet = world.get(&team.planner, "/api/wake").await.ok();
    assert_eq!(packet["announce"], Value::Null);
    assert_eq!(ids(&take(&world, &team.planner).await).len(), 0);
    assert_eq!(world.notices().await.len(), 1, "it is kept all the same");
}

#[tokio::test]
async fn what_is_old_is_thrown_away() {
    let (world, team) = telling().await;
    all_done(&world, &team).await;
    world.advance(60 * 24 * 31);
    world.purge().await;
    assert_eq!(world.notices().await, [""; 0]);
}

#[tokio::test]
async fn bad_acknowledgements_change_nothing() {
    let (world, team) = telling().await;
    all_done(&world, &team).await;
    let taken = take(&world, &team.planner).await;
    for (body, status) in [
        (json!({ "ids": [] }), 400),
        (json!({ "ids": ["zz"] }), 404),
        (json!({ "ids": [ids(&taken)[0], "ffffffff"] }), 404),
        (json!({}), 422),
        (json!({ "ids": 5 }), 422),
    ] {
        let answer = world.post(&team.planner, "/api/notices/ack", body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    let page = world.get(&team.planner, "/api/notices?pending=true").await.ok();
    assert_eq!(page["total"], 1);
}
