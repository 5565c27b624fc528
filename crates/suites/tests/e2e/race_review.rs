//! Invariant 5 between processes: one round, one verdict, one reward.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::team::Team;
use test_support::moss::Ran;

test_support::tests![two_reviewers_give_one_verdict_and_one_reward,];

const SUB_TASKS: usize = 15;

/// Both reviewers judge the same sub-task at once, one for it, one against.
fn judge(team: &Team, id: &str, round: usize) -> [Ran; 2] {
    let [optimist, pessimist] = &team.reviewers[..] else { panic!("two reviewers") };
    let (optimist, pessimist) = (team.workspace(optimist), team.workspace(pessimist));
    for reviewer in [&optimist, &pessimist] {
        reviewer.moss(["review", "show", id]).exits(0);
    }
    let start = Barrier::new(2);
    std::thread::scope(|scope| {
        let approve = scope.spawn(|| {
            start.wait();
            optimist.moss(["review", "approve", id, "--score", "5"])
        });
        let reject = scope.spawn(|| {
            start.wait();
            // Another issue each time, since the same one twice goes to somebody else.
            let issues = format!("does not work in place {round}");
            pessimist.moss(["review", "reject", id, "--score", "1", "--issues", &issues])
        });
        [approve.join().unwrap(), reject.join().unwrap()]
    })
}

/// The executor's next hand-in, from whatever it takes to get there.
fn hand_in(team: &Team, id: &str, steps: &[&str]) {
    for step in steps {
        team.must(&team.executors[0], "POST", &format!("/api/sub-tasks/{id}/{step}"), &json!({}));
    }
}

/// Lets both judge a round; answers whether it was approved.
#[track_caller]
fn one_verdict(team: &Team, id: &str, round: usize) -> bool {
    let [approve, reject] = judge(team, id, round);
    let approved = approve.code == 0;
    let (won, lost) = if approved { (approve, reject) } else { (reject, approve) };
    let score =
        if approved { "score 5 (+5 for its executor)" } else { "score 1 (-5 for its executor)" };
    won.exits(0).says(&format!("round {round}, ")).says(score);
    lost.exits(6).complains(&format!("round {round} of sub-task {} has its verdict", &id[..8]));
    let path = format!("/api/review-records?sub_task_id={id}");
    let records = team.must(&team.planner, "GET", &path, &Value::Null);
    assert_eq!(records["total"], round, "{records}");
    approved
}

fn two_reviewers_give_one_verdict_and_one_reward() {
    let team = Team::start(1, 2);
    let (_, ids) = team.plan("work", SUB_TASKS);
    let (mut approved, mut rejected) = (0, 0);
    for id in &ids {
        hand_in(&team, id, &["claim", "start", "submit"]);
        let mut round = 1;
        while round <= 2 {
            if one_verdict(&team, id, round) {
                approved += 1;
                break;
            }
            rejected += 1;
            hand_in(&team, id, &["start", "submit"]);
            round += 1;
        }
    }
    assert!(approved > 0 && rejected > 0, "no race: {approved} approved, {rejected} rejected");
    let executor = &team.executors[0];
    let mine = team.must(executor, "GET", "/api/scores/me", &Value::Null);
    assert_eq!(mine["total_score"], 5 * (approved - rejected), "{mine}");
    let ledger = team.must(executor, "GET", "/api/scores/me/logs", &Value::Null);
    let lines: Vec<i64> = ledger["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["score_delta"].as_i64().unwrap())
        .collect();
    assert_eq!(i64::try_from(lines.len()).unwrap(), approved + rejected);
    assert_eq!(lines.iter().sum::<i64>(), 5 * (approved - rejected));
    team.audit().holds();
}
