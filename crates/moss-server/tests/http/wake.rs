//! The packet: who am I, what is there to do, in which order.

use axum::body::Body;
use serde_json::json;

use crate::harness::World;

#[tokio::test]
async fn an_executor_sees_rejections_first() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([
        { "name": "assigned", "assign": "AI-Wu" }, { "name": "begun" }, { "name": "rejected" },
        { "name": "free", "priority": "high" },
    ]);
    let ids = world.plan(&team.planner, "Packet", plan).await;
    for id in &ids[1..3] {
        world.act(&team.executor, id, "claim", json!({})).await.ok();
        world.act(&team.executor, id, "start", json!({})).await.ok();
    }
    world.act(&team.executor, &ids[2], "submit", json!({ "summary": "try 1" })).await.ok();
    let since = world.get(&team.executor, "/api/wake").await.ok()["cursor"].clone();
    world.advance(1);
    world.judge(&team.reviewer, &ids[2], "rejected", 2).await.ok();
    let path = format!("/api/wake?since={}", since.as_str().unwrap());
    let packet = world.get(&team.executor, &path).await.ok();
    let seen: Vec<_> = packet["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["kind"].as_str().unwrap(), item["name"].as_str().unwrap()))
        .collect();
    assert_eq!(seen, [("rework", "rejected"), ("in_progress", "begun"), ("assigned", "assigned")]);
    assert_eq!((&packet["me"]["score"], &packet["me"]["score_change"]), (&json!(-5), &json!(-5)));
    assert_eq!(packet["items"][0]["rejection"]["issues"], "not good");
    assert_eq!(packet["items"][0]["delivered"]["summary"], "try 1");
    assert_eq!(packet["claimable"]["best_name"], "free");
    assert_eq!(packet["owed"][0]["name"], "rejected");
    world.advance(1);
    let body = json!({ "action": "reflection", "summary": "read twice", "sub_task_id": ids[2] });
    world.post(&team.executor, "/api/logs", body).await.ok();
    let packet = world.get(&team.executor, "/api/wake").await.ok();
    assert_eq!(
        (&packet["owed"], &packet["lessons"][0]["summary"]),
        (&json!([]), &json!("read twice"))
    );
}

#[tokio::test]
async fn nothing_to_do_is_said_for_every_role() {
    let world = World::new().await;
    let team = world.team().await;
    for agent in [&team.planner, &team.executor, &team.reviewer, &team.patrol] {
        let packet = world.get(agent, "/api/wake").await.ok();
        assert_eq!(packet["work"], false, "{}", agent.name);
        assert_eq!(packet["me"]["name"], agent.name.as_str());
    }
}

#[tokio::test]
async fn a_planner_reads_the_goal_that_is_not_broken_down_yet() {
    let world = World::new().await;
    let team = world.team().await;
    let long = "flowers ".repeat(50);
    for (name, goal) in [("Shop", "Sell flowers.\nBy mail."), ("Second", &long)] {
        let task = json!({ "task": { "name": name, "key": name, "description": goal } });
        world.post(&team.planner, "/api/plans", task).await.ok();
        world.advance(1);
    }
    let packet = world.get(&team.planner, "/api/wake").await.ok();
    let goals: Vec<_> = [0, 1].map(|at| packet["tasks"][at]["description"].clone()).into();
    assert_eq!(packet["work"], true);
    assert_eq!(goals[0], "Sell flowers.\nBy mail.");
    assert_eq!(goals[1], format!("{}…", &long[..160]), "of the others what one line says");
    world.plan(&team.planner, "Planned", json!([{ "name": "a" }])).await;
    let packet = world.get(&team.planner, "/api/wake").await.ok();
    assert_eq!(packet["tasks"].as_array().unwrap().len(), 2, "{packet}");
}

#[tokio::test]
async fn an_unchanged_packet_is_not_sent_again() {
    let world = World::new().await;
    let team = world.team().await;
    let first = world.get(&team.executor, "/api/wake").await;
    let etag = first.headers["etag"].to_str().unwrap().to_owned();
    world.clock.advance(std::time::Duration::from_secs(5));
    let ask = || {
        let key = &team.executor;
        let request = axum::http::Request::get("/api/wake")
            .header("x-agent-key", world_key(key))
            .header("if-none-match", &etag)
            .body(Body::empty())
            .unwrap();
        world.send(request)
    };
    assert_eq!(ask().await.status, 304);
    world.one(&team.planner).await;
    let changed = ask().await;
    assert_eq!(changed.status, 200);
    assert_eq!(changed.ok()["work"], true);
}

fn world_key(agent: &crate::harness::Agent) -> String {
    agent.key()
}

#[tokio::test]
async fn rules_are_sent_once_and_told_apart_by_version() {
    use moss_server::domain::rules::Create;
    use moss_server::domain::versions::Author;
    let world = World::new().await;
    let team = world.team().await;
    let rule = Create {
        scope: "global".to_owned(),
        content: "{{project_name}} in {{workspace_root}}".to_owned(),
        task: None,
        sub_task: None,
        author: Author::Admin,
    };
    world.app.writer.write(rule, None).await.unwrap();
    let packet = world.get(&team.executor, "/api/wake").await.ok();
    assert_eq!(packet["rules"]["content"], "news in /ws");
    let version = packet["rules"]["version"].as_str().unwrap();
    let packet = world.get(&team.executor, &format!("/api/wake?rules={version}")).await.ok();
    assert_eq!(packet["rules"]["content"], json!(null));
    let packet = world.get(&team.executor, "/api/wake?rules=none").await.ok();
    assert_eq!(packet["rules"], json!(null));
}

#[tokio::test]
async fn a_budget_is_kept_and_what_is_left_out_is_named() {
    let world = World::new().await;
    let team = world.team().await;
    let long = "word ".repeat(2_000);
    let plan: Vec<_> = (0..15)
        .map(|n| json!({ "name": format!("s{n}"), "description": long, "assign": "AI-Wu" }))
        .collect();
    world.plan(&team.planner, "Long", json!(plan)).await;
    let whole = world.get(&team.executor, "/api/wake").await;
    let cut = world.get(&team.executor, "/api/wake?max_tokens=1000").await;
    assert!((2_500..7_000).contains(&moss_api::tokens(&whole.text)), "the first alone is whole");
    assert!(moss_api::tokens(&cut.text) <= 2_200, "{}", moss_api::tokens(&cut.text));
    let (cut, whole) = (cut.ok(), whole.ok());
    assert_eq!(cut["items"][0]["name"], "s0");
    assert!(!cut["omitted"].as_array().unwrap().is_empty());
    let second = &whole["items"][1];
    assert_eq!((&whole["items"][0]["description"], &second["name"]), (&json!(long), &json!("s1")));
    assert_eq!(second["description"], json!(null), "what is not shown is not sent");
    // Whoever begins another one asks for that.
    let path = format!("/api/wake?first={}", second["id"].as_str().unwrap());
    let other = world.get(&team.executor, &path).await.ok();
    let names: Vec<_> = [0, 1, 2].map(|at| other["items"][at]["name"].clone()).into();
    assert_eq!(names, ["s1", "s0", "s2"]);
    assert_eq!(other["items"][0]["description"], json!(long));
}
