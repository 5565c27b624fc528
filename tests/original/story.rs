//! From a plan to a score: rejected once, mended, approved.

use serde_json::json;

use super::team::Team;
use test_support::sample::PLAN;

#[test]
fn a_plan_becomes_old_calls_and_never_twice() {
    let team = Team::new();
    team.planner.write("plan.yaml", PLAN);
    team.planner.moss(["plan", "apply", "plan.yaml"]).exits(0).says("Order list");
    let writes = team.writes();
    let lines: Vec<_> = writes.iter().map(|(line, _)| line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "POST /api/tasks",
            "POST /api/tasks/{id}/modules",
            "POST /api/sub-tasks",
            "POST /api/sub-tasks",
            "PUT /api/tasks/{id}/status",
        ],
        "{writes:#?}"
    );
    assert_eq!(writes[0].1["name"], "Orders");
    assert_eq!(writes[2].1["priority"], "high");
    assert_eq!(writes[2].1["acceptance"], "pages by 20, tests pass");
    assert!(writes[2].1["module_id"].is_string(), "{}", writes[2].1);
    assert!(writes[3].1["module_id"].is_null(), "{}", writes[3].1);
    assert_eq!(writes[4].1, json!({ "status": "active" }));

    // The original keeps no keys to tell the items apart by.
    let twice = team.planner.moss(["plan", "apply", "plan.yaml"]).exits(8);
    twice.complains("\"Orders\" is there already").complains("moss plan add");
    assert_eq!(team.write_lines(), [""; 0], "the second time changes nothing");
}

#[test]
fn from_a_plan_to_a_score() {
    let (team, list, notes) = Team::with_work();
    let short = &list[..8];

    // The executor is offered the work, takes the urgent one and begins.
    team.executor.moss(["wake"]).exits(0).says("AI-Wu").says("CLAIMABLE 2").says("moss claim");
    team.executor.moss(["wake", "--gate"]).exits(0).says("CLAIMABLE");
    assert_eq!(team.write_lines(), [""; 0], "waking changes nothing");
    let claimed = team.executor.moss(["claim", "--json"]).json();
    assert_eq!((&claimed["id"], &claimed["status"]), (&json!(list), &json!("assigned")));
    assert_eq!(team.write_lines(), ["POST /api/sub-tasks/{id}/claim"]);
    team.executor.moss(["wake"]).exits(0).says("1 ASSIGNED").says(&format!("moss start {short}"));
    team.executor.moss(["start", short, "--session", "s-1"]).exits(0);
    let writes = team.writes();
    assert_eq!(writes[0].0, "POST /api/sub-tasks/{id}/start");
    assert_eq!(writes[0].1["session_id"], "s-1");

    // It hands in a file. The original keeps no artifacts: the delivery log carries them.
    team.executor.write("orders.py", "print('orders')\n");
    team.executor
        .moss(["submit", short, "--summary", "2 endpoints, tests pass", "--artifact", "orders.py"])
        .exits(0)
        .says("handed in");
    let writes = team.writes();
    let mut lines: Vec<_> = writes.iter().map(|(line, _)| line.as_str()).collect();
    lines.sort_unstable();
    assert_eq!(lines, ["POST /api/logs", "POST /api/sub-tasks/{id}/submit"]);
    let log = &writes.iter().find(|(line, _)| line == "POST /api/logs").unwrap().1;
    assert_eq!((&log["action"], &log["sub_task_id"]), (&json!("delivery"), &json!(list)));
    let summary = log["summary"].as_str().unwrap();
    assert!(summary.contains("2 endpoints") && summary.contains("orders.py"), "{summary}");

    // The reviewer sees it, looks, and sends it back.
    team.reviewer.moss(["wake"]).exits(0).says("1 REVIEW").says("moss review show");
    team.reviewer.moss(["review", "list"]).exits(0).says(short);
    team.reviewer.moss(["review", "show", short]).exits(0).says("2 endpoints").says("orders.py");
    team.reviewer.moss(["show", short]).exits(0).says("pages by 20");
    assert_eq!(team.write_lines(), [""; 0], "looking changes nothing");
    let issues = "page_size is ignored; nothing tests the empty list";
    team.reviewer.moss(["review", "reject", short, "--score", "2", "--issues", issues]).exits(0);
    let writes = team.writes();
    assert_eq!(writes[0].0, "POST /api/review-records");
    let body = &writes[0].1;
    assert_eq!(body["sub_task_id"], list);
    assert_eq!((&body["result"], &body["score"]), (&json!("rejected"), &json!(2)));
    assert_eq!(body["issues"], issues);

    // The executor holds new work too, but the rejection comes first, with what is wrong.
    team.executor.moss(["claim", &notes[..8], "--start"]).exits(0);
    let woken = team.executor.moss(["wake"]).exits(0).says("1 REWORK").says("score -5");
    let (rework, fresh) = (woken.stdout.find(short), woken.stdout.find(&notes[..8]));
    assert!(rework.unwrap() < fresh.unwrap(), "{woken}");
    let woken = woken.says("rejected 2/5").says(issues).says("AI-Rev");
    woken.says("OWED a reflection").says("2 IN PROGRESS");
    team.server.take_requests();
    team.executor.moss(["log", "add", "reflection", "--on", short, "read it twice"]).exits(0);
    assert_eq!(team.write_lines(), ["POST /api/logs"]);
    let woken = team.executor.moss(["wake"]).exits(0).keeps_quiet_about("OWED");
    woken.says("read it twice");

    // Mended and approved.
    team.executor.moss(["start", short]).exits(0);
    team.executor.moss(["submit", short, "--summary", "both fixed"]).exits(0);
    team.reviewer
        .moss(["review", "approve", short, "--score", "5", "--comment", "good now"])
        .exits(0);
    let shown = team.planner.moss(["show", short, "--json"]).json();
    assert_eq!(shown["sub_task"].get("status").unwrap_or(&shown["status"]), "done");
    team.executor.moss(["score", "me"]).exits(0).says("score 0");
    let logs = team.executor.moss(["score", "logs"]).exits(0).says("+5").says("-5");
    assert_eq!(logs.stdout.lines().count(), 2, "{logs}");
}

#[test]
fn the_planner_sees_when_everything_is_done_and_closes() {
    let (team, list, notes) = Team::with_work();
    for id in [&list, &notes] {
        team.executor.moss(["claim", id, "--start"]).exits(0);
        team.executor.moss(["submit", id, "--summary", "done"]).exits(0);
        team.reviewer.moss(["review", "approve", id, "--score", "4"]).exits(0);
    }
    let woken = team.planner.moss(["wake"]).exits(0).says("Orders").says("2 of 2 done");
    let next = woken.stdout.lines().find_map(|line| line.trim().strip_prefix("-> "));
    team.planner.shell(next.unwrap()).exits(0);
    let task = team.planner.moss(["list", "--tasks", "--json"]).json();
    assert_eq!(task["items"][0]["status"], "completed");
    team.planner.moss(["wake", "--gate"]).exits(3);
}

#[test]
fn the_patrol_blocks_and_the_planner_gives_it_to_another() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short, "--start"]).exits(0);
    team.server.take_requests();
    team.patrol.moss(["patrol", "block", short, "--reason", "silent for 3 hours"]).exits(0);
    assert_eq!(team.write_lines(), ["POST /api/sub-tasks/{id}/block", "POST /api/logs"]);
    team.planner
        .moss(["wake"])
        .exits(0)
        .says("BLOCKED")
        .says("silent for 3 hours")
        .says(&format!("moss plan reassign {short}"));
    team.planner.moss(["plan", "reassign", short, "AI-Ola"]).exits(0);
    assert_eq!(team.write_lines(), ["POST /api/sub-tasks/{id}/reassign"]);
    team.other.moss(["wake"]).exits(0).says("1 ASSIGNED").says(short);
    team.executor.moss(["wake"]).exits(0).keeps_quiet_about(short);
}

/// Nothing there fails a sub-task: its holder says so in the log, and both who act on it read that.
#[test]
fn what_its_holder_cannot_do_reaches_patrol_and_planner() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short, "--start"]).exits(0);
    let woken = team.executor.moss(["wake"]).exits(0);
    let line = woken.stdout.lines().find(|line| line.contains("# if you cannot")).unwrap();
    let line =
        line.trim().strip_prefix("-> ").unwrap().replace("what is missing", "which currency?");
    team.executor.shell(&line).exits(0);
    team.patrol.moss(["wake", "--gate"]).exits(3);
    team.server.let_pass(std::time::Duration::from_secs(2 * 3_600 + 30));
    team.patrol
        .moss(["wake", "--gate"])
        .exits(0)
        .says("in the log for 2 h; the last one says it is blocked: which currency?");
    team.patrol.moss(["patrol", "block", short, "--reason", "it waits for an answer"]).exits(0);
    let woken = team.planner.moss(["wake"]).exits(0);
    woken.says("it waits for an answer").says("which currency?");
}

/// Only a patrol blocks there: what others log as one is no reason.
#[test]
fn why_it_is_blocked_is_said_by_a_patrol() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short, "--start"]).exits(0);
    team.patrol.moss(["patrol", "block", short, "--reason", "it waits for an answer"]).exits(0);
    team.other.moss(["log", "add", "patrol", "FORGED", "--on", short]).exits(0);
    let woken = team.planner.moss(["wake"]).exits(0);
    drop(woken.says("it waits for an answer").keeps_quiet_about("FORGED"));
}

/// A next step that is printed is one that works: no attempts, no release, no editing of what is
/// blocked.
#[test]
fn the_packet_names_no_command_the_original_lacks() {
    let (team, list, notes) = Team::with_work();
    team.executor.moss(["claim", &list, "--start"]).exits(0);
    let woken = team.executor.moss(["wake"]).exits(0).says("IN PROGRESS");
    woken.keeps_quiet_about("moss fail").keeps_quiet_about("--attempt");
    team.patrol.moss(["patrol", "block", &list, "--reason", "r"]).exits(0);
    let woken = team.planner.moss(["wake"]).exits(0).says("BLOCKED").says("moss plan reassign");
    woken.keeps_quiet_about("moss plan release").keeps_quiet_about("moss plan edit");
    team.executor.moss(["claim", &notes, "--start"]).exits(0);
    team.executor.moss(["submit", &notes, "--summary", "done"]).exits(0);
    let shown = team.reviewer.moss(["review", "show", &notes]).exits(0).says("moss review approve");
    shown.keeps_quiet_about("--attempt");
}

#[test]
fn nobody_wakes_for_nothing() {
    let team = Team::new();
    for workspace in [&team.executor, &team.reviewer, &team.patrol, &team.planner] {
        let ran = workspace.moss(["wake", "--gate"]).exits(3);
        assert_eq!(ran.stdout, "", "{ran}");
        workspace.moss(["wake"]).exits(3).says("NOTHING TO DO");
    }
    assert_eq!(team.write_lines(), [""; 0]);
}

/// The packet is composed of old questions asked side by side: no more of them with more work.
#[test]
fn a_wake_up_asks_a_bounded_number_of_questions() {
    let (team, list, _) = Team::with_work();
    team.executor.moss(["claim", &list]).exits(0);
    team.server.take_requests();
    team.executor.moss(["wake"]).exits(0);
    let few = team.reads();
    assert!(few.contains(&"GET /api/sub-tasks/mine".to_owned()), "{few:?}");
    assert!(few.contains(&"GET /api/scores/me".to_owned()), "{few:?}");
    let task = team.planner.moss(["list", "--tasks", "--json"]).json();
    let task = task["items"][0]["id"].as_str().unwrap().to_owned();
    for n in 0..30 {
        team.planner.moss(["plan", "add", &task, &format!("More {n}")]).exits(0);
    }
    team.server.take_requests();
    team.executor.moss(["wake"]).exits(0);
    let many = team.reads();
    assert_eq!(few.len(), many.len(), "{few:?}\n{many:?}");
}
