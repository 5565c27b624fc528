//! Scores: the ledger, the summary, the board, and changes by hand.

use serde_json::{Value, json};

use super::answer::{Answer, ok, refuse};
use super::pages::page;
use super::route::Call;
use super::state::{State, find_mut, newest};

pub fn mine(state: &mut State, call: &Call) -> Answer {
    summary(state, call.agent_id())
}

pub fn of(state: &mut State, call: &Call) -> Answer {
    summary(state, &call.at[0])
}

pub fn my_logs(state: &mut State, call: &Call) -> Answer {
    page(newest(&state.rewards, &[("agent_id", Some(call.agent_id()))]), &call.query)
}

pub fn logs_of(state: &mut State, call: &Call) -> Answer {
    page(newest(&state.rewards, &[("agent_id", Some(call.at[0].as_str()))]), &call.query)
}

/// Ties get different ranks; disabled agents are there too.
pub fn board(state: &mut State, _: &Call) -> Answer {
    let mut agents: Vec<_> = state.agents.iter().collect();
    agents.sort_by_key(|agent| -total(agent));
    let row = |(at, agent): (usize, &Value)| {
        json!({
            "rank": at + 1, "agent_id": agent["id"], "agent_name": agent["name"],
            "role": agent["role"], "total_score": agent["total_score"],
        })
    };
    ok(agents.into_iter().enumerate().map(row).collect())
}

pub fn adjust(state: &mut State, call: &Call) -> Answer {
    let delta = call.body.whole("score_delta")?.unwrap_or_default();
    if delta == 0 {
        return refuse(400, "分数变化不能为零");
    }
    let agent = call.body.need("agent_id");
    if state.agent(&agent).is_none() {
        return refuse(404, "没有这个成员");
    }
    let actor = call.agent["name"].as_str().unwrap_or_default();
    let reason = format!("[手动 {actor}] {}", call.body.need("reason"));
    ok(add_score(state, &agent, delta, &reason, call.body.nullable("sub_task_id")))
}

/// Writes a ledger row and moves the total with it. There is no floor.
pub fn add_score(state: &mut State, agent: &str, by: i64, reason: &str, sub_task: Value) -> Value {
    let mut row = json!({
        "agent_id": agent, "sub_task_id": sub_task, "reason": reason, "score_delta": by,
    });
    state.stamp(&mut row, false);
    state.rewards.push(row.clone());
    if let Some(agent) = find_mut(&mut state.agents, agent) {
        agent["total_score"] = (total(agent) + by).into();
    }
    row
}

fn summary(state: &State, id: &str) -> Answer {
    let Some(agent) = state.agent(id) else { return refuse(404, "没有这个成员") };
    let count = |fits: fn(i64) -> bool| {
        let delta = |row: &&Value| fits(row["score_delta"].as_i64().unwrap_or(0));
        state.rewards.iter().filter(|row| row["agent_id"] == id).filter(delta).count()
    };
    let higher = state.agents.iter().filter(|other| total(other) > total(agent)).count();
    ok(json!({
        "agent_id": id, "agent_name": agent["name"], "total_score": agent["total_score"],
        "rank": higher + 1, "total_agents": state.agents.len(), "reward_count": count(|d| d > 0),
        "penalty_count": count(|d| d < 0), "total_records": count(|_| true),
    }))
}

fn total(agent: &Value) -> i64 {
    agent["total_score"].as_i64().unwrap_or(0)
}
