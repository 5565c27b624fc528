//! Work that comes again: once for each slot, also after a downtime, and as its policies say.

use std::time::Duration;

use moss_api::Timestamp;
use moss_server::domain::recurring::open::{OpenRounds, is_due};
use serde_json::{Value, json};

use crate::harness::{Team, World};

/// What the background task does. Whether there was anything to do.
async fn rounds(world: &World) -> bool {
    let mut was_due = false;
    while is_due(world.app.store.read(), world.now()).await.unwrap() {
        was_due = true;
        world.app.writer.write(OpenRounds, None).await.unwrap();
    }
    was_due
}

async fn set(world: &World, team: &Team, id: &str, body: Value) -> Value {
    world.put(&team.planner, &format!("/api/recurring/{id}"), body).await.ok()
}

async fn stop(world: &World, team: &Team, id: &str) -> Value {
    let path = format!("/api/recurring/{id}");
    let bearer = format!("Bearer {}", team.planner.key);
    world.ask("DELETE", &path, &[("authorization", &bearer)], &json!({})).await.ok()
}

async fn get(world: &World, team: &Team, id: &str) -> Value {
    world.get(&team.executor, &format!("/api/recurring/{id}")).await.ok()
}

/// Outcome and reason of each round, oldest first.
async fn history(world: &World, team: &Team, id: &str) -> Vec<(String, String)> {
    let one = get(world, team, id).await;
    let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let all = one["history"].as_array().cloned().unwrap_or_default();
    all.iter().rev().map(|it| (text(it, "outcome"), text(it, "detail"))).collect()
}

fn opened() -> (String, String) {
    ("opened".to_owned(), String::new())
}

fn skipped(why: &str) -> (String, String) {
    ("skipped".to_owned(), why.to_owned())
}

async fn finish(world: &World, team: &Team, id: &str) {
    for what in ["claim", "start", "submit"] {
        world.act(&team.executor, id, what, json!({ "summary": "done" })).await.ok();
    }
    world.judge(&team.reviewer, id, "approved", 4).await.ok();
}

async fn last_made(world: &World, team: &Team, id: &str) -> String {
    get(world, team, id).await["history"][0]["made"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_sub_task_comes_again_when_it_is_finished() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "Backup", "acceptance": "it restores", "priority": "high",
                        "recurring": { "every": "1h" } }, { "name": "other" }]);
    let id = world.plan(&team.planner, "Ops", plan.clone()).await.remove(0);
    let first = get(&world, &team, &id[..8]).await;
    assert_eq!(
        (&first["schedule"], &first["state"], &first["round"]),
        (&json!("every 1h"), &json!("active"), &json!(0))
    );
    assert_eq!(first["next_at"], json!(world.now() + Duration::from_secs(3_600)));
    world.advance(59);
    world.plan(&team.planner, "Ops", plan).await;
    assert!(!rounds(&world).await, "the same plan again sets nothing back");
    world.advance(1);
    assert!(rounds(&world).await);
    assert!(!rounds(&world).await);
    let why = "the one before it is not finished";
    assert_eq!(history(&world, &team, &id).await, [skipped(why)]);

    finish(&world, &team, &id).await;
    world.advance(60);
    rounds(&world).await;
    assert_eq!(history(&world, &team, &id).await, [skipped(why), opened()]);
    let made = last_made(&world, &team, &id).await;
    let row = world.sub_task(&made, &team.planner).await;
    assert_eq!(
        (&row["name"], &row["acceptance"], &row["priority"], &row["type"], &row["status"]),
        (
            &json!("Backup"),
            &json!("it restores"),
            &json!("high"),
            &json!("recurring"),
            &json!("pending")
        )
    );
    let told = world.get(&team.planner, &format!("/api/sub-tasks/{made}/history")).await.ok();
    assert_eq!(told[0]["detail"], json!(format!("round 2 of {}", &id[..8])));
    finish(&world, &team, &made).await;
    world.advance(60);
    rounds(&world).await;
    assert_ne!(last_made(&world, &team, &id).await, made);
}

#[tokio::test]
async fn after_a_downtime_it_catches_up_as_it_is_said() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "a" }, { "name": "b" }, { "name": "c" }, { "name": "d" }]);
    let ids = world.plan(&team.planner, "Ops", plan).await;
    for (id, catch_up) in ids.iter().zip(["skip", "once", "all"]) {
        let body = json!({ "every": "10m", "catch_up": catch_up, "overlap": "allow" });
        set(&world, &team, id, body).await;
    }
    world.advance(58);
    assert!(rounds(&world).await);
    let missed = "no server ran when it was due";
    assert_eq!(history(&world, &team, &ids[0]).await, [skipped(missed)]);
    assert_eq!(history(&world, &team, &ids[1]).await, [opened()]);
    assert_eq!(history(&world, &team, &ids[2]).await, vec![opened(); 5]);
    for id in &ids[..3] {
        let next = get(&world, &team, id).await["next_at"].clone();
        assert_eq!(next, json!(world.now() + Duration::from_secs(120)));
    }
    // A year later each is as far.
    world.advance(60 * 24 * 366);
    set(&world, &team, &ids[2], json!({ "every": "10m", "overlap": "allow" })).await;
    assert!(rounds(&world).await);
    assert_eq!(history(&world, &team, &ids[1]).await.len(), 2);
}

#[tokio::test]
async fn a_task_comes_again_whole() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!({
        "task": { "name": "Weekly", "draft": true, "patrol": { "stuck_minutes": 15 },
                  "recurring": { "cron": "0 9 * * 1", "zone": "Europe/Berlin" } },
        "modules": [{ "name": "M", "sub_tasks": [{ "name": "one", "lease": "2h" }] }],
        "sub_tasks": [{ "name": "two", "depends_on": ["one"] }, { "name": "gone" }],
    });
    let made = world.post(&team.planner, "/api/plans", plan).await.ok();
    let task = made["task"]["id"].as_str().unwrap().to_owned();
    let gone = made["sub_tasks"][2]["id"].as_str().unwrap();
    world.act(&team.planner, gone, "cancel", json!({})).await.ok();
    let next: Timestamp =
        get(&world, &team, &task).await["next_at"].as_str().unwrap().parse().unwrap();
    let wait = (next.micros() - world.now().micros()) / 60_000_000;
    world.advance(u64::try_from(wait).unwrap() + 1);
    assert!(rounds(&world).await);
    let copy = last_made(&world, &team, &task).await;
    let row = world.get(&team.planner, &format!("/api/tasks/{copy}")).await.ok();
    assert_eq!((&row["name"], &row["status"]), (&json!("Weekly"), &json!("active")));
    let list = world.get(&team.planner, &format!("/api/sub-tasks?task_id={copy}")).await.ok();
    let items = list["items"].as_array().unwrap();
    let of = |name: &str| items.iter().find(|it| it["name"] == name).unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!((&of("one")["lease"], &of("two")["open_dependencies"]), (&json!("2h"), &json!(1)));
    assert_ne!(of("one")["module_id"], Value::Null);
    let one = of("one")["id"].as_str().unwrap().to_owned();
    finish(&world, &team, &one).await;
    let two = of("two")["id"].as_str().unwrap().to_owned();
    finish(&world, &team, &two).await;
    assert!(world.wakes(&team.planner).await, "the copy is all done");
}

#[tokio::test]
async fn it_ends_when_it_is_to() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "a" }, { "name": "b" }, { "name": "c" }]);
    let ids = world.plan(&team.planner, "Ops", plan).await;
    let with = |more: Value| {
        let mut body = json!({ "every": "10m", "overlap": "allow" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    set(&world, &team, &ids[0], with(json!({ "rounds": 2 }))).await;
    let until = world.now() + Duration::from_secs(15 * 60);
    set(&world, &team, &ids[1], with(json!({ "until": until }))).await;
    set(&world, &team, &ids[2], with(json!({}))).await;
    for _ in 0..5 {
        world.advance(10);
        rounds(&world).await;
    }
    let of = async |at: usize| {
        let it = get(&world, &team, &ids[at]).await;
        (it["round"].as_i64().unwrap(), it["ended_because"].clone())
    };
    assert_eq!(of(0).await, (2, json!("all of its rounds are over")));
    assert_eq!(of(1).await, (1, json!("its time is over")));
    assert_eq!(of(2).await, (5, Value::Null));
    let stopped = stop(&world, &team, &ids[2]).await;
    assert_eq!(stopped["state"], "ended");
    world.advance(10);
    assert!(!rounds(&world).await);
    // And with its task.
    set(&world, &team, &ids[2], with(json!({}))).await;
    let task = world.sub_task(&ids[0], &team.planner).await["task_id"].as_str().unwrap().to_owned();
    world.post(&team.planner, &format!("/api/tasks/{task}/cancel"), json!({})).await.ok();
    world.advance(10);
    assert!(rounds(&world).await);
    assert_eq!(of(2).await.1, json!("its task is cancelled"));
    let path = format!("/api/recurring/{}", ids[2]);
    world.put(&team.planner, &path, with(json!({}))).await.refused(409, "task_not_open");
}

#[tokio::test]
async fn what_is_all_done_and_comes_again_wakes_no_planner() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    set(&world, &team, &id, json!({ "every": "1d" })).await;
    finish(&world, &team, &id).await;
    assert!(!world.wakes(&team.planner).await);
    stop(&world, &team, &id).await;
    assert!(world.wakes(&team.planner).await);
}

#[tokio::test]
async fn what_never_comes_is_refused() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let path = format!("/api/recurring/{id}");
    for (body, field) in [
        (json!({}), "recurring: says one of every and cron"),
        (json!({ "every": "1h", "cron": "* * * * *" }), "recurring: says one of every and cron"),
        (json!({ "every": "1h", "zone": "UTC" }), "zone: goes with cron"),
        (json!({ "cron": "0 0 30 2 *" }), "cron: never comes"),
        (json!({ "cron": "0 9 * * *", "zone": "Mars/Base" }), "zone: is no time zone"),
        (json!({ "cron": "often" }), "cron: has five fields"),
        (json!({ "every": "1h", "until": "2020-01-01T00:00:00Z" }), "until: is in the past"),
        (
            json!({ "every": "1h", "until": world.now() + Duration::from_secs(60) }),
            "until: never comes",
        ),
    ] {
        let answer = world.put(&team.planner, &path, body.clone()).await;
        answer.refused(400, "bad_value");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(field), "{body}: {detail}");
    }
    for bad in [json!({ "every": "1s" }), json!({ "every": "1d", "rounds": 0 }), json!({ "x": 1 })]
    {
        world.put(&team.planner, &path, bad).await.refused(422, "invalid");
    }
    let body = || json!({ "every": "1h" });
    world.put(&team.executor, &path, body()).await.refused(403, "wrong_role");
    let nothing = "/api/recurring/ffffffff-0000-4000-8000-000000000000";
    world.put(&team.planner, nothing, body()).await.refused(404, "not_found");
    world.get(&team.planner, &path).await.refused(404, "not_found");
}
