//! Every query the wake-up and the lists need is served by an index: the plans of all statements a
//! tour of the routes makes are examined. On SQLite those of the reads; on PostgreSQL what is written
//! is planned, too.

use moss_server::domain::recurring::open::OpenRounds;
use moss_server::webhooks::post_due;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use test_support::database::Kind;
use test_support::needs::{POSTGRES, SQLITE};

use crate::harness::{Team, World};
use crate::statements::Statements;

test_support::tests![
    no_list_and_no_wake_up_scans_a_table needs [SQLITE],
    postgres_takes_an_index_whatever_it_believes_of_the_rows needs [POSTGRES],
];

#[tokio::main(flavor = "current_thread")]
async fn no_list_and_no_wake_up_scans_a_table() {
    let (reads, _watched) = Statements::watch(&["Reader"]);
    let world = World::new().await;
    tour(&world).await;
    let seen = reads.take();
    assert!(seen.len() > 40, "only {} statements were seen", seen.len());
    let db = world.app.store.read();
    let mut bad = Vec::new();
    for sql in seen {
        // Without its values: the plan does not depend on them.
        let explain =
            Statement::from_string(db.get_database_backend(), format!("EXPLAIN QUERY PLAN {sql}"));
        for row in db.query_all_raw(explain).await.unwrap() {
            let step: String = row.try_get("", "detail").unwrap();
            let whole =
                step.starts_with("SCAN") && !step.contains("USING") && !step.contains("sub_query");
            let sorts = step.contains("TEMP B-TREE");
            if (whole || sorts && !finds_few(&sql)) && !is_of_few(&sql) {
                bad.push(format!("{step}: {sql}"));
            }
        }
    }
    none(bad);
}

/// With the settings the server gives itself, and with rows of which the database was told nothing.
#[tokio::main(flavor = "current_thread")]
async fn postgres_takes_an_index_whatever_it_believes_of_the_rows() {
    let (statements, _watched) = Statements::watch(&["Reader", "Writer"]);
    let world = crate::world(Kind::Postgres).await;
    tour(&world).await;
    let seen = statements.take();
    assert!(seen.iter().any(|sql| sql.contains("SKIP LOCKED")), "nothing was claimed");
    let (cluster, database) = crate::of(&world);
    let settings = "SELECT format('SET %s = %L;', name, setting) AS said FROM pg_settings \
                    WHERE source = 'session' AND name !~ 'read_only'";
    let db = world.app.store.read();
    let settings = Statement::from_string(db.get_database_backend(), settings);
    let settings = db.query_all_raw(settings).await.unwrap();
    let settings: String =
        settings.iter().map(|row| row.try_get::<String>("", "said").unwrap()).collect();
    assert!(settings.contains("plan_cache_mode"), "{settings}");
    let mut bad = Vec::new();
    let is_planned = |sql: &String| {
        ["SELECT", "UPDATE", "DELETE", "INSERT"].iter().any(|word| sql.starts_with(word))
    };
    for sql in seen.into_iter().filter(is_planned) {
        let values = nulls(&sql);
        let plan = cluster.sql(
            &database,
            &format!("{settings} PREPARE one AS {sql}; EXPLAIN EXECUTE one{values}"),
        );
        let whole = plan.contains("Seq Scan");
        let sorts = plan.contains("Sort") && !finds_few(&sql);
        let other =
            sql.starts_with("UPDATE") && sql.contains("\"id\" = ") && !plan.contains("_pkey");
        if (whole || sorts || other) && !is_of_few(&sql) {
            bad.push(format!("{plan}\n{sql}"));
        }
    }
    none(bad);
}

fn nulls(sql: &str) -> String {
    let highest = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
    if highest == 0 { String::new() } else { format!("({})", vec!["NULL"; highest].join(", ")) }
}

fn none(mut bad: Vec<String>) {
    bad.sort();
    bad.dedup();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// Agents, rules, settings and configuration files are few; counting agents reads a covering index whole.
fn is_of_few(sql: &str) -> bool {
    ["agents", "rules", "settings", "config_files"]
        .iter()
        .any(|few| sql.contains(&format!("FROM \"{few}\"")))
}

/// Sorted after an index found them: the modules of a task, the reviews or dependencies of listed
/// sub-tasks, one agent's sub-tasks of one task.
fn finds_few(sql: &str) -> bool {
    sql.contains(" IN (")
        || sql.contains("FROM \"modules\"")
        || sql.contains("ORDER BY \"sub_tasks\".\"updated_at\" DESC")
}

/// Asks for everything there is to read, after some work.
async fn tour(world: &World) {
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "rejected", 1).await.ok();
    let plan = json!([{ "name": "a" }, { "name": "b", "depends_on": ["a"], "assign": "AI-Wu" }]);
    world.plan(&team.planner, "More", plan).await;
    let row = world.sub_task(&id, &team.planner).await;
    let task = row["task_id"].as_str().unwrap();

    let waits = world.plan(&team.planner, "Last", json!([{ "name": "waits" }])).await.remove(0);
    for step in ["claim", "start", "submit"] {
        world.act(&team.other, &waits, step, json!({})).await.ok();
    }

    goes_up(world, &team).await;
    for path in ["/api/sub-tasks", &format!("/api/sub-tasks/{waits}")] {
        world.get(&team.reviewer, path).await.ok();
    }
    for agent in [&team.planner, &team.executor, &team.reviewer, &team.patrol] {
        world.get(agent, "/api/wake?since=5").await.ok();
    }
    for agent in [&team.planner, &team.executor, &team.reviewer, &team.patrol] {
        world.gate(agent).await;
        world.gate(agent).await;
    }
    world.watch(world.now()).await;
    let daily = json!({ "every": "1h", "overlap": "allow" });
    world.put(&team.planner, &format!("/api/recurring/{id}"), daily).await.ok();
    world
        .put(&team.planner, &format!("/api/recurring/{task}"), json!({ "every": "1h" }))
        .await
        .ok();
    world.advance(60);
    world.app.writer.write(OpenRounds, None).await.unwrap();
    world.patrol().await;
    for path in [
        "/api/recurring",
        &format!("/api/recurring/{id}"),
        "/api/patrol/anomalies",
        "/api/patrol/records",
        "/api/patrol/records?state=open&type=stuck",
        "/api/patrol/records?subject=00000000-0000-4000-8000-000000000000",
        "/api/tasks",
        "/api/tasks?status=active",
        "/api/sub-tasks",
        "/api/sub-tasks?status=pending",
        &format!("/api/sub-tasks?task_id={task}"),
        "/api/sub-tasks?module_id=ffffffff",
        "/api/sub-tasks/mine",
        "/api/sub-tasks/mine?status=rework",
        "/api/sub-tasks/available",
        &format!("/api/sub-tasks/latest?task_id={task}"),
        &format!("/api/sub-tasks/{}", &id[..8]),
        &format!("/api/sub-tasks/{id}/attempts"),
        &format!("/api/sub-tasks/{id}/history"),
        "/api/late-submissions",
        &format!("/api/late-submissions?sub_task_id={id}"),
        "/api/leftovers",
        "/api/questions",
        &format!("/api/leftovers?task_id={task}"),
        "/api/notices",
        "/api/notices?pending=true",
        "/api/review-records",
        &format!("/api/review-records?sub_task_id={id}"),
        "/api/scores/me",
        "/api/scores/me/logs",
        "/api/logs/mine?action=reflection",
        &format!("/api/logs?sub_task_id={id}"),
        "/api/logs",
        &format!("/api/tasks/{task}/modules"),
    ] {
        world.get(&team.executor, path).await.ok();
    }
    world.post(&team.executor, "/api/sub-tasks/claim-next", json!({})).await.ok();
}

/// One that fails goes to another, comes late with something noticed, and is adopted.
async fn goes_up(world: &World, team: &Team) {
    let id = world.plan(&team.planner, "Up", json!([{ "name": "up" }])).await.remove(0);
    let log = json!({ "action": "plan", "summary": "rates are missing", "sub_task_id": id });
    world.post(&team.executor, "/api/logs", log).await.ok();
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    let fail = json!({ "class": "environment", "detail": "no disk" });
    world.act(&team.executor, &id, "fail", fail).await.ok();
    let late = world.act(&team.executor, &id, "submit", json!({ "summary": "it had one" })).await;
    for agent in [&team.planner, &team.reviewer] {
        world.get(agent, "/api/wake").await.ok();
    }
    let late = late.json()["late"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/late-submissions/{late}/adopt");
    world.post(&team.planner, &path, json!({})).await.ok();
    asks(world, team, &id).await;
}

/// A question of an executor and one of the planner, both answered and read; and a webhook that is
/// posted to, to no avail.
async fn asks(world: &World, team: &Team, id: &str) {
    let session = world.admin().await;
    let admin = [("x-admin-token", session.as_str())];
    let webhooks = json!({ "webhooks": {
        "urls": ["http://10.0.0.1/"], "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    } });
    world.ask("PUT", "/api/admin/config", &admin, &webhooks).await.ok();
    let about = format!("/api/sub-tasks/{id}/ask");
    for (who, answer) in [(&team.executor, "leftovers"), (&team.planner, "admin/questions")] {
        let asked = world.post(who, &about, json!({ "question": "where?" })).await.ok();
        let asked = asked["id"].as_str().unwrap();
        world.ask("GET", "/api/admin/questions", &admin, &Value::Null).await.ok();
        let (path, said) = (format!("/api/{answer}/{asked}/answer"), json!({ "answer": "here" }));
        let told = if answer == "leftovers" {
            world.post(&team.planner, &path, said).await
        } else {
            world.ask("POST", &path, &admin, &said).await
        };
        told.ok();
        world.get(who, "/api/wake").await.ok();
        world.post(who, &format!("/api/questions/{asked}/read"), json!({})).await.ok();
    }
    while post_due(&world.app).await {}
    for path in ["/api/admin/deliveries", "/api/admin/deliveries?state=pending"] {
        world.ask("GET", path, &admin, &Value::Null).await.ok();
    }
}
