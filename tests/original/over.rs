//! Tasks that are over: the original goes on offering their sub-tasks, the command does not.

use super::team::Team;

#[test]
fn work_of_a_task_that_is_over_is_offered_to_nobody() {
    for end in ["completed", "archived", "cancelled"] {
        let (team, list, notes) = Team::with_work();
        team.executor.moss(["claim", &list, "--start"]).exits(0);
        team.patrol.moss(["wake", "--gate"]).exits(3);
        team.server.let_pass(std::time::Duration::from_secs(2 * 3_600 + 30));
        team.patrol.moss(["wake", "--gate"]).exits(0).says("log for 2 h\n");
        let tasks = team.planner.moss(["list", "--tasks", "--json"]).json();
        let task = tasks["items"][0]["id"].as_str().unwrap().to_owned();
        match end {
            "cancelled" => team.planner.moss(["plan", "cancel", &task]).exits(0),
            end => team.planner.moss(["plan", "status", &task, end]).exits(0),
        };
        team.server.take_requests();
        for agent in [&team.executor, &team.other, &team.patrol, &team.planner] {
            agent.moss(["wake", "--gate"]).exits(3);
        }
        team.other.moss(["available"]).exits(0).complains("nothing to claim");
        team.other.moss(["claim", "--start"]).exits(3);
        assert_eq!(team.write_lines(), [""; 0], "{end}");
        // It is still there for whoever looks.
        team.planner.moss(["list"]).exits(0).says(&notes[..8]);
        team.executor.moss(["mine"]).exits(0).says(&list[..8]);

        // What was handed in waits for nobody either.
        team.executor.moss(["submit", &list, "--summary", "done"]).exits(0);
        team.reviewer.moss(["review", "list"]).exits(0).complains("nothing waits for a verdict");
        team.reviewer.moss(["wake", "--gate"]).exits(3);
    }
}

#[test]
fn the_others_are_counted_and_paged_without_it() {
    let (team, _, notes) = Team::with_work();
    team.planner.write("more.yaml", "task: {name: Gone}\nsub_tasks: [{name: A}, {name: B}]\n");
    team.planner.moss(["plan", "apply", "more.yaml"]).exits(0);
    let tasks = team.planner.moss(["list", "--tasks"]).exits(0);
    let gone = tasks.stdout.lines().find(|line| line.contains("Gone")).unwrap()[..8].to_owned();
    team.executor.moss(["wake"]).exits(0).says("CLAIMABLE 4");
    team.planner.moss(["plan", "cancel", &gone]).exits(0);
    team.executor.moss(["wake"]).exits(0).says("CLAIMABLE 2");
    let first = team.executor.moss(["available", "--page-size", "1"]).exits(0);
    first.says(&notes[..8]).says("… 1 more: moss available --page-size 1 --page 2");
    let last = team.executor.moss(["available", "--page-size", "1", "--page", "2"]).exits(0);
    assert_eq!(last.stdout.lines().count(), 1, "{last}");
    last.says("Order list");
    let all = team.executor.moss(["available", "--all", "--json"]).json();
    assert_eq!((all["items"].as_array().unwrap().len(), &all["total"]), (2, &2.into()));
}

/// However much of it there is: the original lists the newest first.
#[test]
fn none_of_it_hides_what_is_still_to_be_done() {
    let (team, list, _) = Team::with_work();
    let many: Vec<_> = (0..101).map(|n| format!("{{name: Gone {n}}}")).collect();
    let plan = format!("task: {{name: Gone}}\nsub_tasks: [{}]\n", many.join(", "));
    team.planner.write("gone.yaml", &plan);
    team.planner.moss(["plan", "apply", "gone.yaml"]).exits(0);
    let tasks = team.planner.moss(["list", "--tasks", "--page-size", "1"]).exits(0);
    team.planner.moss(["plan", "cancel", &tasks.stdout[..8]]).exits(0);
    team.executor.moss(["wake"]).exits(0).says("CLAIMABLE 2, best ").says(&list[..8]);
    team.executor.moss(["claim"]).exits(0).says(&list[..8]);
}
