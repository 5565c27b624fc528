//! Health, first set-up, admin login.

use serde_json::json;
use uuid::Uuid;

use super::answer::{Answer, ok, refuse};
use super::route::Call;
use super::state::State;

pub fn health(state: &mut State, _: &Call) -> Answer {
    ok(json!({ "status": "ok", "service": state.project, "version": "1.0.0" }))
}

/// Agents without set-up mean the mark was lost: asking puts it back.
pub fn status(state: &mut State, _: &Call) -> Answer {
    state.initialized |= !state.agents.is_empty();
    let has_external_url = !state.external_url.is_empty();
    ok(json!({ "initialized": state.initialized, "has_external_url": has_external_url }))
}

pub fn initialize(state: &mut State, call: &Call) -> Answer {
    if state.initialized {
        return refuse(403, "系统已完成初始化");
    }
    let knows = call.body.text("current_password") == Some(state.admin_password.as_str());
    if !state.agents.is_empty() && !knows {
        return refuse(403, "当前密码不正确");
    }
    state.admin_password = call.body.need("admin_password");
    state.project = call.body.need("project_name");
    state.workspace = call.body.need("workspace_root");
    state.registration_token = call
        .body
        .filter("registration_token")
        .map_or_else(|| Uuid::new_v4().simple().to_string(), str::to_owned);
    state.allow_registration = call.body.truth_or("allow_registration", true);
    state.external_url = call.body.text_or("external_url", "");
    state.initialized = true;
    ok(json!({ "message": "完成", "registration_token": state.registration_token }))
}

pub fn login(state: &mut State, call: &Call) -> Answer {
    if call.body.need("password") != state.admin_password {
        return refuse(403, "密码错误");
    }
    let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    state.admin_tokens.push(token.clone());
    ok(json!({ "token": token, "message": "登录成功" }))
}
