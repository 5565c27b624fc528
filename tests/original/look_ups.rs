//! Commands that only look: what they show, and that they ask the old routes for it.

use super::team::Team;

#[test]
fn lists_and_their_filters() {
    let (team, list, notes) = Team::with_work();
    team.executor.moss(["claim", &list]).exits(0);
    let (list, notes) = (&list[..8], &notes[..8]);
    team.server.take_requests();
    team.planner.moss(["list"]).exits(0).says(list).says(notes);
    team.planner.moss(["list", "--status", "pending"]).exits(0).says(notes).keeps_quiet_about(list);
    team.executor.moss(["mine"]).exits(0).says(list).keeps_quiet_about(notes);
    team.other.moss(["mine"]).exits(0).keeps_quiet_about(list);
    team.other.moss(["available"]).exits(0).says(notes).keeps_quiet_about(list);
    team.planner.moss(["list", "--tasks"]).exits(0).says("Orders").says("active");
    let reads = team.reads();
    for path in ["sub-tasks", "sub-tasks/mine", "sub-tasks/available", "tasks"] {
        assert!(reads.contains(&format!("GET /api/{path}")), "{path}: {reads:?}");
    }
}

#[test]
fn one_thing_by_a_part_of_its_id() {
    let (team, list, _) = Team::with_work();
    for id in [&list[..4], &list[..8], &list[..13], &list] {
        team.planner.moss(["show", id]).exits(0).says("Order list").says("pages by 20");
    }
    team.planner.moss(["show", "00000000"]).exits(5);
    let task = team.planner.moss(["list", "--tasks", "--json"]).json();
    let task = task["items"][0]["id"].as_str().unwrap().to_owned();
    team.planner.moss(["show", &task[..8]]).exits(0).says("Orders");
    assert_eq!(team.write_lines(), [""; 0]);
}

/// The original lists nothing of what it does not know.
#[test]
fn what_is_not_there_is_no_empty_list() {
    let (team, ..) = Team::with_work();
    let nobody = "00000000-0000-4000-8000-000000000009";
    for id in ["0000", nobody] {
        for (args, what) in [
            (&["list", "--task", id][..], "task"),
            (&["list", "--modules", id], "task"),
            (&["module", "list", id], "task"),
            (&["rules", "--task", id], "task"),
            (&["list", "--module", id], "module"),
            (&["log", "list", "--on", id], "sub-task"),
            (&["review", "list", "--on", id], "sub-task"),
            (&["log", "list", "--agent", id], "agent"),
            (&["score", "logs", "--agent", id], "agent"),
        ] {
            let ran = team.planner.moss_with_input(args, "").exits(5);
            let hint = match what {
                "task" => "hint: moss list --tasks\n",
                "module" => "hint: moss list --modules TASK",
                "agent" => "hint: moss agents\n",
                _ => "hint: moss list, or moss mine\n",
            };
            drop(ran.complains(hint));
        }
    }
}

#[test]
fn pages_say_that_there_is_more() {
    let (team, ..) = Team::with_work();
    let task = team.planner.moss(["list", "--tasks", "--json"]).json();
    let task = task["items"][0]["id"].as_str().unwrap().to_owned();
    for n in 0..5 {
        team.planner.moss(["plan", "add", &task[..8], &format!("Extra {n}")]).exits(0);
    }
    let first = team.planner.moss(["list", "--page-size", "3"]).exits(0).says("4 more");
    assert_eq!(first.stdout.lines().count(), 4, "{first}");
    let last = team.planner.moss(["list", "--page-size", "3", "--page", "3"]).exits(0);
    assert_eq!(last.stdout.lines().count(), 1, "{last}");
    let all = team.planner.moss(["list", "--all", "--json"]).json();
    assert_eq!(all["items"].as_array().unwrap().len(), 7);
}

#[test]
fn who_is_there_and_what_the_score_is() {
    let (team, ..) = Team::with_work();
    team.reviewer.moss(["score", "adjust", "AI-Wu", "3", "helped a colleague"]).exits(0);
    let writes = team.writes();
    assert_eq!(writes[0].0, "POST /api/scores/adjust");
    assert_eq!(writes[0].1["score_delta"], 3);
    assert_eq!(writes[0].1["agent_id"].as_str().map(str::len), Some(36), "{}", writes[0].1);
    team.executor.moss(["score", "me"]).exits(0).says("score 3").says("rank 1 of 5");
    team.executor.moss(["score", "logs"]).exits(0).says("+3").says("helped a colleague");
    team.planner.moss(["score", "logs", "--agent", "AI-Wu"]).exits(0).says("+3");
    let board = team.patrol.moss(["score", "board"]).exits(0);
    assert!(board.stdout.lines().next().unwrap().contains("AI-Wu"), "{board}");
    team.planner.moss(["agents"]).exits(0).says("AI-Wu").says("AI-Rev");
    let reviewers = team.planner.moss(["agents", "--role", "reviewer"]).exits(0).says("AI-Rev");
    reviewers.keeps_quiet_about("AI-Wu");
    team.executor.moss(["whoami"]).exits(0).says("AI-Wu").says("executor").says("original");
}

/// Rules come without the notice the original adds for its own old clients.
#[test]
fn rules_and_notifications() {
    let (team, ..) = Team::with_work();
    let rules = team.executor.moss(["rules"]).exits(0).says("OpenMOSS 试验").says("/workspace");
    let rules = rules.keeps_quiet_about("curl").keeps_quiet_about("{{");
    drop(rules);
    team.executor.moss(["wake"]).exits(0).says("OpenMOSS 试验").keeps_quiet_about("curl");
    team.executor.moss(["notify"]).exits(0).says("off");
}

#[test]
fn logs_are_written_and_read() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["log", "add", "coding", "解析器完成 🚀", "--on", short]).exits(0);
    let writes = team.writes();
    assert_eq!(writes[0].0, "POST /api/logs");
    assert_eq!(writes[0].1["summary"], "解析器完成 🚀");
    assert_eq!(writes[0].1["sub_task_id"], list);
    team.executor.moss(["log", "mine"]).exits(0).says("解析器完成 🚀");
    team.planner.moss(["log", "list", "--on", short]).exits(0).says("解析器完成");
    team.planner.moss(["log", "list", "--agent", "AI-Wu"]).exits(0).says("解析器完成");
    team.other.moss(["log", "mine"]).exits(0).keeps_quiet_about("解析器");
    team.executor.moss_with_input(&["log", "add", "plan", "-"], "from stdin\nline 2\n").exits(0);
    assert_eq!(team.writes()[0].1["summary"], "from stdin\nline 2");
}
