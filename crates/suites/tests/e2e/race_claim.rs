//! Invariants 1 and 2 between processes: whoever claims, however many at once, one holds it.

use std::collections::HashSet;
use std::sync::Barrier;

use serde_json::Value;

use crate::team::Team;
use test_support::moss::Workspace;

test_support::tests![
    one_sub_task_has_one_winner_in_every_attempt,
    two_hundred_sub_tasks_have_one_winner_each,
    claiming_the_best_gives_each_away_once,
];

const CONTENDERS: usize = 8;

/// Lets every executor go at the same moment, each on a thread that runs its processes.
fn all_at_once<T: Send>(team: &[Workspace], act: impl Fn(&Workspace) -> T + Sync) -> Vec<T> {
    let (start, act) = (&Barrier::new(team.len()), &act);
    std::thread::scope(|scope| {
        let go = |workspace| {
            scope.spawn(move || {
                start.wait();
                act(workspace)
            })
        };
        let running: Vec<_> = team.iter().map(go).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Lets every executor claim it at once; one wins, and everyone else is told who. Answers the
/// winner's place in the team.
#[track_caller]
fn fight(team: &Team, workspaces: &[Workspace], id: &str, attempt: i64) -> usize {
    let short = &id[..8];
    let ran = all_at_once(workspaces, |workspace| workspace.moss(["claim", short]));
    let winners: Vec<usize> = (0..ran.len()).filter(|&at| ran[at].code == 0).collect();
    let [winner] = winners[..] else { panic!("winners {winners:?} of {ran:#?}") };
    let held = format!("is held by \"{}\" (attempt {attempt}, until ", team.executors[winner].name);
    for (at, ran) in ran.into_iter().enumerate() {
        if at == winner {
            ran.exits(0).says(&format!("claimed {short} ")).says(&format!(", attempt {attempt},"));
        } else {
            ran.exits(6).complains(&held).keeps_quiet_about("claimed");
        }
    }
    winner
}

fn one_sub_task_has_one_winner_in_every_attempt() {
    let team = Team::start(CONTENDERS * 2, 0);
    let workspaces: Vec<_> = team.executors.iter().map(|agent| team.workspace(agent)).collect();
    let (_, ids) = team.plan("prize", 1);
    for attempt in 1..=5 {
        let winner = fight(&team, &workspaces, &ids[0], attempt);
        workspaces[winner].moss(["release", &ids[0]]).exits(0);
    }
    let attempts = team.must(
        &team.planner,
        "GET",
        &format!("/api/sub-tasks/{}/attempts", ids[0]),
        &Value::Null,
    );
    let numbers: Vec<i64> =
        attempts.as_array().unwrap().iter().map(|a| a["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    team.audit().holds();
}

fn two_hundred_sub_tasks_have_one_winner_each() {
    let team = Team::start(CONTENDERS, 0);
    let workspaces: Vec<_> = team.executors.iter().map(|agent| team.workspace(agent)).collect();
    let (_, ids) = team.plan("prize", 200);
    let mut wins = [0; CONTENDERS];
    for id in &ids {
        wins[fight(&team, &workspaces, id, 1)] += 1;
    }
    assert!(wins.iter().filter(|&&wins| wins > 0).count() > 1, "no race at all: {wins:?}");
    let audit = team.audit();
    audit.holds();
    assert_eq!(audit.number("SELECT COUNT(*) FROM attempts"), 200);
}

fn claiming_the_best_gives_each_away_once() {
    let team = Team::start(CONTENDERS, 0);
    let workspaces: Vec<_> = team.executors.iter().map(|agent| team.workspace(agent)).collect();
    let (_, ids) = team.plan("prize", 200);
    let given = all_at_once(&workspaces, |workspace| {
        let mut mine = Vec::new();
        loop {
            let ran = workspace.moss(["claim", "--json"]);
            if ran.code == 3 {
                return mine;
            }
            mine.push(ran.json()["id"].as_str().unwrap().to_owned());
        }
    });
    let given: Vec<String> = given.into_iter().flatten().collect();
    assert_eq!(given.len(), ids.len());
    assert_eq!(given.into_iter().collect::<HashSet<_>>(), ids.into_iter().collect());
    team.audit().holds();
}
