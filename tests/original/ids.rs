//! Every id that is printed is taken back, beginning or whole: the original resolves none.

use serde_json::Value;

use super::team::Team;

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn modules_are_found_by_their_beginnings() {
    let (team, ..) = Team::with_work();
    let task = first_word(&team.planner.moss(["list", "--tasks"]).exits(0).stdout);
    let module = first_word(&team.planner.moss(["list", "--modules", &task]).exits(0).stdout);
    assert_eq!(module.len(), 8, "{module}");
    team.server.take_requests();
    let only = |args: &[&str]| {
        let listed = team.planner.moss_with_input(args, "").exits(0).says("Order list");
        listed.keeps_quiet_about("Release notes");
    };
    only(&["list", "--module", &module]);
    only(&["list", "--module", &module[..4]]);
    only(&["list", "--module", &module, "--task", &task]);
    let added = ["plan", "add", &task, "Order detail", "--module", &module];
    team.planner.moss(added).exits(0).says("made sub-task");
    let body = &team.writes()[0].1;
    let whole = body["module_id"].as_str().unwrap();
    assert_eq!((whole.len(), &whole[..8]), (36, module.as_str()));
    team.planner.moss(["list", "--module", whole]).exits(0).says("Order detail");

    for (nobody, shown) in [("0000", "0000"), ("nonsense", "\"nonsense\"")] {
        team.planner
            .moss(["list", "--module", nobody])
            .exits(5)
            .complains(&format!("no module is called {shown}"))
            .complains("hint: moss list --modules TASK");
        team.planner.moss(["plan", "add", &task, "X", "--module", nobody]).exits(5);
    }
    assert_eq!(team.write_lines(), [""; 0]);

    // One without sub-tasks is known, too; one of another task is none of this one.
    team.planner.moss(["plan", "task", "Other"]).exits(0);
    let other = first_word(&team.planner.moss(["list", "--tasks"]).exits(0).stdout);
    team.planner.moss(["plan", "module", &other, "Empty"]).exits(0);
    let empty = first_word(&team.planner.moss(["list", "--modules", &other]).exits(0).stdout);
    team.planner.moss(["list", "--module", &empty]).exits(0).complains("no sub-tasks");
    team.planner.moss(["plan", "add", &task, "X", "--module", &empty]).exits(5);
}

#[test]
fn a_verdict_is_found_by_its_beginning() {
    let (team, list, _) = Team::with_work();
    team.executor.moss(["claim", &list, "--start"]).exits(0);
    team.executor.moss(["submit", &list, "--summary", "done"]).exits(0);
    team.reviewer.moss(["review", "approve", &list, "--score", "5", "--comment", "tidy"]).exits(0);
    let listed = team.reviewer.moss(["review", "list", "--records"]).exits(0);
    let id = listed.stdout.trim_end().rsplit('\t').next().unwrap().to_owned();
    assert_eq!(id.len(), 8, "{listed}");
    let shown = team.reviewer.moss(["review", "get", &id, "--json"]).json();
    let whole = shown["id"].as_str().unwrap();
    assert!(whole.starts_with(&id) && shown["comment"] == "tidy", "{shown}");
    team.reviewer.moss(["review", "get", whole]).exits(0).says("tidy");
    team.reviewer.moss(["review", "get", "0000"]).exits(5).complains("no verdict is called 0000");
}

/// Whatever a list names in its first eight characters, its own commands take.
#[test]
fn sub_tasks_tasks_and_agents_too() {
    let (team, list, _) = Team::with_work();
    let agents = team.planner.moss(["agents", "--json"]).json();
    let executor = agents.as_array().unwrap().iter().find(|a| a["name"] == "AI-Wu").unwrap();
    let agent = executor["id"].as_str().map(|id| id[..8].to_owned()).unwrap();
    team.executor.moss(["claim", &list]).exits(0);
    team.planner.moss(["plan", "reassign", &list[..8], &agent]).exits(0);
    team.planner.moss(["score", "logs", "--agent", &agent]).exits(0);
    team.planner.moss(["log", "list", "--agent", &agent, "--on", &list[..8]]).exits(0);
    let task: Value = team.planner.moss(["list", "--tasks", "--json"]).json();
    let task = task["items"][0]["id"].as_str().unwrap()[..8].to_owned();
    team.executor.moss(["mine", "--latest", &task]).exits(0).says("Order list");
    team.executor.moss(["rules", "--task", &task]).exits(0);
    team.planner.moss(["plan", "status", &task]).exits(0).says("Order list");
}
