//! Tasks and modules. Statuses move freely: the original checks the word, not the way.

use serde_json::{Value, json};

use super::answer::{Answer, ok, refuse};
use super::pages::page;
use super::route::Call;
use super::state::{State, find, find_mut, newest, without};

const UNKNOWN: &str = "任务不存在";

pub fn create(state: &mut State, call: &Call) -> Answer {
    let kind = call.body.text_or("type", "once");
    if !["once", "recurring"].contains(&kind.as_str()) {
        return refuse(400, format!("没有这种类型: {kind}"));
    }
    let mut row = json!({
        "name": call.body.need("name"), "description": call.body.text_or("description", ""),
        "type": kind, "status": "planning",
    });
    state.stamp(&mut row, true);
    state.tasks.push(row.clone());
    ok(row)
}

pub fn list(state: &mut State, call: &Call) -> Answer {
    page(newest(&state.tasks, &[("status", call.query.filter("status"))]), &call.query)
}

pub fn show(state: &mut State, call: &Call) -> Answer {
    match find(&state.tasks, &call.at[0]) {
        Some(task) => ok(task.clone()),
        None => refuse(404, UNKNOWN),
    }
}

pub fn edit(state: &mut State, call: &Call) -> Answer {
    change(state, &call.at[0], |task| {
        if !["planning", "active"].iter().any(|status| task["status"] == *status) {
            return refuse(400, format!("任务处于 {}", task["status"]));
        }
        for field in ["name", "description"] {
            if let Some(text) = call.body.text(field) {
                task[field] = text.into();
            }
        }
        Ok(())
    })
}

pub fn set_status(state: &mut State, call: &Call) -> Answer {
    let status = call.body.need("status");
    let words = ["planning", "active", "in_progress", "completed", "archived"];
    change(state, &call.at[0], |task| {
        if !words.contains(&status.as_str()) {
            return refuse(400, format!("没有这种状态: {status}"));
        }
        task["status"] = status.into();
        Ok(())
    })
}

/// Its sub-tasks stay as they are, and claimable.
pub fn cancel(state: &mut State, call: &Call) -> Answer {
    change(state, &call.at[0], |task| {
        if ["completed", "archived", "cancelled"].iter().any(|status| task["status"] == *status) {
            return refuse(400, format!("任务处于 {}", task["status"]));
        }
        task["status"] = "cancelled".into();
        Ok(())
    })
}

pub fn create_module(state: &mut State, call: &Call) -> Answer {
    let task = &call.at[0];
    if find(&state.tasks, task).is_none() {
        return refuse(400, UNKNOWN);
    }
    let mut row = json!({
        "task_id": task, "name": call.body.need("name"),
        "description": call.body.text_or("description", ""),
    });
    state.stamp(&mut row, false);
    state.modules.push(row.clone());
    ok(without(&row, &["created_at"]))
}

pub fn list_modules(state: &mut State, call: &Call) -> Answer {
    let of_task = state.modules.iter().filter(|m| m["task_id"] == call.at[0]);
    ok(of_task.map(|m| without(m, &["created_at"])).collect())
}

/// What changes nothing stamps nothing.
fn change(
    state: &mut State,
    id: &str,
    change: impl FnOnce(&mut Value) -> Result<(), super::answer::Refused>,
) -> Answer {
    let now = state.now();
    let Some(task) = find_mut(&mut state.tasks, id) else { return refuse(400, UNKNOWN) };
    let before = task.clone();
    change(task)?;
    if *task != before {
        task["updated_at"] = now.into();
    }
    ok(task.clone())
}
