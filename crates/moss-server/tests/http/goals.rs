//! A goal a person gives: it wakes the planner until it has a plan, and its progress can be seen.

use serde_json::{Value, json};

use crate::harness::World;

#[tokio::test]
async fn a_goal_wakes_the_planner_until_it_has_a_plan() {
    let world = World::new().await;
    let team = world.team().await;
    let session = world.admin().await;
    let as_admin = [("x-admin-token", session.as_str())];
    let ask = async |method: &str, path: &str, body: Value| {
        world.ask(method, path, &as_admin, &body).await
    };
    assert!(!world.wakes(&team.planner).await);
    let deadline = (world.now() + std::time::Duration::from_secs(7 * 86_400)).to_string();
    let goal = json!({ "description": "\n A shop for flowers\nBy mail.", "deadline": deadline });
    let given = ask("POST", "/api/admin/goals", goal).await.ok();
    assert_eq!(
        (&given["name"], &given["status"], &given["deadline"]),
        (&json!("A shop for flowers"), &json!("planning"), &json!(deadline))
    );
    let id = given["id"].as_str().unwrap().to_owned();
    let packet = world.gate(&team.planner).await;
    let task = &packet["tasks"][0];
    assert_eq!(
        (&packet["work"], &task["id"], &task["from_person"], &task["description"]),
        (&json!(true), &json!(id), &json!(true), &json!("\n A shop for flowers\nBy mail."))
    );
    for agent in [&team.executor, &team.reviewer, &team.patrol] {
        assert!(!world.wakes(agent).await);
    }
    // A draft that the planner made itself wakes nobody.
    world.post(&team.planner, "/api/tasks", json!({ "name": "Perhaps" })).await.ok();

    let plan = json!({ "task": { "key": id, "name": "Flower shop", "description": "other" },
                       "sub_tasks": [{ "name": "a" }, { "name": "b" }] });
    let made = world.post(&team.planner, "/api/plans", plan).await.ok();
    assert_eq!(made["task"]["id"], json!(id), "no second task of it");
    world.advance(60);
    assert!(!world.wakes(&team.planner).await);
    let ids: Vec<_> =
        made["sub_tasks"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
    for what in ["claim", "start", "submit"] {
        let id = ids[0].as_str().unwrap();
        world.act(&team.executor, id, what, json!({ "summary": "s" })).await.ok();
    }
    world.judge(&team.reviewer, ids[0].as_str().unwrap(), "approved", 4).await.ok();
    let b = ids[1].as_str().unwrap();
    world.act(&team.executor, b, "claim", json!({})).await.ok();
    let fail = json!({ "class": "unclear", "detail": "roses?" });
    world.act(&team.executor, b, "fail", fail).await.ok();
    let seen = ask("GET", &format!("/api/admin/goals/{}", &id[..8]), json!({})).await.ok();
    assert_eq!(
        (&seen["name"], &seen["done"], &seen["sub_tasks"], &seen["open"]),
        (&json!("A shop for flowers"), &json!(1), &json!(2), &json!(1))
    );
    assert_eq!(
        seen["blocked"],
        json!([{ "id": b, "name": "b", "reason": "unclear: roses?", "owner": "planner" }])
    );
    let list = ask("GET", "/api/admin/goals", json!({})).await.ok();
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &json!(id)));
}

#[tokio::test]
async fn only_the_person_in_charge_gives_goals_that_say_something() {
    let world = World::new().await;
    let team = world.team().await;
    let session = world.admin().await;
    let as_admin = [("x-admin-token", session.as_str())];
    let goal = || json!({ "description": "a" });
    world.post(&team.planner, "/api/admin/goals", goal()).await.refused(422, "missing_credentials");
    for (body, detail) in [
        (json!({ "description": " \n " }), "description: says nothing"),
        (
            json!({ "description": "a", "deadline": "2020-01-01T00:00:00Z" }),
            "deadline: is in the past",
        ),
    ] {
        let answer = world.ask("POST", "/api/admin/goals", &as_admin, &body).await;
        answer.refused(400, "bad_value");
        assert_eq!(answer.json()["detail"], detail);
    }
    let long = "x".repeat(500);
    let body = json!({ "description": long });
    let given = world.ask("POST", "/api/admin/goals", &as_admin, &body).await.ok();
    assert!(given["name"].as_str().unwrap().chars().count() <= 101);
    let task = world.post(&team.planner, "/api/tasks", json!({ "name": "T" })).await.id();
    for id in [task.as_str(), "ffffffff-0000-4000-8000-000000000000"] {
        let path = format!("/api/admin/goals/{id}");
        world.ask("GET", &path, &as_admin, &json!({})).await.refused(404, "not_found");
    }
}
