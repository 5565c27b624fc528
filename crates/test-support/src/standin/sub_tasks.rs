//! Sub-tasks: the lists and every move. Whoever has the role may move any of them.

use serde_json::{Value, json};

use super::answer::{Answer, Refused, ok, refuse};
use super::pages::page;
use super::route::Call;
use super::state::{State, find, find_mut, newest, without};

pub fn create(state: &mut State, call: &Call) -> Answer {
    let task = call.body.need("task_id");
    if find(&state.tasks, &task).is_none() {
        return refuse(400, "任务不存在");
    }
    if let Some(module) = call.body.filter("module_id") {
        match find(&state.modules, module) {
            None => return refuse(400, "模块不存在"),
            Some(module) if module["task_id"] != task => return refuse(400, "模块属于别的任务"),
            Some(_) => {}
        }
    }
    let assignee = call.body.filter("assigned_agent");
    if assignee.is_some_and(|id| state.agent(id).is_none()) {
        return refuse(400, "没有这个成员");
    }
    let mut row = json!({
        "task_id": task, "module_id": call.body.nullable("module_id"),
        "name": call.body.need("name"), "description": call.body.text_or("description", ""),
        "deliverable": call.body.text_or("deliverable", ""),
        "acceptance": call.body.text_or("acceptance", ""),
        "type": call.body.text_or("type", "once"),
        "status": if assignee.is_some() { "assigned" } else { "pending" },
        "priority": call.body.text_or("priority", "medium"),
        "assigned_agent": call.body.nullable("assigned_agent"),
        "current_session_id": null, "rework_count": 0, "completed_at": null,
        "recurring_config": null,
    });
    state.stamp(&mut row, true);
    state.sub_tasks.push(row.clone());
    ok(single(&row))
}

pub fn list(state: &mut State, call: &Call) -> Answer {
    let wanted = ["task_id", "module_id", "status"].map(|name| (name, call.query.filter(name)));
    page(newest(&state.sub_tasks, &wanted), &call.query)
}

pub fn mine(state: &mut State, call: &Call) -> Answer {
    let status = call.query.filter("status");
    let wanted = [("assigned_agent", Some(call.agent_id())), ("status", status)];
    page(newest(&state.sub_tasks, &wanted), &call.query)
}

/// Whatever the task's status.
pub fn available(state: &mut State, call: &Call) -> Answer {
    page(newest(&state.sub_tasks, &[("status", Some("pending"))]), &call.query)
}

pub fn latest(state: &mut State, call: &Call) -> Answer {
    let task = call.query.need("task_id");
    let wanted = [("assigned_agent", Some(call.agent_id())), ("task_id", Some(task.as_str()))];
    let rows = newest(&state.sub_tasks, &wanted);
    match rows.iter().max_by_key(|row| row["updated_at"].as_str()) {
        Some(row) => ok(single(row)),
        None => refuse(404, "没有分给你的子任务"),
    }
}

pub fn show(state: &mut State, call: &Call) -> Answer {
    match find(&state.sub_tasks, &call.at[0]) {
        Some(row) => ok(single(row)),
        None => refuse(404, UNKNOWN),
    }
}

pub fn edit(state: &mut State, call: &Call) -> Answer {
    go(state, call, &["pending", "assigned"], |row| {
        for field in ["name", "description", "deliverable", "acceptance", "priority"] {
            if let Some(text) = call.body.text(field) {
                row[field] = text.into();
            }
        }
    })
}

pub fn claim(state: &mut State, call: &Call) -> Answer {
    go(state, call, &["pending"], |row| {
        row["status"] = "assigned".into();
        row["assigned_agent"] = call.agent_id().into();
        row["current_session_id"] = call.body.nullable("session_id");
    })
}

pub fn start(state: &mut State, call: &Call) -> Answer {
    go(state, call, &["assigned", "rework"], |row| {
        row["status"] = "in_progress".into();
        if let Some(session) = call.body.filter("session_id") {
            row["current_session_id"] = session.into();
        }
    })
}

pub fn submit(state: &mut State, call: &Call) -> Answer {
    go(state, call, &["in_progress"], |row| row["status"] = "review".into())
}

pub fn session(state: &mut State, call: &Call) -> Answer {
    go(state, call, &["in_progress"], |row| {
        row["current_session_id"] = call.body.need("session_id").into();
    })
}

/// Leaves no review and moves no score.
pub fn complete(state: &mut State, call: &Call) -> Answer {
    approve(state, &call.at[0])
}

/// Leaves no review and moves no score.
pub fn rework(state: &mut State, call: &Call) -> Answer {
    let agent = call.body.filter("rework_agent");
    if find(&state.sub_tasks, &call.at[0]).is_some()
        && agent.is_some_and(|id| state.agent(id).is_none())
    {
        return refuse(400, "没有这个成员");
    }
    reject(state, &call.at[0], agent)
}

pub fn block(state: &mut State, call: &Call) -> Answer {
    go(state, call, &["assigned", "in_progress", "rework"], |row| {
        row["status"] = "blocked".into();
        row["current_session_id"] = Value::Null;
    })
}

pub fn reassign(state: &mut State, call: &Call) -> Answer {
    let agent = call.body.need("agent_id");
    if state.agent(&agent).is_none() {
        return refuse(400, "没有这个成员");
    }
    go(state, call, &["blocked", "assigned"], |row| {
        row["status"] = "assigned".into();
        row["assigned_agent"] = agent.into();
        row["current_session_id"] = Value::Null;
    })
}

pub fn cancel(state: &mut State, call: &Call) -> Answer {
    let open = ["pending", "assigned", "in_progress", "review", "rework", "blocked"];
    go(state, call, &open, |row| {
        row["status"] = "cancelled".into();
        row["current_session_id"] = Value::Null;
    })
}

/// review → done, also for an approving review.
pub fn approve(state: &mut State, id: &str) -> Answer {
    let now = state.now();
    change(state, id, &["review"], |row| {
        row["status"] = "done".into();
        row["completed_at"] = now.into();
    })
}

/// review → rework, also for a rejecting review.
pub fn reject(state: &mut State, id: &str, agent: Option<&str>) -> Answer {
    change(state, id, &["review"], |row| {
        row["status"] = "rework".into();
        row["rework_count"] = (row["rework_count"].as_i64().unwrap_or(0) + 1).into();
        if let Some(agent) = agent {
            row["assigned_agent"] = agent.into();
        }
    })
}

const UNKNOWN: &str = "子任务不存在";

fn go(state: &mut State, call: &Call, from: &[&str], with: impl FnOnce(&mut Value)) -> Answer {
    change(state, &call.at[0], from, with)
}

/// An unknown id and a wrong status are both 400. What changes nothing stamps nothing.
fn change(state: &mut State, id: &str, from: &[&str], with: impl FnOnce(&mut Value)) -> Answer {
    let now = state.now();
    let Some(row) = find_mut(&mut state.sub_tasks, id) else { return refuse(400, UNKNOWN) };
    if !from.iter().any(|status| row["status"] == *status) {
        let detail = format!("子任务处于 {}, 只允许 {}", row["status"], from.join("/"));
        return Err(Refused { status: 400, detail: detail.into() });
    }
    let before = row.clone();
    with(row);
    if *row != before {
        row["updated_at"] = now.into();
    }
    ok(single(row))
}

fn single(row: &Value) -> Value {
    without(row, &["recurring_config"])
}
