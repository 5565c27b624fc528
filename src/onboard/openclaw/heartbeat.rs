//! OpenClaw's heartbeat: a turn of the model every half hour, with everything an agent knows. An
//! agent that moss wakes needs none.
//!
//! Who has one, by OpenClaw's rule: where any agent has a `heartbeat` block of its own, those
//! agents alone; else the one `agents.defaults.heartbeat` names; else, where that block is there at
//! all, every agent; else the one agent there is.

use serde_json::{Value, json};

use crate::onboard::openclaw::commands::argv;
use crate::onboard::openclaw::settings::Settings;
use crate::system::process;

/// A heartbeat an agent has.
#[derive(Debug, PartialEq)]
pub struct Heartbeat {
    /// How often, as OpenClaw writes it.
    pub every: String,
    /// The commands that end it, and no other agent's.
    pub mend: String,
}

/// This agent's, if OpenClaw wakes it. `all` are the ids of everybody; `is_ours` says which of them
/// moss wakes too.
pub fn of(
    settings: &Settings,
    agent: &str,
    all: &[String],
    is_ours: impl Fn(&str) -> bool,
) -> Option<Heartbeat> {
    let defaults = settings.agents.pointer("/defaults/heartbeat").filter(|block| block.is_object());
    let own =
        |id: &str| settings.entry(id).and_then(|e| e.get("heartbeat")).filter(|b| b.is_object());
    let with_block: Vec<&String> = all.iter().filter(|id| own(id).is_some()).collect();
    let named = defaults.and_then(|block| block.get("agentId")).and_then(Value::as_str);
    let is_for_all = with_block.is_empty() && named.is_none() && defaults.is_some();
    let has_one = if !with_block.is_empty() {
        with_block.iter().any(|id| *id == agent)
    } else if let Some(named) = named {
        named == agent
    } else {
        is_for_all || matches!(all, [only] if only == agent)
    };
    let every = |block: Option<&Value>| block?.get("every")?.as_str().map(str::to_owned);
    let every = every(own(agent)).or_else(|| every(defaults)).unwrap_or_else(|| "30m".to_owned());
    if !has_one || is_off(&every) {
        return None;
    }
    // A block of one agent takes the heartbeat from all that have none: the others keep theirs by
    // one of their own.
    let others: Vec<&String> =
        all.iter().filter(|id| is_for_all && *id != agent && !is_ours(id)).collect();
    let set = |path: String, value: Value| {
        process::line(&argv(&["config", "set", &path, &value.to_string(), "--json"]))
    };
    let commands: Vec<String> = if others.is_empty() {
        vec![set(format!("agents.entries.{agent}.heartbeat.every"), json!("0m"))]
    } else {
        let keep = |id: &&String| set(format!("agents.entries.{id}.heartbeat"), json!({}));
        others.iter().map(keep).collect()
    };
    Some(Heartbeat { every, mend: commands.join(" && ") })
}

/// `0m`, `0`, or nothing at all.
fn is_off(every: &str) -> bool {
    let number: String =
        every.trim().chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    number.parse::<f64>().map_or(true, |number| number == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFF: &str = "openclaw config set agents.entries.moss-x.heartbeat.every '\"0m\"' --json";

    fn found(agents: Value, all: &[&str]) -> Option<(String, String)> {
        let settings = Settings::of_agents(agents);
        let all: Vec<String> = all.iter().map(|&id| id.to_owned()).collect();
        of(&settings, "moss-x", &all, |id| id.starts_with("moss-"))
            .map(|found| (found.every, found.mend))
    }

    #[test]
    fn who_has_a_block_has_a_heartbeat_and_nobody_else() {
        let two = ["main", "moss-x"];
        let mains = json!({"entries": {"main": {"heartbeat": {}}}, "defaults": {"heartbeat": {}}});
        assert_eq!(found(mains, &two), None);
        let own = json!({"entries": {"moss-x": {"heartbeat": {"every": "10m"}}}});
        assert_eq!(found(own, &two), Some(("10m".into(), OFF.into())));
        for off in ["0m", "0", "", "0.0h"] {
            let own = json!({"entries": {"moss-x": {"heartbeat": {"every": off}}}});
            assert_eq!(found(own, &two), None, "{off}");
        }
    }

    #[test]
    fn a_block_for_all_is_kept_for_the_others() {
        let all = || json!({"defaults": {"heartbeat": {"every": "1h"}}});
        let keep = "openclaw config set agents.entries.main.heartbeat '{}' --json";
        assert_eq!(found(all(), &["main", "moss-x"]), Some(("1h".into(), keep.into())));
        assert_eq!(found(all(), &["moss-x", "moss-y"]), Some(("1h".into(), OFF.into())));
        let off = json!({"defaults": {"heartbeat": {"every": "0m"}}});
        assert_eq!(found(off, &["main", "moss-x"]), None);
        let named = json!({"defaults": {"heartbeat": {"agentId": "moss-x"}}});
        assert_eq!(found(named, &["main", "moss-x"]), Some(("30m".into(), OFF.into())));
    }

    #[test]
    fn without_any_block_the_only_agent_has_it() {
        assert_eq!(found(Value::Null, &["moss-x"]), Some(("30m".into(), OFF.into())));
        assert_eq!(found(Value::Null, &["main", "moss-x"]), None);
    }
}
