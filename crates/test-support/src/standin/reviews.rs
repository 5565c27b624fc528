//! Reviews: the verdict, the move it causes and the score, together.

use serde_json::json;

use super::answer::{Answer, ok, refuse};
use super::pages::page;
use super::route::Call;
use super::scores::add_score;
use super::state::{State, find, newest};
use super::sub_tasks::{approve, reject};

/// Checks in the original's order.
pub fn create(state: &mut State, call: &Call) -> Answer {
    let result = call.body.need("result");
    if !["approved", "rejected"].contains(&result.as_str()) {
        return refuse(400, format!("没有这种结论: {result}"));
    }
    let score = call.body.whole("score")?.unwrap_or_default();
    if !(1..=5).contains(&score) {
        return refuse(400, "评分在 1 到 5 之间");
    }
    let issues = call.body.text_or("issues", "");
    if result == "rejected" && issues.trim().is_empty() {
        return refuse(400, "驳回需要写明问题");
    }
    let id = call.body.need("sub_task_id");
    let Some(sub_task) = find(&state.sub_tasks, &id) else {
        return refuse(400, "子任务不存在");
    };
    if sub_task["status"] != "review" {
        return refuse(400, format!("子任务处于 {}", sub_task["status"]));
    }
    // Whoever it was assigned to before the move earns the score.
    let worker = sub_task["assigned_agent"].as_str().map(str::to_owned);
    let rework_agent = call.body.filter("rework_agent");
    if rework_agent.is_some_and(|id| state.agent(id).is_none()) {
        return refuse(400, "没有这个成员");
    }

    let round = state.reviews.iter().filter(|review| review["sub_task_id"] == id).count() + 1;
    let mut row = json!({
        "sub_task_id": id, "reviewer_agent": call.agent_id(), "round": round, "result": result,
        "score": score, "issues": issues, "comment": call.body.text_or("comment", ""),
        "rework_agent": rework_agent,
    });
    state.stamp(&mut row, false);
    state.reviews.push(row.clone());
    if result == "approved" {
        approve(state, &id)?;
    } else {
        reject(state, &id, rework_agent)?;
    }
    let delta = [-5, -5, 0, 5, 5][score as usize - 1];
    if let (Some(worker), true) = (worker, delta != 0) {
        add_score(state, &worker, delta, &format!("评审得分 {score}"), json!(id));
    }
    ok(row)
}

pub fn list(state: &mut State, call: &Call) -> Answer {
    let wanted = [("sub_task_id", call.query.filter("sub_task_id"))];
    page(newest(&state.reviews, &wanted), &call.query)
}

pub fn show(state: &mut State, call: &Call) -> Answer {
    match find(&state.reviews, &call.at[0]).cloned() {
        Some(review) => ok(review),
        None => refuse(404, "评审记录不存在"),
    }
}
