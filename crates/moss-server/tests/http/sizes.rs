//! No answer is larger than a client reads, and no row is out of reach because of that.

use moss_api::{MAX_ANSWER_BYTES, MAX_TEXT_BYTES, NEXT_OFFSET_HEADER};
use serde_json::{Value, json};

use crate::harness::{Agent, Answer, World};

/// Takes twice its length as JSON.
fn longest() -> String {
    "\"".repeat(MAX_TEXT_BYTES)
}

#[track_caller]
fn fits(answer: &Answer) -> Value {
    assert!(answer.text.len() <= MAX_ANSWER_BYTES, "{} bytes", answer.text.len());
    answer.ok()
}

/// Ids in order, by going on with what each answer says, from this page.
async fn ids(world: &World, agent: &Agent, path: &str, first: &str) -> (Vec<Value>, usize) {
    let (mut ids, mut answers) = (Vec::new(), 0);
    let mut query = first.to_owned();
    loop {
        let page = fits(&world.get(agent, &format!("{path}?{query}")).await);
        let items = page["items"].as_array().unwrap();
        assert!(!items.is_empty());
        ids.extend(items.iter().map(|item| item["id"].clone()));
        answers += 1;
        if page["has_more"] == false {
            return (ids, answers);
        }
        let (number, size) = (page["page"].as_i64().unwrap(), &page["page_size"]);
        query = format!("page={}&page_size={size}", number + 1);
    }
}

#[tokio::test]
async fn sixty_sub_tasks_at_the_limit_of_their_texts_can_be_listed() {
    let world = World::new().await;
    let team = world.team().await;
    let task = json!({ "name": "Long", "description": longest() });
    let task = world.post(&team.planner, "/api/tasks", task).await.id();
    let mut made = Vec::new();
    for number in 0..60 {
        let text = longest();
        let body = json!({
            "task_id": task, "name": format!("S{number}"), "description": text,
            "deliverable": text, "acceptance": text,
        });
        made.push(Value::from(world.post(&team.planner, "/api/sub-tasks", body).await.id()));
    }
    made.reverse();
    for first in ["page_size=0", "", "page_size=50", "page_size=100", "page_size=7"] {
        let (seen, answers) = ids(&world, &team.executor, "/api/sub-tasks", first).await;
        assert_eq!(seen, made, "{first}");
        assert!(answers < 20, "{answers} answers for {first}");
    }
    // Where it is cut in the middle of a list, it stays where it was.
    let page = world.get(&team.executor, "/api/sub-tasks?page=2&page_size=20").await;
    let page = fits(&page);
    assert_eq!(page["items"][0]["id"], made[20]);
    assert_eq!((&page["page"], &page["page_size"]), (&json!(3), &json!(10)));
    assert_eq!((&page["total"], &page["total_pages"]), (&json!(60), &json!(6)));
}

#[tokio::test]
async fn a_file_is_handed_in_once() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    let file = |path: &str| json!({ "path": path, "size": 1, "sha256": "0".repeat(64) });
    let twice = json!({ "artifacts": [file("/ws/a"), file("/ws/b"), file("/ws/a")] });
    let answer = world.act(&team.executor, &id, "submit", twice).await;
    answer.refused(400, "bad_value");
    let once = json!({ "artifacts": [file("/ws/a"), file("/ws/b")] });
    world.act(&team.executor, &id, "submit", once).await.ok();
}

/// Attempts with so many files that a few of them fill an answer.
#[tokio::test]
async fn attempts_come_in_parts_the_last_ones_first() {
    let world = World::with(|config| config.recovery.rework_rounds = 100).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let path = "\"".repeat(2_000);
    let files: Vec<_> = (0..200)
        .map(|n| json!({ "path": format!("{n}{path}"), "size": 1, "sha256": "0".repeat(64) }))
        .collect();
    for round in 0..8 {
        world.act(&team.executor, &id, "start", json!({})).await.ok();
        let mut files = files.clone();
        files[0]["sha256"] = json!(round.to_string().repeat(64));
        world.act(&team.executor, &id, "submit", json!({ "artifacts": files })).await.ok();
        world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    }
    let (mut numbers, mut parts, mut offset) = (Vec::new(), 0, String::from("0"));
    loop {
        let path = format!("/api/sub-tasks/{id}/attempts?offset={offset}");
        let answer = world.get(&team.reviewer, &path).await;
        let rows = fits(&answer);
        let part: Vec<_> =
            rows.as_array().unwrap().iter().map(|row| row["number"].clone()).collect();
        assert!(part.is_sorted_by_key(|number| number.as_i64()), "first to last");
        numbers.splice(0..0, part);
        parts += 1;
        let Some(next) = answer.headers.get(NEXT_OFFSET_HEADER) else { break };
        offset = next.to_str().unwrap().to_owned();
    }
    assert_eq!(numbers, (1..=8).map(Value::from).collect::<Vec<_>>());
    assert!((2..=4).contains(&parts), "{parts}");
    let packet = world.get(&team.executor, "/api/wake").await;
    fits(&packet);
}

#[tokio::test]
async fn lists_without_pages_fit_too_and_say_where_they_end() {
    let world = World::new().await;
    let team = world.team().await;
    let task = world.post(&team.planner, "/api/tasks", json!({ "name": "Parts" })).await.id();
    let modules = format!("/api/tasks/{task}/modules");
    for number in 0..40 {
        let body = json!({ "name": format!("M{number}"), "description": longest() });
        world.post(&team.planner, &modules, body).await.ok();
    }
    let first = world.get(&team.executor, &modules).await;
    let shown = fits(&first).as_array().unwrap().len();
    assert_eq!(first.headers[NEXT_OFFSET_HEADER], shown.to_string().as_str());
    let rest = world.get(&team.executor, &format!("{modules}?offset={shown}")).await;
    assert_eq!(fits(&rest).as_array().unwrap().len() + shown, 40);
    assert!(!rest.headers.contains_key(NEXT_OFFSET_HEADER));
    for _ in 0..300 {
        let body = json!({ "action": "coding", "summary": "\"".repeat(16 * 1024) });
        world.post(&team.executor, "/api/logs", body).await.ok();
    }
    let logs = world.get(&team.reviewer, "/api/logs?limit=500").await;
    fits(&logs);
    assert!(logs.headers.contains_key(NEXT_OFFSET_HEADER));
    // Whoever asks for a few knows that there are more.
    let few = world.get(&team.reviewer, "/api/logs?limit=2").await;
    assert_eq!(few.ok().as_array().unwrap().len(), 2);
    assert!(!few.headers.contains_key(NEXT_OFFSET_HEADER));
}
