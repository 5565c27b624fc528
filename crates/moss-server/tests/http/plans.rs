//! Plans: whole or not at all, and twice is once.

use serde_json::{Value, json};

use crate::harness::World;

fn plan() -> Value {
    json!({
        "task": { "key": "shop", "name": "Shop", "description": "an order API" },
        "modules": [{ "name": "api", "sub_tasks": [
            { "key": "list", "name": "List orders", "acceptance": "pages by 20" },
        ]}],
        "sub_tasks": [
            { "key": "docs", "name": "Docs", "module": "api", "priority": "low",
              "depends_on": ["list"], "assignee": "AI-Wu" },
        ],
    })
}

fn changes(outcome: &Value) -> Vec<String> {
    let all = std::iter::once(&outcome["task"])
        .chain(outcome["modules"].as_array().unwrap())
        .chain(outcome["sub_tasks"].as_array().unwrap());
    all.map(|item| item["change"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn applied_twice_is_once() {
    let world = World::new().await;
    let team = world.team().await;
    let first = world.post(&team.planner, "/api/plans", plan()).await.ok();
    assert_eq!(changes(&first), ["created"; 4]);
    let second = world.post(&team.planner, "/api/plans", plan()).await.ok();
    assert_eq!(changes(&second), ["unchanged"; 4]);
    for kind in ["task", "sub_tasks"] {
        let ids = |o: &Value| o[kind].to_string().replace("created", "").replace("unchanged", "");
        assert_eq!(ids(&first), ids(&second));
    }
    assert_eq!(world.get(&team.planner, "/api/sub-tasks").await.ok()["total"], 2);
}

#[tokio::test]
async fn a_changed_plan_changes_what_nobody_has_begun() {
    let world = World::new().await;
    let team = world.team().await;
    world.post(&team.planner, "/api/plans", plan()).await.ok();
    let mut changed = plan();
    changed["modules"][0]["sub_tasks"][0]["acceptance"] = json!("pages by 50");
    changed["sub_tasks"].as_array_mut().unwrap().push(json!({ "name": "Extra" }));
    let outcome = world.post(&team.planner, "/api/plans", changed.clone()).await.ok();
    assert_eq!(changes(&outcome), ["unchanged", "unchanged", "updated", "unchanged", "created"]);
    let list = outcome["sub_tasks"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(world.sub_task(&list, &team.planner).await["acceptance"], "pages by 50");
    world.act(&team.other, &list, "claim", json!({})).await.ok();
    world.act(&team.other, &list, "start", json!({})).await.ok();
    changed["modules"][0]["sub_tasks"][0]["acceptance"] = json!("pages by 99");
    let outcome = world.post(&team.planner, "/api/plans", changed).await.ok();
    assert_eq!(outcome["sub_tasks"][0]["change"], "locked");
    assert_eq!(world.sub_task(&list, &team.planner).await["acceptance"], "pages by 50");
}

#[tokio::test]
async fn what_a_plan_leaves_out_stays() {
    let world = World::new().await;
    let team = world.team().await;
    let mut whole = plan();
    whole["sub_tasks"][0].as_object_mut().unwrap().remove("assignee");
    let first = world.post(&team.planner, "/api/plans", whole).await.ok();
    let [task, list, docs] = ["/task", "/sub_tasks/0", "/sub_tasks/1"]
        .map(|at| first.pointer(at).unwrap()["id"].as_str().unwrap().to_owned());
    let names_alone = json!({
        "task": { "key": "shop", "name": "Shop" },
        "modules": [{ "name": "api" }],
        "sub_tasks": [{ "key": "list", "name": "List orders" }, { "key": "docs", "name": "Docs" }],
    });
    let outcome = world.post(&team.planner, "/api/plans", names_alone.clone()).await.ok();
    assert_eq!(changes(&outcome), ["unchanged"; 4]);
    let goal = || async { world.get(&team.planner, &format!("/api/tasks/{task}")).await.ok() };
    assert_eq!(goal().await["description"], "an order API");
    assert_eq!(world.sub_task(&list, &team.planner).await["acceptance"], "pages by 20");
    let waits = world.sub_task(&docs, &team.planner).await;
    assert_eq!((&waits["depends_on"], &waits["priority"]), (&json!([list]), &json!("low")));
    assert_eq!(waits["module_id"], world.sub_task(&list, &team.planner).await["module_id"]);
    // What is there and empty is meant.
    let mut emptied = names_alone;
    emptied["task"]["description"] = json!("");
    emptied["sub_tasks"][1]["depends_on"] = json!([]);
    let outcome = world.post(&team.planner, "/api/plans", emptied).await.ok();
    assert_eq!(changes(&outcome), ["updated", "unchanged", "unchanged", "updated"]);
    assert_eq!(goal().await["description"], "");
    assert_eq!(world.sub_task(&docs, &team.planner).await["depends_on"], json!([]));
}

/// A person gives a goal, and a planner that remembers nothing writes the plan for it.
#[tokio::test]
async fn a_plan_finds_its_goal_by_name_or_id() {
    let world = World::new().await;
    let team = world.team().await;
    let apply = |task: Value, names: Value| {
        world.post(&team.planner, "/api/plans", json!({ "task": task, "sub_tasks": names }))
    };
    let tasks = || async { world.get(&team.planner, "/api/tasks").await.ok()["total"].clone() };
    let part = || json!([{ "name": "part" }]);
    let goal = apply(json!({ "name": "Blog", "description": "static" }), json!([])).await.ok();
    let planned = apply(json!({ "key": "blog-2026", "name": "Blog" }), part()).await.ok();
    assert_eq!(
        (&planned["task"]["id"], &planned["task"]["change"]),
        (&goal["task"]["id"], &json!("unchanged"))
    );
    // From now on it is known by that key; it is no goal any more.
    let again = apply(json!({ "key": "blog-2026", "name": "Blog" }), part()).await.ok();
    assert_eq!(
        again,
        json!({ "task": planned["task"], "modules": [], "sub_tasks": [
        { "key": "part", "id": planned["sub_tasks"][0]["id"], "name": "part", "change": "unchanged" }] })
    );
    assert_eq!(tasks().await, 1);
    // And still by its name: the goal's own file finds it, and so does a plan without a key.
    let sharpened = json!({ "name": "Blog", "description": "static, with RSS" });
    let again = apply(sharpened, json!([])).await.ok();
    assert_eq!(
        (&again["task"]["id"], &again["task"]["change"]),
        (&goal["task"]["id"], &json!("updated"))
    );
    let again = apply(json!({ "name": "Blog" }), part()).await.ok();
    assert_eq!(again["sub_tasks"][0]["id"], planned["sub_tasks"][0]["id"]);
    assert_eq!(tasks().await, 1);
    // Another key is another task; then the name alone says nothing.
    let other = apply(json!({ "key": "blog-2027", "name": "Blog" }), part()).await.ok();
    assert_eq!(other["task"]["change"], "created");
    apply(json!({ "name": "Blog" }), part()).await.refused(400, "bad_value");

    // One that was made without a plan: by its name, and by its id under another name.
    let made =
        |name: &'static str| world.post(&team.planner, "/api/tasks", json!({ "name": name }));
    let shop = made("Shop").await.id();
    let planned = apply(json!({ "name": "Shop" }), part()).await.ok();
    assert_eq!(
        (&planned["task"]["id"], &planned["task"]["change"]),
        (&json!(shop), &json!("updated"))
    );
    let farm = made("Farm").await.id();
    for key in [&farm[..8], &farm] {
        let planned = apply(json!({ "key": key, "name": "Big farm" }), part()).await.ok();
        assert_eq!(planned["task"]["id"], json!(farm), "{key}");
    }
    assert_eq!(tasks().await, 4);
    // What was planned without a key is not planned once more under one.
    let taken = apply(json!({ "key": "shop-1", "name": "Shop" }), part()).await;
    assert!(taken.text.contains(&shop[..8]), "{}", taken.text);
    taken.refused(400, "bad_value");
    // Nobody guesses.
    apply(json!({ "key": "00000000", "name": "Nothing" }), part()).await.refused(404, "not_found");
    for _ in 0..2 {
        made("Twin").await.ok();
    }
    let refused = apply(json!({ "name": "Twin" }), part()).await;
    assert!(refused.text.contains("is the name of a task that is there"), "{}", refused.text);
    refused.refused(400, "bad_value");
    assert_eq!(tasks().await, 6);
}

#[tokio::test]
async fn a_plan_is_whole_or_not_at_all() {
    let world = World::new().await;
    let team = world.team().await;
    let mut bad = plan();
    bad["sub_tasks"][0]["assignee"] = json!("Nobody");
    world.post(&team.planner, "/api/plans", bad).await.refused(404, "not_found");
    for (path, value) in [
        ("/sub_tasks/0/key", json!("list")),
        ("/sub_tasks/0/module", json!("web")),
        ("/sub_tasks/0/depends_on/0", json!("nothing")),
        ("/sub_tasks/0/priority", json!("someday")),
        ("/sub_tasks/0/name", json!("")),
        ("/sub_tasks/0/name", json!("n".repeat(201))),
        ("/sub_tasks/0/description", json!("nul \u{0}")),
        ("/task/name", json!(7)),
    ] {
        let mut bad = plan();
        match bad.pointer_mut(path) {
            Some(slot) => *slot = value.clone(),
            None => bad["sub_tasks"][0]["description"] = value.clone(),
        }
        let answer = world.post(&team.planner, "/api/plans", bad).await;
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{path} {value}: {}", answer.text);
    }
    let mut typo = plan();
    typo["sub_tasks"][0]["acceptence"] = json!("x");
    world.post(&team.planner, "/api/plans", typo).await.refused(422, "invalid");
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 0);
    assert_eq!(world.get(&team.planner, "/api/sub-tasks").await.ok()["total"], 0);
}

#[tokio::test]
async fn a_draft_offers_nothing_until_it_is_one_no_longer() {
    let world = World::new().await;
    let team = world.team().await;
    let mut draft = plan();
    draft["task"]["draft"] = json!(true);
    let outcome = world.post(&team.planner, "/api/plans", draft).await.ok();
    let list = outcome["sub_tasks"][0]["id"].as_str().unwrap();
    world.act(&team.other, list, "claim", json!({})).await.refused(409, "task_not_open");
    let next = world.post(&team.other, "/api/sub-tasks/claim-next", json!({})).await;
    assert_eq!(next.status, 204);
    let outcome = world.post(&team.planner, "/api/plans", plan()).await.ok();
    assert_eq!(outcome["task"]["change"], "updated");
    world.act(&team.other, list, "claim", json!({})).await.ok();
}

#[tokio::test]
async fn work_is_offered_by_priority_then_in_the_plans_order() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([
        { "name": "low", "priority": "low" }, { "name": "first" }, { "name": "second" },
        { "name": "high", "priority": "high" },
    ]);
    world.plan(&team.planner, "Order", plan).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let row = world.post(&team.executor, "/api/sub-tasks/claim-next", json!({})).await.ok();
        seen.push(row["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, ["high", "first", "second", "low"]);
}

#[tokio::test]
async fn a_plan_can_name_an_executor_later() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = |sub_task: Value| {
        json!({ "task": { "name": "Later" }, "modules": [{ "name": "m" }],
        "sub_tasks": [sub_task] })
    };
    let first = plan(json!({ "name": "x" }));
    world.post(&team.planner, "/api/plans", first).await.ok();
    let second =
        plan(json!({ "name": "x", "module": "m", "assignee": "AI-Li", "type": "recurring" }));
    let outcome = world.post(&team.planner, "/api/plans", second.clone()).await.ok();
    assert_eq!(outcome["sub_tasks"][0]["change"], "updated");
    let row = world.sub_task(outcome["sub_tasks"][0]["id"].as_str().unwrap(), &team.planner).await;
    assert_eq!(row["assigned_agent"], team.other.id.as_str());
    assert_eq!(
        (&row["module_id"], &row["type"]),
        (&outcome["modules"][0]["id"], &json!("recurring"))
    );
    let outcome = world.post(&team.planner, "/api/plans", second).await.ok();
    assert_eq!(outcome["sub_tasks"][0]["change"], "unchanged");
}

#[tokio::test]
async fn a_plans_assignee_gets_it_as_if_it_had_been_given_by_hand() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = |agent: &str| {
        json!({ "task": { "name": "Named" }, "sub_tasks": [
            { "name": "x", "assignee": agent }, { "name": "y", "assignee": agent, "depends_on": ["x"] },
        ]})
    };
    let apply = async |agent: &str| world.post(&team.planner, "/api/plans", plan(agent)).await;
    let first = apply("AI-Wu").await.ok();
    let ids: Vec<String> =
        (0..2).map(|at| first["sub_tasks"][at]["id"].as_str().unwrap().to_owned()).collect();
    let by_hand = world
        .post(
            &team.planner,
            "/api/sub-tasks",
            json!({
                "task_id": first["task"]["id"], "name": "z", "assigned_agent": "AI-Wu",
            }),
        )
        .await
        .ok();
    let row = world.sub_task(&ids[0], &team.planner).await;
    for field in ["status", "assigned_agent", "attempt", "lease_until"] {
        assert_eq!(row[field], by_hand[field], "{field}");
    }
    assert_eq!((&row["status"], row["lease_until"].is_null()), (&json!("assigned"), false));
    // What cannot be begun yet has no lease that would run out.
    assert!(world.sub_task(&ids[1], &team.planner).await["lease_until"].is_null());
    assert_eq!(changes(&apply("AI-Wu").await.ok()), ["unchanged"; 3]);
    // Somebody else, while nobody has begun it.
    assert_eq!(changes(&apply("AI-Li").await.ok()), ["unchanged", "updated", "updated"]);
    let row = world.sub_task(&ids[0], &team.planner).await;
    assert_eq!((&row["assigned_agent"], &row["attempt"]), (&json!(team.other.id), &json!(2)));
    world.act(&team.other, &ids[0], "start", json!({})).await.ok();
    assert_eq!(changes(&apply("AI-Wu").await.ok()), ["unchanged", "unchanged", "updated"]);
    let row = world.sub_task(&ids[0], &team.planner).await;
    assert_eq!(row["assigned_agent"], json!(team.other.id));
    // Whoever can be given no work gets none, and nothing else is changed.
    for (agent, status, code) in [("Nobody", 404, "not_found"), ("AI-Rev", 400, "bad_value")] {
        let mut plan = plan(agent);
        plan["sub_tasks"][0]["description"] = json!("new");
        world.post(&team.planner, "/api/plans", plan).await.refused(status, code);
    }
    assert_eq!(world.sub_task(&ids[1], &team.planner).await["description"], "");
}

#[tokio::test]
async fn a_plan_takes_other_words_for_a_priority() {
    let world = World::new().await;
    let team = world.team().await;
    for (word, meant) in [("normal", "medium"), ("urgent", "high"), ("Low", "low")] {
        let plan =
            json!({ "task": { "name": word }, "sub_tasks": [{ "name": "x", "priority": word }] });
        let outcome = world.post(&team.planner, "/api/plans", plan).await.ok();
        let id = outcome["sub_tasks"][0]["id"].as_str().unwrap().to_owned();
        assert_eq!(world.sub_task(&id, &team.planner).await["priority"], meant);
    }
    let plan =
        json!({ "task": { "name": "A" }, "sub_tasks": [{ "name": "x", "priority": "someday" }] });
    let answer = world.post(&team.planner, "/api/plans", plan).await;
    assert!(
        answer.text.contains(r#"\"someday\" is not one of: high, medium, low"#),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn the_list_of_a_task_says_what_waits_for_what() {
    let world = World::new().await;
    let team = world.team().await;
    let outcome = world.post(&team.planner, "/api/plans", plan()).await.ok();
    let id = |at: usize| outcome["sub_tasks"][at]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/sub-tasks?task_id={}", outcome["task"]["id"].as_str().unwrap());
    let list = world.get(&team.planner, &path).await.ok();
    let of = |id: &str| {
        list["items"].as_array().unwrap().iter().find(|it| it["id"] == id).unwrap().clone()
    };
    assert_eq!(of(&id(0))["depends_on"], json!([]));
    assert_eq!(of(&id(1))["depends_on"], json!([id(0)]));
    assert_eq!(of(&id(1))["assigned_agent_name"], "AI-Wu");
    // Elsewhere a row is a row.
    let list = world.get(&team.planner, "/api/sub-tasks").await.ok();
    assert!(list["items"][0].get("depends_on").is_none());
}
