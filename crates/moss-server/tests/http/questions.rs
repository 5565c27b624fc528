//! Questions: the planner answers, or a person; the answer wakes whoever asked, until it is read.

use serde_json::{Value, json};

use crate::harness::{Agent, Answer, World};

async fn admin(world: &World, method: &str, path: &str, body: Value) -> Answer {
    let session = world.admin().await;
    world.ask(method, path, &[("x-admin-token", session.as_str())], &body).await
}

async fn ask(world: &World, who: &Agent, about: &str, question: &str) -> Value {
    world.post(who, &format!("/api/{about}/ask"), json!({ "question": question })).await.ok()
}

fn id(question: &Value) -> String {
    question["id"].as_str().unwrap().to_owned()
}

async fn is_woken(world: &World, who: &Agent) -> bool {
    world.get(who, "/api/wake").await.ok()["work"] == true
}

#[tokio::test]
async fn the_planner_answers_and_whoever_asked_is_woken_until_the_answer_is_read() {
    let world = World::new().await;
    let team = world.team().await;
    let sub_task = world.plan(&team.planner, "Shop", json!([{ "name": "Prices" }])).await.remove(0);
    world.act(&team.other, &sub_task, "claim", json!({})).await.ok();
    let about = format!("sub-tasks/{}", &sub_task[..8]);
    assert!(!is_woken(&world, &team.planner).await && !is_woken(&world, &team.executor).await);

    let asked = ask(&world, &team.executor, &about, "Which currency?").await;
    assert_eq!((&asked["owner"], &asked["name"]), (&json!("planner"), &json!("Prices")));
    let packet = world.get(&team.planner, "/api/wake").await.ok();
    assert_eq!(
        (&packet["work"], &packet["leftovers"][0]["kind"]),
        (&json!(true), &json!("question"))
    );
    assert_eq!(packet["leftovers"][0]["text"], "Which currency?");
    assert!(!is_woken(&world, &team.executor).await, "there is no answer yet");
    assert_eq!(id(&ask(&world, &team.executor, &about, " Which currency? ").await), id(&asked));

    let path = format!("/api/leftovers/{}/answer", id(&asked));
    let euros = json!({ "answer": "Euros" });
    world.post(&team.reviewer, &path, euros.clone()).await.refused(403, "wrong_role");
    world.post(&team.planner, &path, euros).await.ok();
    let again = world.post(&team.planner, &path, json!({ "answer": "Yen" })).await.ok();
    assert_eq!(again["answer"], "Euros", "answered is answered");
    assert!(!is_woken(&world, &team.planner).await);
    let packet = world.get(&team.executor, "/api/wake").await.ok();
    assert_eq!(packet["work"], true);
    assert_eq!(packet["answers"][0]["answer"], "Euros");
    assert!(is_woken(&world, &team.executor).await, "it is not lost with one packet");
    let read = format!("/api/questions/{}/read", &id(&asked)[..8]);
    world.post(&team.other, &read, json!({})).await.refused(403, "not_holder");
    assert_eq!(world.post(&team.executor, &read, json!({})).await.ok()["answer"], "Euros");
    world.post(&team.executor, &read, json!({})).await.ok();
    assert!(!is_woken(&world, &team.executor).await);
    let mine = world.get(&team.executor, "/api/questions").await.ok();
    assert_eq!((&mine[0]["answer"], mine.as_array().unwrap().len()), (&json!("Euros"), 1));
}

#[tokio::test]
async fn a_timer_is_given_a_new_question_and_a_new_answer_at_once_and_again_later_and_later() {
    let world = World::new().await;
    let team = world.team().await;
    let sub_task = world.one(&team.planner).await;
    world.act(&team.other, &sub_task, "claim", json!({})).await.ok();
    let about = format!("sub-tasks/{sub_task}");
    assert_eq!(world.gate(&team.planner).await["work"], false);
    let first = ask(&world, &team.executor, &about, "one").await;
    assert_eq!(world.gate(&team.planner).await["work"], true);
    assert_eq!(world.gate(&team.planner).await["work"], false, "it was given it a moment ago");
    ask(&world, &team.executor, &about, "two").await;
    assert_eq!(world.gate(&team.planner).await["work"], true, "another one is news");
    assert_eq!(world.gate(&team.executor).await["work"], false);
    let path = format!("/api/leftovers/{}/answer", id(&first));
    world.post(&team.planner, &path, json!({ "answer": "1" })).await.ok();
    assert_eq!(world.gate(&team.executor).await["work"], true);
}

#[tokio::test]
async fn what_the_planner_asks_is_a_persons_to_answer_and_people_are_told() {
    let world = World::with(|config| config.notification.enabled = true).await;
    let team = world.team().await;
    let goal = json!({ "description": "A shop" });
    let goal = admin(&world, "POST", "/api/admin/goals", goal).await.ok();
    let goal = goal["id"].as_str().unwrap();
    let asked = ask(&world, &team.planner, &format!("tasks/{goal}"), "For \"whom\"?").await;
    assert_eq!((&asked["owner"], &asked["name"]), (&json!("person"), &json!("A shop")));
    let short = &id(&asked)[..8];
    let told = format!(
        "needs_human: task {} \"A shop\" has a question of planner \"Plan\" for a person: \
         \"For \\\"whom\\\"?\"; moss goal answer {short}",
        &goal[..8]
    );
    assert_eq!(world.notices().await, [told]);
    let path = format!("/api/leftovers/{short}/answer");
    let own = world.post(&team.planner, &path, json!({ "answer": "me" })).await;
    own.refused(403, "wrong_role");
    let waiting = admin(&world, "GET", "/api/admin/questions", Value::Null).await.ok();
    assert_eq!(waiting[0]["text"], "For \"whom\"?");
    let path = format!("/api/admin/questions/{short}/answer");
    admin(&world, "POST", &path, json!({ "answer": " " })).await.refused(400, "bad_value");
    admin(&world, "POST", &path, json!({ "answer": "For gardeners" })).await.ok();
    let waiting = admin(&world, "GET", "/api/admin/questions", Value::Null).await.ok();
    assert_eq!(waiting, json!([]));
    let packet = world.get(&team.planner, "/api/wake").await.ok();
    assert_eq!(packet["answers"][0]["answer"], "For gardeners");
    world.get(&team.planner, "/api/admin/questions").await.refused(422, "missing_credentials");
}

#[tokio::test]
async fn without_a_planner_a_person_answers_and_may_answer_what_is_the_planners_too() {
    let world = World::new().await;
    let team = world.team().await;
    let sub_task = world.one(&team.planner).await;
    let about = format!("sub-tasks/{sub_task}");
    let planners = ask(&world, &team.executor, &about, "one").await;
    world.set_status(&team.planner, moss_api::AgentStatus::Disabled).await;
    assert_eq!(ask(&world, &team.executor, &about, "two").await["owner"], "person");
    let path = format!("/api/admin/questions/{}/answer", id(&planners));
    admin(&world, "POST", &path, json!({ "answer": "yes" })).await.ok();
    let packet = world.get(&team.executor, "/api/wake").await.ok();
    assert_eq!(packet["answers"][0]["text"], "one");
}

#[tokio::test]
async fn questions_have_an_end_with_their_task_and_a_limit() {
    let world = World::new().await;
    let team = world.team().await;
    let sub_task = world.one(&team.planner).await;
    let task =
        world.sub_task(&sub_task, &team.planner).await["task_id"].as_str().unwrap().to_owned();
    let about = format!("sub-tasks/{sub_task}");
    for n in 0..20 {
        ask(&world, &team.executor, &about, &format!("{n} {}", "x".repeat(5_000))).await;
    }
    let path = format!("/api/{about}/ask");
    let one_more = world.post(&team.executor, &path, json!({ "question": "more" })).await;
    one_more.refused(400, "bad_value");
    let empty = world.post(&team.executor, &path, json!({ "question": " \n" })).await;
    empty.refused(400, "bad_value");
    let packet = world.get(&team.planner, "/api/wake").await.ok();
    assert_eq!(packet["leftovers"].as_array().unwrap().len(), 5);
    assert!(packet.to_string().len() < 16_000);
    world.post(&team.planner, &format!("/api/tasks/{task}/cancel"), json!({})).await.ok();
    assert!(!is_woken(&world, &team.planner).await && !is_woken(&world, &team.executor).await);
    let over = world.post(&team.executor, &path, json!({ "question": "still?" })).await;
    over.refused(409, "illegal_transition");
    let nowhere =
        world.post(&team.executor, "/api/tasks/ffffffff/ask", json!({ "question": "who?" })).await;
    nowhere.refused(404, "not_found");
}
