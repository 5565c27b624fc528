//! The activity log.

use serde_json::{Value, json};

use super::answer::{Answer, ok, refuse};
use super::route::Call;
use super::state::{State, newest};

const ACTIONS: [&str; 7] =
    ["coding", "delivery", "blocked", "reflection", "plan", "review", "patrol"];

pub fn create(state: &mut State, call: &Call) -> Answer {
    let action = call.body.need("action");
    if !ACTIONS.contains(&action.as_str()) {
        return refuse(400, format!("没有这种动作: {action}"));
    }
    let mut row = json!({
        "agent_id": call.agent_id(), "sub_task_id": call.body.nullable("sub_task_id"),
        "action": action, "summary": call.body.text_or("summary", ""),
        "session_id": call.body.nullable("session_id"),
    });
    state.stamp(&mut row, false);
    state.logs.push(row.clone());
    ok(row)
}

pub fn list(state: &mut State, call: &Call) -> Answer {
    let wanted = ["sub_task_id", "agent_id", "action"].map(|name| (name, call.query.filter(name)));
    recent(state, call, &wanted)
}

pub fn mine(state: &mut State, call: &Call) -> Answer {
    let wanted = [("agent_id", Some(call.agent_id())), ("action", call.query.filter("action"))];
    recent(state, call, &wanted)
}

/// `days` is clamped to 1–60; `limit` 0 means the default, else it is clamped to 1–500.
fn recent(state: &State, call: &Call, wanted: &[(&str, Option<&str>)]) -> Answer {
    let days = call.query.whole("days")?.unwrap_or(7).clamp(1, 60);
    let limit = match call.query.whole("limit")?.unwrap_or(20) {
        0 => 20,
        limit => limit.clamp(1, 500),
    };
    let since = state.days_ago(days);
    let rows = newest(&state.logs, wanted).into_iter();
    let young = rows.filter(|row| row["created_at"].as_str() >= Some(since.as_str()));
    ok(young.take(limit as usize).collect::<Value>())
}
