//! What a timer is told by the real command: work is offered once, and again when the agent has
//! done something; a server that was killed remembers.

use std::process::Command;

use serde_json::json;

use crate::team::Team;
use test_support::moss::start;
use test_support::program;
use test_support::server::Launch;

test_support::tests![
    the_same_work_wakes_an_agent_once_until_it_does_something,
    of_many_timers_at_once_one_wakes_the_agent,
    whoever_leaves_something_is_not_woken_by_it,
];

fn the_same_work_wakes_an_agent_once_until_it_does_something() {
    let mut team = Team::start(1, 0);
    let (_, ids) = team.plan("work", 2);
    let executor = team.workspace(&team.executors[0]);
    executor.moss(["wake", "--gate"]).exits(0).says("CLAIMABLE 2");
    let idle = executor.moss(["wake", "--gate"]).exits(3).prints("");
    assert_eq!(idle.stderr, "");
    executor.moss(["show", &ids[0]]).exits(0);
    executor.moss(["wake"]).exits(0).says("CLAIMABLE 2");
    executor.moss(["wake", "--gate"]).exits(3);
    team.server.kill();
    executor.moss(["wake", "--gate", "--timeout", "1"]).exits(7);
    team.server = Launch::new(team.folder.path()).start();
    let executor = team.workspace(&team.executors[0]);
    executor.moss(["wake", "--gate"]).exits(3).prints("");
    executor.moss(["wake", "--gate", "--json", "withheld"]).exits(3).says("\"packets\":1}");
    executor.moss(["claim", "--start"]).exits(0);
    executor.moss(["wake", "--gate"]).exits(0).says("1 IN PROGRESS");
    executor.moss(["wake", "--gate"]).exits(3);
    executor.moss(["heartbeat", &ids[0]]).exits(0);
    executor.moss(["wake", "--gate"]).exits(0).says("1 IN PROGRESS");
}

fn of_many_timers_at_once_one_wakes_the_agent() {
    let team = Team::start(1, 0);
    team.plan("work", 1);
    let executor = team.workspace(&team.executors[0]);
    for round in 0..3 {
        let timers: Vec<_> = (0..8)
            .map(|_| {
                let mut timer = Command::new(program::moss());
                timer.args(["wake", "--gate"]).current_dir(executor.path()).env_clear();
                timer.env("HOME", executor.path()).env("MOSS_SERVER", team.server.url());
                start(timer.env("MOSS_API_KEY", &team.executors[0].key))
            })
            .collect();
        let ended = timers.into_iter().map(|timer| timer.wait_with_output().unwrap());
        let mut codes: Vec<_> = ended.map(|output| output.status.code()).collect();
        codes.sort();
        assert_eq!(codes, [vec![Some(0)], vec![Some(3); 7]].concat(), "round {round}");
        let log = json!({ "action": "coding", "summary": "still at it" });
        team.must(&team.executors[0], "POST", "/api/logs", &log);
    }
}

fn whoever_leaves_something_is_not_woken_by_it() {
    let team = Team::start(1, 0);
    let (_, ids) = team.plan("work", 1);
    let (executor, planner) = (team.workspace(&team.executors[0]), team.workspace(&team.planner));
    executor.moss(["claim"]).exits(0);
    executor.moss(["fail", &ids[0], "--class", "unclear", "--detail", "which currency?"]).exits(0);
    let packet = planner.moss(["wake", "--gate"]).exits(0);
    let wait = packet.stdout.lines().find_map(|line| {
        line.strip_prefix("-> ").filter(|line| line.starts_with("moss plan wait "))
    });
    planner.shell(wait.unwrap()).exits(8).complains("stands for words of your own");
    let left = planner.shell(&wait.unwrap().replace("WHY", "asked the owner")).exits(0);
    assert!(left.stdout.starts_with("left "), "{left}");
    planner.moss(["wake", "--gate"]).exits(3);
    planner.moss(["wake"]).exits(3).says("NOTHING TO DO");
    planner.moss(["plan", "edit", &ids[0], "--description", "euros"]).exits(0);
    planner.moss(["wake", "--gate"]).exits(0).says("1 BLOCKED");
}
