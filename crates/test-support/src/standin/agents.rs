//! Agents: registration, the list, switching off, and what an agent downloads for itself.

use serde_json::{Value, json};
use uuid::Uuid;

use super::answer::{Answer, Body, ok, refuse};
use super::route::Call;
use super::state::{State, find_mut, without};

const ROLES: [&str; 4] = ["planner", "executor", "reviewer", "patrol"];

pub fn register(state: &mut State, call: &Call) -> Answer {
    if !state.allow_registration {
        return refuse(403, "注册已关闭");
    }
    if call.request.header("x-registration-token") != Some(state.registration_token.as_str()) {
        return refuse(403, "注册令牌不对");
    }
    create(state, call)
}

pub fn create(state: &mut State, call: &Call) -> Answer {
    let (name, role) = (call.body.need("name"), call.body.need("role"));
    if !ROLES.contains(&role.as_str()) {
        return refuse(400, format!("没有这种角色: {role}"));
    }
    if state.agents.iter().any(|agent| agent["name"] == name) {
        return refuse(400, format!("名字已被占用: {name}"));
    }
    let key = format!("ak_{}", Uuid::new_v4().simple());
    let mut row = json!({
        "name": name, "role": role, "description": call.body.text_or("description", ""),
        "status": "active", "total_score": 0, "api_key": key,
    });
    state.stamp(&mut row, false);
    let answer = json!({
        "id": row["id"], "name": name, "role": role, "api_key": key, "message": "请保存密钥",
    });
    state.agents.push(row);
    ok(answer)
}

pub fn list(state: &mut State, call: &Call) -> Answer {
    let wanted = [("role", call.query.filter("role")), ("status", call.query.filter("status"))];
    let fits = |row: &&Value| wanted.iter().all(|(c, want)| want.is_none_or(|w| row[*c] == w));
    ok(state.agents.iter().filter(fits).map(brief).collect())
}

pub fn set_status(state: &mut State, call: &Call) -> Answer {
    let status = call.body.need("status");
    if !["active", "disabled"].contains(&status.as_str()) {
        return refuse(400, format!("没有这种状态: {status}"));
    }
    let Some(agent) = find_mut(&mut state.agents, &call.at[0]) else {
        return refuse(400, "没有这个成员");
    };
    agent["status"] = status.into();
    ok(brief(agent))
}

/// The key goes out in plain text, as the original sends it.
pub fn skill(_: &mut State, call: &Call) -> Answer {
    let key = call.agent["api_key"].as_str().unwrap_or_default();
    Ok(Body::Text(format!("# 技能\npython task-cli.py --key {key} rules\n")))
}

pub fn client(state: &mut State, call: &Call) -> Answer {
    let base = super::rules::base_url(state, call);
    Ok(Body::Text(format!("BASE_URL = \"{base}\"\nCLI_VERSION = 2\n")))
}

pub fn notification(state: &mut State, _: &Call) -> Answer {
    ok(state.notification.clone())
}

fn brief(agent: &Value) -> Value {
    without(agent, &["api_key", "created_at"])
}
