//! OpenClaw's exec approvals: whether an agent's commands run without a person who says yes.

use std::time::Duration;

use moss_api::Exit;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::onboard::openclaw::commands::argv;
use crate::onboard::openclaw::state::asked;
use crate::system::process;

/// Whether `moss` runs without asking.
///
/// # Errors
/// When it does not, with the command that lets it, or OpenClaw does not say.
pub fn check(agent: &str, moss: &str, limit: Duration) -> Result<String> {
    let answer: Value = asked(&argv(&["approvals", "get", "--json"]), Exit::Fault, limit)?;
    judge(&answer, agent, moss)
}

fn judge(answer: &Value, agent: &str, moss: &str) -> Result<String> {
    let scopes = answer.pointer("/effectivePolicy/scopes").and_then(Value::as_array);
    let scopes: Vec<&Value> = scopes.into_iter().flatten().collect();
    let own =
        scopes.iter().find(|scope| scope.get("agentId").and_then(Value::as_str) == Some(agent));
    let Some(scope) = own.or_else(|| scopes.first()) else {
        return Ok("no policy stands before commands".to_owned());
    };
    let effective = |what: &str| {
        scope.pointer(&format!("/{what}/effective")).and_then(Value::as_str).unwrap_or_default()
    };
    let (security, ask) = (effective("security"), effective("ask"));
    let is_allowed = [agent, "*"].iter().any(|who| {
        let list = answer.pointer(&format!("/file/agents/{who}/allowlist"));
        let list = list.and_then(Value::as_array).into_iter().flatten();
        list.into_iter().any(|entry| entry.get("pattern").and_then(Value::as_str) == Some(moss))
    });
    let failed = |message: &str, mend: String| {
        Err(Error::new(Exit::Fault, "exec_refused", message).hint(mend))
    };
    if security == "deny" || ask == "always" {
        let mode = format!("agents.entries.{agent}.tools.exec.mode");
        // Who set such a policy meant it: here is what shows it.
        let message = format!(
            "OpenClaw lets this agent run no command unasked, so each tick fails: a person says yes \
             to that in {mode} or in the approvals"
        );
        return failed(&message, process::line(&argv(&["approvals", "get"])));
    }
    if (security == "full" && matches!(ask, "off" | "")) || is_allowed {
        return Ok("moss runs without asking".to_owned());
    }
    let add = argv(&["approvals", "allowlist", "add", "--agent", agent, moss]);
    failed(
        "OpenClaw asks a person before it runs moss: nobody is there, so each tick fails",
        process::line(&add),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judged(security: &str, ask: &str, patterns: &[&str]) -> Result<String> {
        let list: Vec<_> = patterns.iter().map(|p| json!({"pattern": p})).collect();
        let answer = json!({
            "file": {"agents": {"moss-x": {"allowlist": list}}},
            "effectivePolicy": {"scopes": [
                {"agentId": "main", "security": {"effective": "deny"}, "ask": {"effective": "off"}},
                {"agentId": "moss-x", "security": {"effective": security}, "ask": {"effective": ask}},
            ]},
        });
        judge(&answer, "moss-x", "/opt/moss")
    }

    #[test]
    fn what_would_be_asked_is_told_with_the_command_that_allows_it() {
        let add = "openclaw approvals allowlist add --agent moss-x /opt/moss";
        for (security, ask) in [("allowlist", "off"), ("allowlist", "on-miss"), ("full", "on-miss")]
        {
            let refused = judged(security, ask, &["/usr/bin/rg"]).unwrap_err();
            assert_eq!((refused.code(), refused.advice()), ("exec_refused", Some(add)));
            assert!(judged(security, ask, &["/opt/moss"]).is_ok());
        }
        assert!(judged("full", "off", &[]).is_ok());
        for (security, ask) in [("deny", "off"), ("full", "always")] {
            assert!(judged(security, ask, &["/opt/moss"]).is_err());
        }
        assert!(judge(&Value::Null, "moss-x", "/opt/moss").is_ok());
    }
}
