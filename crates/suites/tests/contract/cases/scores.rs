//! Section 7: changes by hand, the summary, the board.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::shape::{reward, score, whole_list, with};
use crate::world::By::{Admin, Executor, Patrol, Planner, Reviewer};

pub fn cases() -> Vec<Case> {
    [by_hand(), summaries()].into_iter().flatten().collect()
}

fn adjust(why: &'static str, agent: &str, delta: Value) -> Case {
    case(why, Reviewer, "POST", "/api/scores/adjust").json(json!({
        "agent_id": agent, "score_delta": delta, "reason": "helped",
    }))
}

fn by_hand() -> Vec<Case> {
    let change = |agent: &str, delta: i64| {
        with(reward(), json!({ "agent_id": agent, "score_delta": delta, "sub_task_id": null }))
    };
    vec![
        adjust("up", "{executor_id}", json!(7)).gives(change("{executor_id}", 7)),
        adjust("down, as text", "{other_id}", json!("-3")).gives(change("{other_id}", -3)),
        adjust("one's own", "{reviewer_id}", json!(7.0)).gives(change("{reviewer_id}", 7)),
        adjust("by nothing", "{executor_id}", json!(0)).refused(400),
        adjust("a fraction", "{executor_id}", json!(0.5)).refused(422),
        adjust("somebody unknown", "{nowhere}", json!(1)).refused(404),
        case("a planner may", Planner, "POST", "/api/scores/adjust")
            .json(json!({ "agent_id": "{other_id}", "score_delta": 1, "reason": "r" }))
            .succeeds(),
        case("an executor may not", Executor, "POST", "/api/scores/adjust")
            .json(json!({ "agent_id": "{executor_id}", "score_delta": 9, "reason": "r" }))
            .refused(403),
        case("no reason", Reviewer, "POST", "/api/scores/adjust")
            .json(json!({ "agent_id": "{executor_id}", "score_delta": 1 }))
            .refused(422),
    ]
}

fn summaries() -> Vec<Case> {
    let get = |why, by, path: &str| case(why, by, "GET", path);
    let row = |rank: i64, name: &str, role: &str, score: i64| {
        json!({
            "rank": rank, "agent_id": ":id", "agent_name": name, "role": role,
            "total_score": score,
        })
    };
    let any = |rank: i64, name: &str, score: i64| row(rank, name, ":filled", score);
    let mine = json!({
        "agent_id": "{executor_id}", "agent_name": "AI-executor", "total_score": 7, "rank": 1,
        "total_agents": 5, "reward_count": 1, "penalty_count": 0, "total_records": 1,
    });
    vec![
        get("mine", Executor, "/api/scores/me").gives(mine.clone()),
        get("ties share a rank", Reviewer, "/api/scores/me")
            .gives(with(score(), json!({ "rank": 1, "total_score": 7 }))),
        get("behind them", Patrol, "/api/scores/me")
            .gives(with(score(), json!({ "rank": 3, "total_score": 0, "total_records": 0 }))),
        get("on the board ties are numbered", Patrol, "/api/scores/leaderboard").gives(json!([
            any(1, ":filled", 7),
            any(2, ":filled", 7),
            any(3, ":filled", 0),
            any(4, ":filled", 0),
            row(5, "AI-other", "executor", -2),
        ])),
        get("anybody's rows", Patrol, "/api/scores/{executor_id}/logs")
            .gives(whole_list(json!([with(reward(), json!({ "score_delta": 7 }))]), 1)),
        get("nobody's rows", Patrol, "/api/scores/{nowhere}/logs").gives(whole_list(json!([]), 0)),
        get("anybody's, for the admin", Admin, "/api/scores/{executor_id}").gives(mine),
        get("nobody's, for the admin", Admin, "/api/scores/{nowhere}").refused(404),
        get("anybody's, not for agents", Planner, "/api/scores/{executor_id}").refused(422),
    ]
}
