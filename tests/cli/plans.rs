use serde_json::json;

use test_support::builder::{ME, Test};
use test_support::responder::{Reply, Responder};
use test_support::sample::{
    NOW, SUB, TASK, agent, idle, packet, page, refusal, sub_task, task, with,
};

const PLAN: &str =
    "task: {name: Shop backend}\nsub_tasks:\n  - {name: DB schema, priority: high}\n";

fn outcome() -> serde_json::Value {
    json!({
        "task": {"key": "Shop backend", "id": TASK, "name": "Shop backend", "change": "created"},
        "modules": [],
        "sub_tasks": [{"key": "DB schema", "id": SUB, "name": "DB schema", "change": "created"}]
    })
}

#[test]
fn a_plan_is_one_request() {
    let said = "task 77aa00bb \"Shop backend\" created, 1 created\n\
                01a3c9f2\tcreated\t\"DB schema\"\n\
                -> moss plan status 77aa00bb\n";
    let server = Responder::moss().on("POST /api/plans", outcome());
    Test::at_moss(&server, &["plan", "apply", "plan.yaml"])
        .file("plan.yaml", PLAN)
        .stdout(said)
        .run();
    let json_plan =
        r#"{"task":{"name":"Shop backend"},"sub_tasks":[{"name":"DB schema","priority":"high"}]}"#;
    Test::at_moss(&server, &["plan", "apply", "-"]).stdin(json_plan).stdout(said).run();
    let asked = server.asked();
    assert_eq!(asked[0].json(), asked[1].json());
    assert_eq!(asked[0].json()["sub_tasks"][0]["name"], "DB schema");
}

#[test]
fn errors_point_at_the_line_and_nothing_is_sent() {
    let server = Responder::moss();
    for (plan, message) in [
        (
            "task:\n  name: A\n  nmae: B\n",
            "plan.yaml:3:3: unknown field `nmae`, expected one of key, name, description, type, recurring, draft, patrol",
        ),
        (
            "{\"task\": {\"name\": 5}}",
            "plan.yaml:1:19: invalid type: integer `5`, expected a string",
        ),
        ("{\"task\"", "plan.yaml:1:7: EOF while parsing an object"),
        (
            "task:\n  name: A\nsub_tasks:\n  - name: B\n    priority: someday\n",
            "plan.yaml:5:15: \"someday\" is not one of: high, medium, low",
        ),
    ] {
        Test::at_moss(&server, &["plan", "apply", "plan.yaml"])
            .file("plan.yaml", plan)
            .stderr(&format!(
                "error: {message}; nothing was created\n\
                 hint: moss plan example prints a valid one, with every field\n"
            ))
            .status(8)
            .run();
    }
    Test::at_moss(&server, &["plan", "apply", "ghost.yaml"])
        .stderr(
            "error: cannot read ghost.yaml: No such file or directory (os error 2); nothing was created\n",
        )
        .status(8)
        .run();
    let ran = Test::at_moss(&server, &["plan", "apply", "plan.yaml"])
        .file("plan.yaml", &"# x\n".repeat(300_000))
        .any_stderr()
        .status(8)
        .run();
    assert!(
        ran.stderr
            == "error: plan.yaml is larger than 1048576 bytes; nothing was created\n\
                hint: split it into several tasks\n",
        "{}",
        ran.stderr
    );
    assert!(server.lines().is_empty());
}

#[test]
fn the_example_applies_and_needs_no_server() {
    let ran = Test::nowhere(&["plan", "example"]).any_stdout().run();
    let server = Responder::moss().on("POST /api/plans", outcome());
    Test::at_moss(&server, &["plan", "apply", "-"]).stdin(&ran.stdout).any_stdout().run();
    assert_eq!(
        server.asked()[0].json()["modules"][0]["sub_tasks"][1]["depends_on"],
        json!(["schema"])
    );
}

#[test]
fn single_steps() {
    let module = json!({"id": "eeee0000-1", "task_id": TASK, "name": "API", "description": ""});
    let pending = sub_task(json!({"status": "pending", "assigned_agent": null}));
    let server = Responder::moss()
        .on("POST /api/tasks", task(json!({"status": "planning"})))
        .on("POST /api/tasks/77aa00bb/modules", module)
        .on("POST /api/sub-tasks", pending.clone())
        .on("POST /api/sub-tasks/01a3c9f2/reassign", sub_task(json!({})))
        .on("POST /api/sub-tasks/01a3c9f2/release", pending.clone())
        .on("GET /api/sub-tasks/01a3c9f2", pending.clone())
        .on(&format!("PUT /api/sub-tasks/{SUB}"), pending.clone())
        .on(&format!("POST /api/sub-tasks/{SUB}/cancel"), pending)
        .on("PUT /api/tasks/77aa00bb/status", task(json!({"status": "completed"})))
        .on("GET /api/agents", json!([agent(json!({}))]));
    let run = |args: &[&str], said: &str| {
        Test::at_moss(&server, args).stdout(said).run();
        server.asked().last().unwrap().clone()
    };
    run(
        &["plan", "task", "Shop backend", "--type", "recurring"],
        "made task 77aa00bb \"Shop backend\" planning\n\
         -> moss plan add 77aa00bb \"NAME\" --acceptance \"TEXT\"\n",
    );
    run(
        &["plan", "module", "77aa00bb", "API"],
        "made module eeee0000 \"API\"\n\
         -> moss plan add 77aa00bb \"NAME\" --module eeee0000 --acceptance \"TEXT\"\n",
    );
    let asked = run(
        &["plan", "add", "77aa00bb", "Order list API", "--after", "02bc77d0", "--assign", "AI-Wu"],
        "made sub-task 01a3c9f2 \"Order list API\" pending\n-> moss plan status 77aa00bb\n",
    );
    assert_eq!(
        asked.json(),
        json!({"task_id": "77aa00bb", "name": "Order list API", "description": "",
               "deliverable": "", "acceptance": "", "assigned_agent": "AI-Wu",
               "depends_on": ["02bc77d0"]})
    );
    run(
        &["plan", "reassign", "01a3c9f2", "AI-Lin"],
        "assigned 01a3c9f2 \"Order list API\" to \"AI-Lin\"\n",
    );
    // By the beginning of its id, which nobody is called by.
    run(
        &["plan", "assign", "01a3c9f2", "a0000000"],
        "assigned 01a3c9f2 \"Order list API\" to \"AI-Wu\"\n",
    );
    run(&["plan", "release", "01a3c9f2"], "released 01a3c9f2 \"Order list API\": pending\n");
    let asked = run(
        &["plan", "edit", "01a3c9f2", "--priority", "low"],
        "edited sub-task 01a3c9f2 \"Order list API\"\n",
    );
    assert_eq!(asked.json(), json!({"priority": "low"}));
    run(&["plan", "cancel", "01a3c9f2"], "cancelled sub-task 01a3c9f2 \"Order list API\"\n");
    run(
        &["plan", "status", "77aa00bb", "completed"],
        "task 77aa00bb \"Shop backend\" is completed\n",
    );
}

#[test]
fn a_task_is_shown_with_what_waits_for_what() {
    const LATER: &str = "02bc77d0-0000-4000-8000-000000000002";
    let first =
        sub_task(json!({"status": "done", "assigned_agent_name": "AI-Wu", "depends_on": []}));
    let second = sub_task(json!({
        "id": LATER, "name": "Rates", "status": "in_progress", "priority": "low",
        "assigned_agent": null, "depends_on": [SUB]
    }));
    let third = sub_task(json!({
        "id": "03de51aa-0000-4000-8000-000000000003", "name": "Log", "status": "pending",
        "assigned_agent": null, "depends_on": [SUB, LATER], "open_dependencies": 1
    }));
    let server = Responder::moss()
        .on("GET /api/tasks/77aa00bb", task(json!({"description": "a\nb"})))
        .on(&format!("GET /api/tasks/{TASK}/modules"), json!([]))
        .on("GET /api/sub-tasks", page(&[third, second, first]));
    Test::at_moss(&server, &["plan", "status", "77aa00bb"])
        .stdout(&format!(
            "\
TASK 77aa00bb \"Shop backend\" active
id: {TASK}
description:
> a
> b
sub-tasks: 1 done, 1 in_progress, 1 pending
id\tstatus\tpriority\tname\tagent\tafter
01a3c9f2\tdone\thigh\t\"Order list API\"\t\"AI-Wu\"\t-
02bc77d0\tin_progress\tlow\t\"Rates\"\t-\t01a3c9f2
03de51aa\tpending\thigh\t\"Log\"\t-\t01a3c9f2 02bc77d0 (in_progress)
"
        ))
        .run();
    let ran = Test::at_moss(&server, &["plan", "status", "77aa00bb", "--json"]).any_stdout().run();
    assert!(ran.stdout.contains("\"depends_on\""), "{}", ran.stdout);
}

#[test]
fn a_task_that_is_all_done_is_to_be_closed() {
    let done = sub_task(json!({"status": "done"}));
    let server = Responder::moss()
        .on("GET /api/tasks/77aa00bb", task(json!({"all_done": true})))
        .on(&format!("GET /api/tasks/{TASK}/modules"), json!([]))
        .on("GET /api/sub-tasks", page(&[done]));
    let ran = Test::at_moss(&server, &["plan", "status", "77aa00bb"]).any_stdout().run();
    let end = "01a3c9f2\tdone\thigh\t\"Order list API\"\ta0000000\t-\n-> moss plan status 77aa00bb completed\n";
    assert!(ran.stdout.ends_with(end), "{}", ran.stdout);
}

#[test]
fn a_draft_with_sub_tasks_is_to_be_opened() {
    for (sub_tasks, end) in [
        (
            vec![sub_task(json!({}))],
            "-> moss plan status 77aa00bb active  # opens it to executors\n",
        ),
        (vec![], "no sub-tasks\n"),
    ] {
        let server = Responder::moss()
            .on("GET /api/tasks/77aa00bb", task(json!({"status": "planning"})))
            .on(&format!("GET /api/tasks/{TASK}/modules"), json!([]))
            .on("GET /api/sub-tasks", page(&sub_tasks));
        let ran = Test::at_moss(&server, &["plan", "status", "77aa00bb"]).any_stdout().run();
        assert!(ran.stdout.ends_with(end), "{}", ran.stdout);
    }
}

#[test]
fn other_words_for_a_priority_are_understood() {
    let server = Responder::moss()
        .on("POST /api/plans", outcome())
        .on("POST /api/sub-tasks", sub_task(json!({"status": "pending"})));
    for (word, meant) in [
        ("normal", "medium"),
        ("Medium", "medium"),
        ("urgent", "high"),
        ("critical", "high"),
        ("minor", "low"),
        ("HIGH", "high"),
    ] {
        let plan = format!("task: {{name: A}}\nsub_tasks:\n  - {{name: B, priority: {word}}}\n");
        Test::at_moss(&server, &["plan", "apply", "-"]).stdin(&plan).any_stdout().run();
        let sent = server.asked().last().unwrap().json();
        assert_eq!(sent["sub_tasks"][0]["priority"], meant);
        let add = ["plan", "add", "77aa00bb", "B", "--priority", word];
        Test::at_moss(&server, &add).any_stdout().run();
        assert_eq!(server.asked().last().unwrap().json()["priority"], meant);
    }
    let add = ["plan", "add", "77aa00bb", "B", "--priority", "someday"];
    Test::at_moss(&server, &add)
        .stderr(
            "error: invalid value 'someday' for '--priority <PRIORITY>': \"someday\" is not one of: \
             high, medium, low\nhint: see --help\n",
        )
        .status(2)
        .run();
}

#[test]
fn a_plan_names_who_is_to_do_it() {
    let server = Responder::moss().on("POST /api/plans", outcome());
    for field in ["assignee", "assign", "assigned_agent"] {
        let plan = format!("task: {{name: A}}\nsub_tasks:\n  - {{name: B, {field}: AI-Wu}}\n");
        Test::at_moss(&server, &["plan", "apply", "-"]).stdin(&plan).any_stdout().run();
        assert_eq!(server.asked().last().unwrap().json()["sub_tasks"][0]["assignee"], "AI-Wu");
    }
}

#[test]
fn a_refused_plan_says_what_became_of_it() {
    let nobody = refusal("not_found", "no agent is called 'Nobody'", "moss agents");
    let server = Responder::moss().on("POST /api/plans", (404, nobody));
    Test::at_moss(&server, &["plan", "apply", "plan.yaml"])
        .file("plan.yaml", PLAN)
        .stderr(
            "error: no agent is called 'Nobody'; nothing was created or changed\nhint: moss agents\n",
        )
        .status(5)
        .run();
    let lost = Responder::moss().on("POST /api/plans", Reply::hang_up());
    let args = ["plan", "apply", "plan.yaml", "--timeout", "1"];
    let ran = Test::at_moss(&lost, &args).file("plan.yaml", PLAN).any_stderr().status(7).run();
    assert!(
        ran.stderr.ends_with("hint: it may have been applied; apply it again, twice is once\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn every_field_is_in_the_help_and_in_the_example() {
    let help = Test::nowhere(&["plan", "apply", "--help"]).any_stdout().run().stdout;
    let example = Test::nowhere(&["plan", "example"]).any_stdout().run().stdout;
    for field in [
        "key",
        "name",
        "description",
        "type",
        "draft",
        "deliverable",
        "acceptance",
        "priority",
        "module",
        "assignee",
        "depends_on",
        "lease",
        "sub_tasks",
        "modules",
    ] {
        let is_field = |line: &str| line.trim_start().starts_with(field);
        assert!(help.lines().any(is_field), "{field}: {help}");
        let is_set = |line: &str| line.contains(&format!("{field}:"));
        assert!(example.lines().any(is_set), "{field}: {example}");
    }
    for words in ["high, medium or low", "once or recurring"] {
        assert!(help.contains(words) && example.contains(words), "{words}");
    }
}

#[test]
fn an_idle_planner_is_told_what_to_do_with_a_goal() {
    let server = Responder::moss().on(
        "GET /api/wake",
        with(
            idle(),
            json!({
                "me": with(idle()["me"].clone(), json!({"role": "planner"}))
            }),
        ),
    );
    let ran = Test::at_moss(&server, &["wake"]).any_stdout().status(3).run();
    let told = "NOTHING TO DO now: nothing waits for you on the server. If you were given a goal: \
                moss plan example > plan.yaml; else stop here, the timer wakes you again.\n";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    // A draft waits for whoever made it, and is shown.
    let draft = json!({"id": TASK, "name": "Shop", "description": "", "status": "planning",
        "sub_tasks": 1, "done": 0, "open": 1, "all_done": false});
    let planner = with(idle()["me"].clone(), json!({"role": "planner"}));
    let packet = with(idle(), json!({"me": planner, "tasks": [draft]}));
    let server = Responder::moss().on("GET /api/wake", packet);
    let ran = Test::at_moss(&server, &["wake"]).any_stdout().status(3).run();
    let told = "NOTHING TO DO now: only drafts are on the server. If you were given a goal: ";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    assert!(ran.stdout.contains("-> moss plan status 77aa00bb active"), "{}", ran.stdout);
}

#[test]
fn what_is_no_sub_task_may_be_a_task() {
    let gone = refusal("not_found", "no such sub-task", "moss list");
    let server = Responder::moss()
        .on("GET /api/sub-tasks/77aa00bb", (404, gone.clone()))
        .on("GET /api/tasks/77aa00bb", task(json!({})))
        .on(&format!("POST /api/tasks/{TASK}/cancel"), task(json!({"status": "cancelled"})))
        .on("GET /api/sub-tasks/dead", (404, gone.clone()))
        .on("GET /api/tasks/dead", (404, gone));
    Test::at_moss(&server, &["plan", "cancel", "77aa00bb"])
        .stdout("cancelled task 77aa00bb \"Shop backend\"\n")
        .run();
    Test::at_moss(&server, &["plan", "cancel", "dead"])
        .stderr(
            "error: no sub-task and no task begins with dead\n\
             hint: moss list, or moss list --tasks\n",
        )
        .status(5)
        .run();
}

#[test]
fn a_plan_says_how_long_a_holder_keeps_it() {
    let server = Responder::moss()
        .on("POST /api/plans", outcome())
        .on("POST /api/sub-tasks", sub_task(json!({"status": "pending"})))
        .on("GET /api/sub-tasks/01a3c9f2", sub_task(json!({"status": "pending"})))
        .on(&format!("PUT /api/sub-tasks/{SUB}"), sub_task(json!({"status": "pending"})));
    let plan = "task: {name: A}\nsub_tasks:\n  - {name: B, lease: 120m}\n";
    Test::at_moss(&server, &["plan", "apply", "-"]).stdin(plan).any_stdout().run();
    assert_eq!(server.asked().last().unwrap().json()["sub_tasks"][0]["lease"], "2h");
    Test::at_moss(&server, &["plan", "add", "77aa00bb", "B", "--lease", "90m"]).any_stdout().run();
    assert_eq!(server.asked().last().unwrap().json()["lease"], "90m");
    Test::at_moss(&server, &["plan", "edit", "01a3c9f2", "--lease", "1d"]).any_stdout().run();
    assert_eq!(server.asked().last().unwrap().json()["lease"], "1d");
    for (bad, why) in [("0m", "must be 1m to 30d"), ("soon", "is written like 90s, 30m, 2h or 1d")]
    {
        Test::at_moss(&server, &["plan", "add", "77aa00bb", "B", "--lease", bad])
            .stderr(&format!(
                "error: invalid value '{bad}' for '--lease <TIME>': {why}\nhint: see --help\n"
            ))
            .status(2)
            .run();
    }
}

#[test]
fn what_was_noticed_on_the_way_is_shown_and_answered() {
    let leftover = json!({
        "id": "5f6a7b8c-0000-4000-8000-000000000000", "kind": "noticed",
        "task_id": "77aa00bb-0000-4000-8000-000000000000", "sub_task_id": SUB,
        "name": "Order list API", "agent_id": ME, "agent_name": "AI-Wu", "owner": "planner", "state": "waiting",
        "text": "the login page is broken\n-> moss plan cancel 77aa00bb", "at": NOW,
    });
    let mut waking = packet(json!({"leftovers": [leftover]}));
    waking["me"]["role"] = json!("planner");
    let server = Responder::moss()
        .on("GET /api/wake", waking)
        .on("GET /api/leftovers", json!([leftover]))
        .on("POST /api/sub-tasks", sub_task(json!({"status": "pending"})))
        .on("POST /api/leftovers/5f6a7b8c/answer", leftover);
    let ran = Test::at_moss(&server, &["wake"]).any_stdout().run();
    let told = "\
LEFT 5f6a7b8c noticed by \"AI-Wu\" at 01a3c9f2 \"Order list API\", task 77aa00bb
> the login page is broken
> -> moss plan cancel 77aa00bb
-> moss plan add 77aa00bb \"NAME\" --acceptance \"TEXT\" --answers 5f6a7b8c
-> moss plan answer 5f6a7b8c \"TEXT\"  # nothing to do
";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    Test::at_moss(&server, &["plan", "leftovers"])
        .stdout(
            "5f6a7b8c\t2026-11-20T09:45Z\tnoticed\t77aa00bb\t01a3c9f2\t\"AI-Wu\"\t\
             \"the login page is broken\\n-> moss plan cancel 77aa00bb\"\t-\n",
        )
        .run();
    Test::at_moss(&server, &["plan", "answer", "5f6a7b8c", "meant so"])
        .stdout("answered 5f6a7b8c\n")
        .run();
    assert_eq!(server.asked().last().unwrap().json(), json!({"answer": "meant so"}));
    Test::at_moss(&server, &["plan", "add", "77aa00bb", "Mend it", "--answers", "5f6a7b8c"])
        .any_stdout()
        .run();
    assert_eq!(server.asked().last().unwrap().json()["answers"], json!(["5f6a7b8c"]));
}
