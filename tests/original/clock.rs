//! The original's times: its local ones, without a zone. What the command makes of them before and
//! after it has learnt the zone, and what it takes for stalled.

use std::time::Duration;

use super::team::Team;
use test_support::moss::Ran;

const MINUTE: Duration = Duration::from_secs(60);

/// The hour and minute now, UTC, as far as they stay the same for the test: the minute before
/// counts, too.
fn is_now(time: &str) -> bool {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let minute = |before: u64| {
        let minutes = now.as_secs() / 60 - before;
        format!("{:02}:{:02}Z", minutes / 60 % 24, minutes % 60)
    };
    (0..3).any(|before| time.ends_with(&minute(before)))
}

fn created(ran: &Ran) -> String {
    ran.stdout.trim_end().rsplit('\t').next().unwrap().to_owned()
}

#[test]
fn a_write_tells_the_zone() {
    for minutes in [8 * 60, -(3 * 60 + 30), 5 * 60 + 45, 0] {
        let (team, list, _) = Team::with_work();
        team.server.move_to_zone(minutes);
        team.planner.moss(["plan", "task", "Fresh"]).exits(0);
        let tasks = team.planner.moss(["list", "--tasks", "--page-size", "1"]).exits(0);
        let time = created(&Ran { stdout: tasks.stdout.lines().next().unwrap().into(), ..tasks });
        assert!(is_now(&time), "{minutes}: {time}");
        // The executor has written nothing yet, and learns by its claim.
        let claimed = team.executor.moss(["claim", &list, "--start", "--json"]).json();
        let time = &claimed["updated_at"].as_str().unwrap()[..16];
        assert!(is_now(&format!("{time}Z")), "{minutes}: {claimed}");
        assert!(claimed["updated_at"].as_str().unwrap().ends_with('Z'), "{claimed}");
        let woken = team.executor.moss(["wake"]).exits(0);
        let since = woken.stdout.lines().find_map(|line| line.split("since ").nth(1)).unwrap();
        assert!(is_now(since.split(',').next().unwrap()), "{minutes}: {woken}");
    }
}

#[test]
fn until_then_times_are_the_servers() {
    let (team, list, _) = Team::with_work();
    team.executor.moss(["claim", &list, "--start"]).exits(0);
    // The reviewer has written nothing.
    let tasks = team.reviewer.moss(["list", "--tasks"]).exits(0).says(" server time\n");
    tasks.keeps_quiet_about("Z");
    let listed = team.reviewer.moss(["list", "--json"]).json();
    let time = listed["items"][0]["created_at"].as_str().unwrap();
    assert!(!time.ends_with('Z') && !time.contains("server"), "{time}");
    team.reviewer.moss(["log", "add", "review", "here"]).exits(0);
    let tasks = team.reviewer.moss(["list", "--tasks"]).exits(0).keeps_quiet_about("server time");
    assert!(is_now(&created(&tasks)), "{tasks}");
}

/// Editing a thing into what it was stamps nothing: its old stamp is no fresh one.
#[test]
fn what_was_not_stamped_anew_tells_nothing() {
    let (team, list, _) = Team::with_work();
    team.executor.moss(["claim", &list, "--start", "--session", "s-1"]).exits(0);
    std::fs::remove_file(team.executor.path().join(".moss/clock")).unwrap();
    std::fs::remove_file(team.planner.path().join(".moss/clock")).unwrap();
    team.server.let_pass(15 * MINUTE);
    team.executor.moss(["session", &list, "s-1"]).exits(0);
    let task = team.planner.moss(["list", "--tasks", "--json"]).json();
    let task = task["items"][0]["id"].as_str().unwrap().to_owned();
    team.planner.moss(["plan", "status", &task, "active"]).exits(0);
    for agent in [&team.executor, &team.planner] {
        agent.moss(["list", "--tasks"]).exits(0).says(" server time\n");
    }
}

/// Summer ends: the next write sets it right.
#[test]
fn the_zone_is_learnt_again() {
    let (team, ..) = Team::with_work();
    team.server.move_to_zone(2 * 60);
    team.planner.moss(["plan", "task", "Summer"]).exits(0);
    team.server.move_to_zone(60);
    team.planner.moss(["plan", "task", "Winter"]).exits(0);
    let tasks = team.planner.moss(["list", "--tasks"]).exits(0);
    let winter = tasks.stdout.lines().find(|line| line.contains("Winter")).unwrap();
    assert!(is_now(winter), "{tasks}");
}

/// A patrol that has never written knows no zone, and still tells what is stuck.
#[test]
fn the_patrol_wakes_only_for_what_is_stuck() {
    let (team, list, notes) = Team::with_work();
    let short = &list[..8];
    let gate = || team.patrol.moss(["wake", "--gate"]);
    team.executor.moss(["claim", short, "--start"]).exits(0);
    let ran = gate().exits(3);
    assert_eq!(ran.stdout, "", "{ran}");
    team.patrol.moss(["wake"]).exits(3).says("NOTHING TO DO");

    team.server.let_pass(58 * MINUTE);
    gate().exits(3);
    team.server.let_pass(4 * MINUTE);
    let woken = gate().exits(0).says(&format!("1 STUCK {short} \"Order list\""));
    woken
        .says("why:\n> no change and no entry of its holder in the log for 6")
        .says(&format!("-> moss patrol block {short}"));

    // A sign of life; nobody else's entry is one.
    team.patrol.moss(["log", "add", "patrol", "looked at it", "--on", short]).exits(0);
    gate().exits(0).says("STUCK");
    team.executor.moss(["log", "add", "coding", "half of it", "--on", short]).exits(0);
    gate().exits(3);

    // What is begun or given and left alone is stuck, too: nothing here takes it back.
    team.other.moss(["claim", &notes]).exits(0);
    team.server.let_pass(61 * MINUTE);
    let woken = gate().exits(0).says("1 STUCK").says("2 STUCK");
    woken.says(&notes[..8]).says(short);
    team.patrol.moss(["patrol", "block", short, "--reason", "silent"]).exits(0);
    team.patrol.moss(["patrol", "block", &notes[..8], "--reason", "silent"]).exits(0);
    gate().exits(3);
}

#[test]
fn rejected_work_that_nobody_takes_up_is_stuck() {
    let (team, list, _) = Team::with_work();
    let short = &list[..8];
    team.executor.moss(["claim", short, "--start"]).exits(0);
    team.executor.moss(["submit", short, "--summary", "done"]).exits(0);
    team.reviewer.moss(["review", "reject", short, "--score", "2", "--issues", "x"]).exits(0);
    team.patrol.moss(["wake", "--gate"]).exits(3);
    team.server.let_pass(61 * MINUTE);
    team.patrol.moss(["wake", "--gate"]).exits(0).says(&format!("1 STUCK {short}"));
}
