//! What a person does to many at once, in an agent's place, and takes along, by the pages.

use moss_api::AgentStatus;
use serde_json::{Value, json};

use crate::pages::{Browser, place, world};

#[tokio::test]
async fn a_person_judges_in_the_place_of_a_reviewer() {
    let world = world().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let (page, judge) = (format!("/sub-tasks/{id}"), format!("/sub-tasks/{id}/judge"));
    let mut browser = Browser::signed_in(&world).await;
    // A rejection says what is wrong; what was written is not lost.
    let reviewer = team.reviewer.id.as_str();
    let verdict =
        [("reviewer", reviewer), ("result", "rejected"), ("score", "2"), ("comment", "Nearly.")];
    let answer = browser.submit(&page, &judge, &verdict).await;
    assert_eq!(answer.status, 400, "{}", answer.text);
    assert!(answer.text.contains("value=\"Nearly.\""), "{}", answer.text);
    assert_eq!(world.status(&id, &team.reviewer).await, "review");
    let verdict =
        [("reviewer", reviewer), ("result", "rejected"), ("score", "2"), ("issues", "No crust.")];
    let answer = browser.submit(&page, &judge, &verdict).await;
    assert_eq!(place(&answer), format!("{page}?said=done"), "{}", answer.text);
    assert_eq!(world.status(&id, &team.executor).await, "rework");
    let shown = browser.page(&page).await;
    assert!(shown.contains("(admin)") && !shown.contains(&judge), "{shown}");
    let reviews = world.get(&team.reviewer, "/api/review-records").await.ok();
    assert_eq!(reviews["items"][0]["issues"], "No crust.");
    assert_eq!(reviews["items"][0]["reviewer_agent"], reviewer);
}

#[tokio::test]
async fn a_verdict_on_what_was_not_shown_is_none() {
    let world = world().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let (page, judge) = (format!("/sub-tasks/{id}"), format!("/sub-tasks/{id}/judge"));
    let mut browser = Browser::signed_in(&world).await;
    let hidden = crate::pages::hidden(&browser.page(&page).await, &judge);
    let mut form: Vec<(&str, &str)> =
        hidden.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    form.extend([
        ("reviewer", team.reviewer.name.as_str()),
        ("result", "approved"),
        ("score", "5"),
    ]);
    // Meanwhile it was rejected and handed in once more.
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    world.act(&team.executor, &id, "start", json!({ "session_id": "s2" })).await.ok();
    world.act(&team.executor, &id, "submit", json!({ "summary": "again" })).await.ok();
    let answer = browser.send(&judge, &form).await;
    assert_eq!(answer.status, 409, "{}", answer.text);
    assert_eq!(world.status(&id, &team.executor).await, "review");
    // And nobody judges in the place of whoever is let in no more.
    world.set_status(&team.reviewer, AgentStatus::Disabled).await;
    let shown = browser.page(&page).await;
    assert!(shown.contains("There is no reviewer") && !shown.contains(&judge), "{shown}");
}

#[tokio::test]
async fn everything_a_filter_finds_is_moved_at_once() {
    let world = world().await;
    let team = world.team().await;
    let parts: Vec<Value> = (0..130).map(|n| json!({ "name": format!("Loaf {n}") })).collect();
    let ids = world.plan(&team.planner, "Bread", json!(parts)).await;
    // One is done with, so it cannot be moved.
    world.act(&team.planner, &ids[7], "cancel", json!({})).await.ok();
    let mut browser = Browser::signed_in(&world).await;
    assert!(!browser.page("/sub-tasks").await.contains("/sub-tasks/bulk"), "only what is filtered");
    let list = "/sub-tasks?q=loaf";
    let fields = [("act", "reassign"), ("agent_id", team.executor.name.as_str())];
    let answer = browser.submit(list, "/sub-tasks/bulk", &fields).await;
    assert!(answer.text.contains("129 done."), "{}", answer.text);
    assert!(answer.text.contains("1 not done") && answer.text.contains(&ids[7]), "{}", answer.text);
    assert!(!answer.text.contains("&quot;cannot"), "a refusal is a sentence: {}", answer.text);
    for id in [&ids[0], &ids[129]] {
        assert_eq!(world.status(id, &team.executor).await, "assigned");
    }
    let assigned = "/sub-tasks?q=loaf&status=assigned";
    let answer = browser.submit(assigned, "/sub-tasks/bulk", &[("act", "cancel")]).await;
    assert!(answer.text.contains("129 done."), "{}", answer.text);
    assert_eq!(world.status(&ids[129], &team.executor).await, "cancelled");
    // A form without a filter moves nothing.
    let mut form = crate::pages::hidden(&browser.page(list).await, "/sub-tasks/bulk");
    form.retain(|(name, _)| name != "filter");
    form.extend([("filter".into(), "page=1".into()), ("act".into(), "cancel".into())]);
    let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = browser.send("/sub-tasks/bulk", &form).await;
    assert!(answer.text.contains("0 done."), "{}", answer.text);
}

#[tokio::test]
async fn a_list_is_taken_along_with_its_filters() {
    let world = world().await;
    let team = world.team().await;
    for (n, text) in
        ["=cmd|' /C calc'!A0", "面包, \"rye\"", "x"].into_iter().cycle().take(120).enumerate()
    {
        let log = json!({ "action": "coding", "summary": format!("{text}{}", if n < 3 { "" } else { " more" }) });
        world.post(&team.executor, "/api/logs", log).await.ok();
    }
    let browser = Browser::signed_in(&world).await;
    let answer = browser.get("/logs?format=csv&q=rye").await;
    assert_eq!(answer.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(answer.headers["content-disposition"], "attachment; filename=\"moss-logs.csv\"");
    assert_eq!(answer.text.lines().count(), 41, "{}", answer.text);
    assert!(answer.text.starts_with("\u{feff}acted_by,action,agent_id,"), "{}", answer.text);
    assert!(answer.text.contains(",\"面包, \"\"rye\"\"\"\n"), "{}", answer.text);
    let all = browser.get("/logs?format=json").await.json();
    assert_eq!(all.as_array().unwrap().len(), 120);
    let csv = browser.get("/logs?format=csv").await.text;
    assert!(csv.contains("'=cmd|") && !csv.contains(",=cmd|"), "no formula: {csv}");
    for list in ["/sub-tasks", "/reviews", "/scores"] {
        assert_eq!(browser.get(&format!("{list}?format=json")).await.json(), json!([]), "{list}");
    }
    let answer = browser.get("/sub-tasks?format=csv&task=nothing").await;
    assert_eq!(answer.status, 404, "{}", answer.text);
}

#[tokio::test]
async fn long_rows_are_all_taken_along_and_all_moved() {
    let world = world().await;
    let team = world.team().await;
    let long = "é".repeat(30_000);
    let parts: Vec<Value> =
        (0..90).map(|n| json!({ "name": format!("Loaf {n}"), "description": long })).collect();
    for (n, part) in parts.chunks(10).enumerate() {
        world.plan(&team.planner, &format!("Bread {n}"), json!(part)).await;
    }
    let mut browser = Browser::signed_in(&world).await;
    let all = browser.get("/sub-tasks?format=json").await.json();
    assert_eq!(all.as_array().unwrap().len(), 90);
    let answer = browser.submit("/sub-tasks?q=loaf", "/sub-tasks/bulk", &[("act", "cancel")]).await;
    assert!(answer.text.contains("90 done."), "{}", answer.text.len());
}

#[tokio::test]
async fn an_agent_is_late_by_its_own_timer() {
    let world = world().await;
    let team = world.team().await;
    let browser = Browser::signed_in(&world).await;
    for (agent, every) in [(&team.executor, 300), (&team.planner, 7_200)] {
        let host =
            json!({ "kind": "cron", "moss": "0.1.0", "skill": "0f", "every_seconds": every });
        world.put(agent, "/api/agents/me/host", host).await.ok();
    }
    world.write_request_log().await;
    let health = async |agent: &str, says: &str| {
        let page = browser.page(&format!("/agents/{agent}")).await;
        assert!(page.contains(says), "{says}: {page}");
    };
    health(&team.executor.id, "on time").await;
    world.advance(15);
    health(&team.executor.id, "late").await;
    health(&team.planner.id, "on time").await;
    world.advance(60);
    health(&team.executor.id, "missing").await;
    health(&team.planner.id, "on time").await;
    let list = browser.page("/agents").await;
    assert!(list.contains("missing") && list.contains("on time"), "{list}");
    assert!(browser.page("/system").await.contains("0.1.0"));
}

#[tokio::test]
async fn all_other_sessions_are_ended_at_once() {
    let world = world().await;
    let other = Browser::signed_in(&world).await;
    let token = world.admin().await;
    let mut browser = Browser::signed_in(&world).await;
    let answer = browser.submit("/system", "/system/sessions", &[]).await;
    assert_eq!(place(&answer), "/system?said=done", "{}", answer.text);
    assert_eq!(other.get("/tasks").await.status, 303);
    let admin = [("x-admin-token", token.as_str())];
    world
        .ask("GET", "/api/admin/agents", &admin, &Value::Null)
        .await
        .refused(403, "bad_admin_session");
    let page = browser.page("/system").await;
    assert!(page.contains("this one") && !page.contains("End all others"), "{page}");
    let answer = browser.submit("/system", "/system/webhooks", &[]).await;
    assert!(answer.text.contains("There is no webhook."), "{}", answer.text);
}

#[tokio::test]
async fn a_task_stands_side_by_side_by_status() {
    let world = world().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    let task = world.sub_task(&id, &team.planner).await["task_id"].as_str().unwrap().to_owned();
    let browser = Browser::signed_in(&world).await;
    let list = browser.page(&format!("/tasks/{task}")).await;
    assert!(list.contains("?view=board") && !list.contains("class=\"board\""), "{list}");
    let board = browser.page(&format!("/tasks/{task}?view=board")).await;
    let (_, column) = board.split_once("class=\"board\"").unwrap();
    assert!(column.contains("status-review") && !column.contains("status-pending"), "{column}");
    assert!(column.contains(&team.executor.name), "{column}");
}
