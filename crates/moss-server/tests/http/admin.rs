//! The person in charge: an agent that is removed, scores, numbers by day. What each route answers is in
//! the contract's tests.

use moss_server::store::verify;
use serde_json::{Value, json};

use crate::harness::{Agent, Answer, World};

async fn ask(world: &World, method: &str, path: &str, body: Value) -> Answer {
    let session = world.admin().await;
    world.ask(method, path, &[("x-admin-token", &session)], &body).await
}

#[tokio::test]
async fn a_removed_agent_leaves_its_work_to_others_and_its_history_where_it_is() {
    let world = World::new().await;
    let team = world.team().await;
    let judged = world.handed_in(&team).await;
    world.judge(&team.reviewer, &judged, "approved", 5).await.ok();
    let held = world.plan(&team.planner, "More", json!([{ "name": "more" }])).await.remove(0);
    world.act(&team.executor, &held, "claim", json!({})).await.ok();
    world.act(&team.executor, &held, "start", json!({})).await.ok();

    let path = format!("/api/admin/agents/{}", team.executor.id);
    let wrong = ask(&world, "DELETE", &path, json!({ "confirm_name": "AI-wu" })).await;
    wrong.refused(400, "bad_value");
    let removed = ask(&world, "DELETE", &path, json!({ "confirm_name": "AI-Wu" })).await.ok();
    let id = &team.executor.id[..8];
    let after = format!("AI-Wu (removed {id})");
    assert_eq!(
        removed["message"],
        format!("removed: its key ends, its name is free, what it did stands under \"{after}\"")
    );
    assert_eq!((&removed["reward_count"], &removed["sub_task_count"]), (&json!(1), &json!(1)));

    world.get(&team.executor, "/api/agents/me").await.refused(401, "unknown_key");
    let row = world.sub_task(&held, &team.planner).await;
    assert_eq!((&row["status"], &row["assigned_agent"]), (&json!("pending"), &Value::Null));
    assert_eq!(world.sub_task(&judged, &team.planner).await["assigned_agent"], team.executor.id);
    let logs = ask(&world, "GET", "/api/admin/scores/logs", Value::Null).await.ok();
    assert_eq!(logs["items"][0]["agent_name"], json!(after));
    let board = world.get(&team.planner, "/api/scores/leaderboard").await.ok();
    let names: Vec<_> = board.as_array().unwrap().iter().map(|row| &row["agent_name"]).collect();
    assert_eq!(names.len(), 4);
    assert!(!names.contains(&&json!(after)), "{names:?}");
    // Who comes with the same name is another agent.
    let again = world.agent("executor", "AI-Wu").await;
    assert_ne!(again.id, team.executor.id);
    let verified = verify(&world.database).await.unwrap();
    assert!(verified.findings.is_empty(), "{:?}", verified.findings);
}

#[tokio::test]
async fn a_new_role_counts_at_once_and_what_was_held_goes_to_others() {
    let world = World::new().await;
    let team = world.team().await;
    let held = world.one(&team.planner).await;
    world.act(&team.executor, &held, "claim", json!({})).await.ok();
    let path = format!("/api/admin/agents/{}", team.executor.id);
    ask(&world, "PUT", &path, json!({ "role": "reviewer" })).await.ok();
    assert_eq!(world.status(&held, &team.planner).await, "pending");
    world.act(&team.executor, &held, "claim", json!({})).await.refused(403, "wrong_role");
    let history = world.get(&team.planner, &format!("/api/sub-tasks/{held}/history")).await.ok();
    let last = history.as_array().unwrap().last().unwrap();
    assert_eq!(last["detail"], "\"AI-Wu\" became a reviewer");
}

#[tokio::test]
async fn the_feed_shows_who_did_what_and_nothing_that_was_said() {
    let world = World::with(|config| config.webui.public_feed = true).await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    world.get(&team.executor, "/api/logs?limit=7").await.ok();
    world.write_request_log().await;
    let logs = world.ask("GET", "/api/feed/logs?limit=200", &[], &Value::Null).await;
    let text = logs.text.clone();
    let logs = logs.ok();
    let paths: Vec<_> = logs.as_array().unwrap().iter().map(|row| &row["path"]).collect();
    assert_eq!(paths[0], "/api/logs");
    assert!(paths.contains(&&json!(format!("/api/sub-tasks/{id}/submit"))), "{paths:?}");
    assert!(logs.as_array().unwrap().iter().all(|row| row["request_body"].is_null()));
    assert!(!text.contains("limit"), "{text}");
    let agents = world.ask("GET", "/api/feed/agent-summary", &[], &Value::Null).await.ok();
    let wu = agents.as_array().unwrap().iter().find(|row| row["name"] == "AI-Wu").unwrap();
    assert_eq!((&wu["today_submit_count"], &wu["current_sub_task"]), (&json!(1), &Value::Null));
    let recent = wu["recent_actions"].as_array().unwrap();
    assert!(recent.len() <= 5 && recent[0]["path"] == "/api/logs", "{recent:?}");
    let later = world.ask("GET", "/api/feed/logs?after=2026-11-21T00:00:00Z", &[], &Value::Null);
    assert_eq!(later.await.ok(), json!([]));
}

#[tokio::test]
async fn days_begin_at_midnight_where_one_lives() {
    let world = World::new().await;
    let team = world.team().await;
    // 2026-11-20 09:00 UTC; at 23:30 UTC it is the next day in Shanghai.
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "rejected", 1).await.ok();
    world.advance(14 * 60 + 30);
    let path = |zone: &str| format!("/api/admin/dashboard/trends?days=2&zone={zone}");
    let here = ask(&world, "GET", &path("UTC"), Value::Null).await.ok();
    assert_eq!(
        here["score_delta_trend"],
        json!([
            { "date": "2026-11-19", "positive_score_delta": 0, "negative_score_delta": 0,
              "net_score_delta": 0 },
            { "date": "2026-11-20", "positive_score_delta": 0, "negative_score_delta": -5,
              "net_score_delta": -5 },
        ])
    );
    let there = ask(&world, "GET", &path("Asia/Shanghai"), Value::Null).await.ok();
    assert_eq!(
        there["sub_task_created_trend"],
        json!([{ "date": "2026-11-20", "count": 1 }, { "date": "2026-11-21", "count": 0 }])
    );
    let today = "/api/admin/dashboard/overview?zone=Asia/Shanghai";
    let overview = ask(&world, "GET", today, Value::Null).await.ok();
    assert_eq!(overview["secondary_cards"]["today_review_count"], 0);
    assert_eq!(overview["distributions"]["review_result_distribution_7d"]["rejected"], 1);
}

#[tokio::test]
async fn of_two_who_change_a_prompt_the_second_is_told() {
    let world = World::new().await;
    world.app.writer.write(moss_server::domain::prompts::Seed, None).await.unwrap();
    let path = "/api/admin/prompts/templates/executor";
    let change = |text: &str| json!({ "content": text, "version": 1 });
    ask(&world, "PUT", path, change("one")).await.ok();
    ask(&world, "PUT", path, change("two")).await.refused(409, "stale_attempt");
    assert_eq!(ask(&world, "GET", path, Value::Null).await.ok()["content"], "one");
    let version = "/api/admin/prompts/version/executor?number=2&against=0";
    let version = ask(&world, "GET", version, Value::Null).await.ok();
    assert_eq!(
        version["diff"],
        "--- version 0\n+++ version 2\n@@ -0,0 +1,7 @@\n+---\n+name: \"executor\"\n+role: executor\n\
         +description: \"\"\n+---\n+\n+one\n\\ No newline at end of file\n"
    );
}

#[tokio::test]
async fn one_command_gets_an_agent_onto_a_host_once() {
    let world = World::new().await;
    let team = world.team().await;
    let path = format!("/api/admin/agents/{}/bootstrap", team.executor.id);
    let made = ask(&world, "POST", &path, json!({})).await.ok();
    let command = made["command"].as_str().unwrap();
    let token = command.split("printf %s ").nth(1).unwrap().split(' ').next().unwrap();
    let url = world.app.url();
    assert_eq!(
        command,
        format!(
            "curl -fsSL {url}/install.sh | sh && export PATH=\"$HOME/.local/bin:$PATH\" && printf %s \
             {token} | moss register --server {url} --role executor --name AI-Wu --token-stdin && \
             moss onboard openclaw --run"
        )
    );
    let register = async |name: &str, role: &str| {
        let body = json!({ "name": name, "role": role });
        let token = [("x-registration-token", token)];
        world.ask("POST", "/api/agents/register", &token, &body).await
    };
    register("AI-Other", "executor").await.refused(403, "invite_wrong_role");
    register("AI-Wu", "reviewer").await.refused(403, "invite_wrong_role");
    let again = register("AI-Wu", "executor").await.ok();
    assert_eq!(again["id"], team.executor.id);
    world.get(&team.executor, "/api/agents/me").await.refused(401, "unknown_key");
    let now = Agent { key: again["api_key"].as_str().unwrap().to_owned(), ..team.executor };
    assert_eq!(world.get(&now, "/api/agents/me").await.ok()["name"], "AI-Wu");
    register("AI-Wu", "executor").await.refused(403, "invite_used_up");
}

#[tokio::test]
async fn prompts_and_rules_go_out_as_files_and_come_back_as_versions() {
    use moss_server::domain::prompts::{Import, Imported, TextFile, export};
    let world = World::new().await;
    world.app.writer.write(moss_server::domain::prompts::Seed, None).await.unwrap();
    let body = json!({
        "slug": "wu", "name": "AI-Wu", "role": "executor", "description": "of \"words\"",
        "content": "# Wu\n",
    });
    let made = ask(&world, "POST", "/api/admin/prompts/agents", body).await;
    assert_eq!(made.status, 201);
    let rule = json!({ "scope": "global", "content": "Be kind.\n" });
    ask(&world, "POST", "/api/rules", rule).await.ok();

    let mut files = export(world.app.store.read()).await.unwrap();
    let paths: Vec<_> = files.iter().map(|file| &*file.path).collect();
    assert_eq!(
        paths,
        [
            "templates/executor.md",
            "templates/patrol.md",
            "templates/planner.md",
            "templates/reviewer.md",
            "agents/executor-wu.md",
            "rules/global.md"
        ]
    );
    assert_eq!(
        files[4].text,
        "---\nname: \"AI-Wu\"\nrole: executor\ndescription: \"of \\\"words\\\"\"\n---\n\n# Wu\n"
    );
    let import = async |files: &[TextFile]| {
        let import = Import { files: files.to_vec() };
        let answer = world.app.writer.write(import, None).await.unwrap();
        serde_json::from_str::<Value>(&answer.body).unwrap()
    };
    assert_eq!(import(&files).await, json!({ "made": 0, "changed": 0, "same": 6 }));
    files[4].text = files[4].text.replace("# Wu", "# Wu is quick");
    files[5].text = "Be kind and brief.\n".to_owned();
    let new = "---\nname: AI-Li\nrole: reviewer\n---\nRead twice.\n";
    files.push(TextFile { path: "agents/reviewer-li.md".to_owned(), text: new.to_owned() });
    assert_eq!(import(&files).await, json!({ "made": 1, "changed": 2, "same": 4 }));
    assert_eq!(Imported::default(), Imported { made: 0, changed: 0, same: 0 });
    let wu = ask(&world, "GET", "/api/admin/prompts/agents/executor-wu", Value::Null).await.ok();
    assert_eq!((&wu["content"], &wu["version"]), (&json!("# Wu is quick\n"), &json!(2)));

    // One that cannot be undoes all of them.
    files[4].text = files[4].text.replace("quick", "slow");
    for (path, text) in [
        ("agents/executor-li.md", new),
        ("agents/li.md", "no role"),
        ("templates/boss.md", ""),
        ("rules/nowhere.md", ""),
        ("else/where.md", ""),
        ("agents/executor-x.md", "---\nrole: [\n---\n"),
    ] {
        let bad = TextFile { path: path.to_owned(), text: text.to_owned() };
        let import = Import { files: [&files[..], &[bad]].concat() };
        let answer = world.app.writer.write(import, None).await.unwrap();
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
    }
    let wu = ask(&world, "GET", "/api/admin/prompts/agents/executor-wu", Value::Null).await.ok();
    assert_eq!(wu["version"], 2);
}

#[tokio::test]
async fn metrics_are_for_those_who_run_the_server() {
    use axum::body::Body;
    use axum::http::Request;
    let world = World::with(|config| config.server.metrics_token = "a-long-token".to_owned()).await;
    let team = world.team().await;
    world.handed_in(&team).await;
    let ask = async |address: &str, name: &str, value: &str| {
        let request = Request::get("/metrics").header(name, value).body(Body::empty()).unwrap();
        world.send(World::from(address, request)).await
    };
    let text = ask("127.0.0.1", "accept", "*/*").await.text;
    for line in [
        "moss_unwell 0\n",
        "moss_sub_tasks{status=\"review\"} 1\n",
        "moss_agents{status=\"active\"} 5\n",
        "moss_deliveries_dead 0\n",
        "# TYPE moss_answer_seconds histogram\n",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let count = |text: &str| {
        text.split("moss_answers_total{status=\"200\"} ")
            .nth(1)
            .map(|rest| rest.lines().next().unwrap().parse::<u64>().unwrap())
    };
    let again = ask("::1", "accept", "*/*").await.text;
    assert_eq!(count(&again), count(&text).map(|before| before + 1));
    // A proxy on the machine asks for somebody elsewhere.
    ask("127.0.0.1", "x-forwarded-for", "203.0.113.9").await.refused(403, "not_for_strangers");
    ask("203.0.113.9", "accept", "*/*").await.refused(403, "not_for_strangers");
    ask("203.0.113.9", "authorization", "Bearer another").await.refused(403, "not_for_strangers");
    assert_eq!(ask("203.0.113.9", "authorization", "Bearer a-long-token").await.status, 200);
}

#[tokio::test]
async fn the_request_log_has_an_end_however_new_it_is() {
    use moss_server::domain::retention::Purge;
    let world = World::new().await;
    let team = world.team().await;
    for _ in 0..10 {
        world.get(&team.planner, "/api/tasks").await.ok();
    }
    world.write_request_log().await;
    let count = async || {
        let path = format!("/api/admin/agents/{}/request-logs", team.planner.id);
        ask(&world, "GET", &path, Value::Null).await.ok()["total"].as_i64().unwrap()
    };
    assert_eq!(count().await, 10);
    let request_log = std::time::Duration::from_secs(60);
    for (most_requests, left) in [(10, 10), (4, 4), (4, 4), (0, 0)] {
        let purge = Purge { request_log, most_requests };
        world.app.writer.write(purge, None).await.unwrap();
        assert_eq!(count().await, left);
    }
}
