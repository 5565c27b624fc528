//! Sections 6 and 7: verdicts, what they move and what they earn.

use serde_json::{Value, json};

use crate::case::{Case, case};
use crate::shape::{review, reward, score, sub_task, whole_list, with};
use crate::world::By::{Executor, Planner, Reviewer};

pub fn cases() -> Vec<Case> {
    [checks(), rounds(), ledger()].into_iter().flatten().collect()
}

fn judge(why: &'static str, result: &str, score: Value) -> Case {
    case(why, Reviewer, "POST", "/api/review-records").json(json!({
        "sub_task_id": "{job}", "result": result, "score": score, "issues": "i", "comment": "c",
    }))
}

fn act(why: &'static str, verb: &str) -> Case {
    case(why, Executor, "POST", format!("/api/sub-tasks/{{job}}/{verb}")).succeeds()
}

/// A verdict on ours is on what its reviewer was shown.
fn look() -> Case {
    case("looked at", Reviewer, "GET", "/api/sub-tasks/{job}").gives(sub_task())
}

fn new_job() -> Vec<Case> {
    vec![
        case("a sub-task", Planner, "POST", "/api/sub-tasks")
            .json(json!({ "task_id": "{task}", "name": "Job" }))
            .succeeds()
            .keep("job", "/id"),
        act("claimed", "claim"),
        act("started", "start"),
    ]
}

/// The original checks in this order, so each body is wrong in what follows too.
fn checks() -> Vec<Case> {
    let post = |why, by, body| case(why, by, "POST", "/api/review-records").json(body);
    let with = |sub: &str, result: &str, score: i64, issues: &str| json!({ "sub_task_id": sub, "result": result, "score": score, "issues": issues });
    let mut cases = vec![
        case("a task", Planner, "POST", "/api/tasks")
            .json(json!({ "name": "T" }))
            .succeeds()
            .keep("task", "/id"),
        case("open", Planner, "PUT", "/api/tasks/{task}/status")
            .json(json!({ "status": "active" }))
            .succeeds(),
    ];
    cases.extend(new_job());
    cases.extend([
        post("an executor judges nothing", Executor, json!({})).refused(403),
        post("fields missing", Reviewer, json!({ "sub_task_id": "{job}" })).refused(422),
        post("no such verdict", Reviewer, with("{nowhere}", "perfect", 9, "")).refused(400),
        post("over 5", Reviewer, with("{nowhere}", "rejected", 6, "")).refused(400),
        post("under 1", Reviewer, with("{nowhere}", "approved", 0, "")).refused(400),
        post("a rejection says why", Reviewer, with("{nowhere}", "rejected", 2, " \n "))
            .refused(400),
        post("an unknown one", Reviewer, with("{nowhere}", "rejected", 2, "i"))
            .refused(400)
            .ours(404),
        judge("not handed in yet", "approved", json!(5)).refused(400).ours(409),
        act("handed in", "submit"),
        look(),
        judge("a fraction", "approved", json!(4.5)).refused(422),
        judge("no number", "approved", json!("good")).refused(422),
        judge("null", "approved", Value::Null).refused(422),
        post(
            "to be mended by somebody unknown",
            Reviewer,
            json!({
                "sub_task_id": "{job}", "result": "rejected", "score": 2, "issues": "i",
                "rework_agent": "{nowhere}",
            }),
        )
        .refused(400)
        .ours(404),
    ]);
    cases
}

fn rounds() -> Vec<Case> {
    let again = |word| {
        [act("taken up again", "start"), act("handed in again", "submit"), look(), word].into_iter()
    };
    let rejected = with(
        review(),
        json!({
            "sub_task_id": "{job}", "reviewer_agent": "{reviewer_id}", "round": 1,
            "result": "rejected", "score": 2, "issues": "i", "comment": "c", "rework_agent": null,
        }),
    );
    let round = |n: i64, score: i64| with(review(), json!({ "round": n, "score": score }));
    let mut cases = vec![
        judge("rejected, the score as text", "rejected", json!("2"))
            .gives(rejected)
            .keep("first", "/id"),
        judge("a second verdict on one round", "approved", json!(5)).refused(400).ours(409),
        case("back to its executor", Executor, "GET", "/api/sub-tasks/{job}").gives(with(
            sub_task(),
            json!({ "status": "rework", "rework_count": 1, "assigned_agent": "{executor_id}" }),
        )),
    ];
    cases.extend(again(
        judge("score and verdict are independent", "rejected", json!(5.0)).gives(round(2, 5)),
    ));
    cases.extend(again(judge("3 moves nothing", "rejected", json!(3)).gives(round(3, 3))));
    cases.extend(again(
        judge("true is 1, and approved", "approved", json!(true)).gives(round(4, 1)),
    ));
    cases.extend([
        case("done at last", Executor, "GET", "/api/sub-tasks/{job}").gives(with(
            sub_task(),
            json!({ "status": "done", "rework_count": 3, "completed_at": ":time" }),
        )),
        case("one", Planner, "GET", "/api/review-records/{first}").gives(round(1, 2)),
        case("an unknown one", Planner, "GET", "/api/review-records/{nowhere}").refused(404),
        case("newest first", Planner, "GET", "/api/review-records?sub_task_id={job}")
            .gives(whole_list(json!([round(4, 1), round(3, 3), round(2, 5), round(1, 2)]), 4)),
        case("of an unknown one", Planner, "GET", "/api/review-records?sub_task_id={nowhere}")
            .gives(whole_list(json!([]), 0)),
    ]);
    cases
}

/// 2 → -5, 5 → +5, 3 → no row at all, 1 → -5.
fn ledger() -> Vec<Case> {
    let row = |delta: i64| with(reward(), json!({ "score_delta": delta, "sub_task_id": "{job}" }));
    let mut cases = vec![
        case("three rows for four rounds", Executor, "GET", "/api/scores/me/logs")
            .gives(whole_list(json!([row(-5), row(5), row(-5)]), 3)),
        case("the sum of them", Executor, "GET", "/api/scores/me").gives(with(
            score(),
            json!({
                "agent_id": "{executor_id}", "total_score": -5, "reward_count": 1,
                "penalty_count": 2, "total_records": 3,
            }),
        )),
    ];
    cases.extend(new_job());
    cases.extend([
        act("handed in", "submit"),
        look(),
        case("given to another", Reviewer, "POST", "/api/review-records")
            .json(json!({
                "sub_task_id": "{job}", "result": "rejected", "score": 1, "issues": "i",
                "rework_agent": "{other_id}",
            }))
            .gives(with(review(), json!({ "rework_agent": "{other_id}" }))),
        case("it is the other's now", Executor, "GET", "/api/sub-tasks/{job}")
            .gives(with(sub_task(), json!({ "assigned_agent": "{other_id}" }))),
        case("but who did it paid", Planner, "GET", "/api/scores/{other_id}/logs")
            .gives(whole_list(json!([]), 0)),
        case("the one who did it", Executor, "GET", "/api/scores/me")
            .gives(with(score(), json!({ "total_score": -10 }))),
    ]);
    cases
}
