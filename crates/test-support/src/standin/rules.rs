//! Rules: merged for agents, one by one for the admin.

use serde_json::{Value, json};

use super::answer::{Answer, ok, refuse};
use super::route::Call;
use super::state::{State, find, find_mut};

/// The version of the Python client this server hands out.
const LATEST_CLIENT: i64 = 2;

pub fn merged(state: &mut State, call: &Call) -> Answer {
    let of = |scope: &str, column: &str, id: Option<&str>| -> Vec<&str> {
        let fits = |rule: &&Value| rule["scope"] == scope && id.is_none_or(|id| rule[column] == id);
        state.rules.iter().filter(fits).filter_map(|rule| rule["content"].as_str()).collect()
    };
    let mut parts = of("global", "", None);
    for (scope, column) in [("task", "task_id"), ("sub_task", "sub_task_id")] {
        if let Some(id) = call.query.filter(column) {
            parts.extend(of(scope, column, Some(id)));
        }
    }
    let content = parts.join("\n\n---\n\n");
    let content = content.replace("{{workspace_root}}", &state.workspace);
    let content = content.replace("{{project_name}}", &state.project);

    let version = call.query.whole("cli_version")?;
    let base = base_url(state, call);
    let how = format!("更新: curl {base}/api/tools/cli");
    let content = match version {
        Some(_) => content,
        None => format!("{content}\n\n---\n\n{how}"),
    };
    let old = version.is_none_or(|v| v < LATEST_CLIENT);
    ok(json!({
        "content": content, "message": "规则", "update_available": old,
        "latest_version": old.then_some(LATEST_CLIENT),
        "update_instructions": if old { how } else { String::new() },
    }))
}

/// Where downloads are said to be: the address the client named, unless one is configured.
pub fn base_url(state: &State, call: &Call) -> String {
    if state.external_url.is_empty() {
        format!("http://{}", call.request.header("host").unwrap_or("127.0.0.1:6565"))
    } else {
        state.external_url.clone()
    }
}

pub fn list(state: &mut State, call: &Call) -> Answer {
    let wanted = ["scope", "task_id"].map(|name| (name, call.query.filter(name)));
    let fits = |row: &&Value| wanted.iter().all(|(c, want)| want.is_none_or(|w| row[*c] == w));
    ok(state.rules.iter().filter(fits).cloned().collect())
}

pub fn show(state: &mut State, call: &Call) -> Answer {
    match find(&state.rules, &call.at[0]) {
        Some(rule) => ok(rule.clone()),
        None => refuse(404, UNKNOWN),
    }
}

pub fn create(state: &mut State, call: &Call) -> Answer {
    let scope = call.body.need("scope");
    let missing = |name| call.body.filter(name).is_none();
    match scope.as_str() {
        "global" if state.rules.iter().any(|rule| rule["scope"] == "global") => {
            return refuse(400, "全局规则已经有了");
        }
        "task" if missing("task_id") => return refuse(400, "缺 task_id"),
        "sub_task" if missing("sub_task_id") => return refuse(400, "缺 sub_task_id"),
        "global" | "task" | "sub_task" => {}
        _ => return refuse(400, format!("没有这种范围: {scope}")),
    }
    let mut row = json!({
        "scope": scope, "task_id": call.body.nullable("task_id"),
        "sub_task_id": call.body.nullable("sub_task_id"), "content": call.body.need("content"),
    });
    state.stamp(&mut row, true);
    state.rules.push(row.clone());
    ok(row)
}

pub fn edit(state: &mut State, call: &Call) -> Answer {
    let now = state.now();
    let Some(rule) = find_mut(&mut state.rules, &call.at[0]) else { return refuse(400, UNKNOWN) };
    rule["content"] = call.body.need("content").into();
    rule["updated_at"] = now.into();
    ok(rule.clone())
}

pub fn delete(state: &mut State, call: &Call) -> Answer {
    let before = state.rules.len();
    state.rules.retain(|rule| rule["id"] != call.at[0]);
    if state.rules.len() == before {
        return refuse(400, UNKNOWN);
    }
    ok(json!({ "message": "已删除" }))
}

const UNKNOWN: &str = "规则不存在";
