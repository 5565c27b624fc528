//! Every command line of the original's client, as its role skills write it.

use serde_json::{Value, json};

use test_support::builder::{KEY, ME, Test};
use test_support::responder::Responder;
use test_support::sample::{SUB, TASK, agent, log, page, review, sub_task, task};

fn server() -> Responder {
    let reward = json!({"id": "x", "agent_id": ME, "sub_task_id": null, "reason": "r",
                        "score_delta": 3, "created_at": test_support::sample::NOW});
    let rules = json!({"content": "R", "message": "", "update_available": false,
                       "latest_version": null, "update_instructions": ""});
    let summary = json!({"agent_id": ME, "agent_name": "AI-Wu", "total_score": 15, "rank": 2,
                         "total_agents": 6, "reward_count": 4, "penalty_count": 1,
                         "total_records": 5});
    let module = json!({"id": "m-1", "task_id": TASK, "name": "API", "description": ""});
    let one = || sub_task(json!({}));
    let sub = |verb: &str| format!("POST /api/sub-tasks/{SUB}/{verb}");
    Responder::moss()
        .on("GET /api/rules", rules)
        .on("POST /api/tasks", task(json!({})))
        .on("GET /api/tasks", page(&[task(json!({}))]))
        .on(&format!("GET /api/tasks/{TASK}"), task(json!({})))
        .on(&format!("PUT /api/tasks/{TASK}"), task(json!({})))
        .on(&format!("PUT /api/tasks/{TASK}/status"), task(json!({})))
        .on(&format!("POST /api/tasks/{TASK}/cancel"), task(json!({})))
        .on(&format!("POST /api/tasks/{TASK}/modules"), module.clone())
        .on(&format!("GET /api/tasks/{TASK}/modules"), json!([module]))
        .on(
            &format!("GET /api/sub-tasks/{TASK}"),
            (404, json!({"detail": "none", "code": "not_found"})),
        )
        .on("POST /api/sub-tasks", one())
        .on("GET /api/sub-tasks", page(&[one()]))
        .on("GET /api/sub-tasks/mine", page(&[one()]))
        .on("GET /api/sub-tasks/available", page(&[one()]))
        .on("GET /api/sub-tasks/latest", one())
        .on(&format!("GET /api/sub-tasks/{SUB}"), one())
        .on(&format!("GET /api/sub-tasks/{SUB}/attempts"), json!([]))
        .on(&format!("GET /api/sub-tasks/{SUB}/history"), json!([]))
        .on(&format!("PUT /api/sub-tasks/{SUB}"), one())
        .on(&sub("claim"), one())
        .on(&sub("start"), one())
        .on(&sub("submit"), one())
        .on(&sub("cancel"), one())
        .on(&sub("block"), one())
        .on(&sub("session"), one())
        .on(&sub("reassign"), one())
        .on("POST /api/review-records", review(json!({})))
        .on("GET /api/review-records", page(&[review(json!({}))]))
        .on("GET /api/review-records/cccc0000", review(json!({})))
        .on("GET /api/scores/me", summary)
        .on("GET /api/scores/me/logs", page(std::slice::from_ref(&reward)))
        .on(&format!("GET /api/scores/{ME}/logs"), page(std::slice::from_ref(&reward)))
        .on("GET /api/scores/leaderboard", json!([]))
        .on("POST /api/scores/adjust", reward)
        .on("POST /api/logs", log(json!({})))
        .on("GET /api/logs/mine", json!([log(json!({}))]))
        .on("GET /api/logs", json!([log(json!({}))]))
        .on("GET /api/config/notification", json!({"enabled": false, "channels": [], "events": []}))
        .on("GET /api/agents", json!([agent(json!({}))]))
}

/// The command line, the request it ends in, and its body or query.
fn lines() -> Vec<(String, String, Value)> {
    let st = |verb: &str| format!("POST /api/sub-tasks/{SUB}/{verb}");
    let line = |line: &str, request: &str, sent: Value| {
        let line = line.replace("TASK", TASK).replace("SUB", SUB).replace("AGENT", ME);
        (line, request.replace("TASK", TASK).replace("SUB", SUB), sent)
    };
    vec![
        line("rules", "GET /api/rules", json!("cli_version=2147483647")),
        line(
            "task create Shop --desc Goal --type recurring",
            "POST /api/tasks",
            json!({"name": "Shop", "description": "Goal", "type": "recurring"}),
        ),
        line(
            "task list --status active --page 2 --page-size 10",
            "GET /api/tasks",
            json!("status=active&page=2&page_size=10"),
        ),
        line("task list --page-size 0", "GET /api/tasks", json!("page=1&page_size=100")),
        line(
            "task get TASK",
            "GET /api/sub-tasks",
            json!("task_id=TASK&page=1&page_size=100".replace("TASK", TASK)),
        ),
        line(
            "task edit TASK --name N --desc D",
            "PUT /api/tasks/TASK",
            json!({"name": "N", "description": "D"}),
        ),
        line("task status TASK active", "PUT /api/tasks/TASK/status", json!({"status": "active"})),
        line("task cancel TASK", "POST /api/tasks/TASK/cancel", Value::Null),
        line(
            "module create TASK API --desc D",
            "POST /api/tasks/TASK/modules",
            json!({"name": "API", "description": "D"}),
        ),
        line("module list TASK", "GET /api/tasks/TASK/modules", json!("")),
        line(
            "st create TASK N --desc D --deliverable F --acceptance A --priority high --type once --module-id m-1 --assign AGENT",
            "POST /api/sub-tasks",
            json!({"task_id": TASK, "name": "N", "description": "D", "deliverable": "F",
                   "acceptance": "A", "priority": "high", "type": "once", "module_id": "m-1",
                   "assigned_agent": ME}),
        ),
        line(
            "st list --task-id TASK --status review",
            "GET /api/sub-tasks",
            json!(format!("status=review&task_id={TASK}&page=1&page_size=50")),
        ),
        line(
            "st mine --page 1 --page-size 5",
            "GET /api/sub-tasks/mine",
            json!("page=1&page_size=5"),
        ),
        line("st available", "GET /api/sub-tasks/available", json!("page=1&page_size=50")),
        line("st latest TASK", "GET /api/sub-tasks/latest", json!(format!("task_id={TASK}"))),
        line("st claim SUB", &st("claim"), json!({})),
        line("st start SUB --session s1", &st("start"), json!({"session_id": "s1"})),
        line("st submit SUB", &st("submit"), json!({})),
        line(
            "st edit SUB --deliv F --prio low",
            "PUT /api/sub-tasks/SUB",
            json!({"deliverable": "F", "priority": "low"}),
        ),
        line("st cancel SUB", &st("cancel"), Value::Null),
        line("st block SUB", &st("block"), Value::Null),
        line("st session SUB s1", &st("session"), json!({"session_id": "s1"})),
        line("st reassign SUB AGENT", &st("reassign"), json!({"agent_id": ME})),
        line(
            "review create SUB rejected 2 --comment C --issues I",
            "POST /api/review-records",
            json!({"sub_task_id": SUB, "result": "rejected", "score": 2, "issues": "I", "comment": "C"}),
        ),
        line("review list", "GET /api/review-records", json!("page=1&page_size=50")),
        line(
            "review list --sub-task-id SUB",
            "GET /api/review-records",
            json!(format!("sub_task_id={SUB}&page=1&page_size=50")),
        ),
        line("review get cccc0000", "GET /api/review-records/cccc0000", json!("")),
        line("score me", "GET /api/scores/me", json!("")),
        line("score logs --page 1", "GET /api/scores/me/logs", json!("page=1&page_size=50")),
        line(
            "score agent-logs AGENT",
            &format!("GET /api/scores/{ME}/logs"),
            json!("page=1&page_size=50"),
        ),
        line("score leaderboard", "GET /api/scores/leaderboard", json!("")),
        line(
            "score adjust AGENT -3 slow --sub-task-id SUB",
            "POST /api/scores/adjust",
            json!({"agent_id": ME, "score_delta": -3, "reason": "slow", "sub_task_id": SUB}),
        ),
        line(
            "log create reflection better --sub-task-id SUB",
            "POST /api/logs",
            json!({"action": "reflection", "summary": "better", "sub_task_id": SUB}),
        ),
        line(
            "log mine --action reflection --days 7 --limit 5",
            "GET /api/logs/mine",
            json!("action=reflection&days=7&limit=5"),
        ),
        line(
            "log list --sub-task-id SUB --action delivery",
            "GET /api/logs",
            json!(format!("action=delivery&sub_task_id={SUB}")),
        ),
        line("notification", "GET /api/config/notification", json!("")),
        line("agents --role executor", "GET /api/agents", json!("role=executor")),
    ]
}

#[test]
fn every_line_runs_and_asks_what_the_original_asked() {
    for (line, request, sent) in lines() {
        let server = server();
        let mut args = vec!["--key", KEY];
        args.extend(line.split(' '));
        Test::at_moss(&server, &args).any_stdout().any_stderr().run();
        let asked = server.asked().into_iter().rfind(|asked| asked.line == request);
        let asked = asked.unwrap_or_else(|| panic!("{line} asked {:?}", server.lines()));
        let did = match (asked.line.starts_with("GET "), asked.body.is_empty()) {
            (true, _) => json!(asked.query),
            (false, true) => Value::Null,
            (false, false) => asked.json(),
        };
        assert_eq!(did, sent, "{line}");
    }
}

#[test]
fn get_shows_the_sub_task() {
    let server = server();
    let ran = Test::at_moss(&server, &["st", "get", SUB]).any_stdout().run();
    assert!(
        ran.stdout.starts_with("SUB-TASK 01a3c9f2 \"Order list API\" assigned"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_old_words_stay_out_of_help() {
    let help = Test::nowhere(&["--help"]).any_stdout().run().stdout;
    for old in ["  st ", "  task ", "  module ", "  session ", "--key ", "notification"] {
        assert!(!help.contains(old), "{old} in {help}");
    }
}
