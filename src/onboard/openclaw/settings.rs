//! OpenClaw's configuration, as far as it decides what an idle agent costs and who hears of it.

use std::time::Duration;

use moss_api::Exit;
use serde_json::Value;

use crate::error::Result;
use crate::onboard::openclaw::commands::argv;
use crate::onboard::openclaw::job::Delivery;
use crate::onboard::openclaw::state::parsed;
use crate::system::process;

/// The sections that matter here; what is not set is null.
#[derive(Debug, Default)]
pub struct Settings {
    /// Who there is, and how each is woken.
    pub agents: Value,
    channels: Value,
    commands: Value,
    skills: Value,
    tools: Value,
}

impl Settings {
    /// Asks for all of them at once: each question starts a program that takes its time.
    ///
    /// # Errors
    /// When OpenClaw does not say.
    pub fn read(limit: Duration) -> Result<Self> {
        let ask = |section: &'static str| move || section_of(section, limit);
        std::thread::scope(|threads| {
            let [agents, channels, commands, skills, tools] =
                ["agents", "channels", "commands", "skills", "tools"]
                    .map(|section| threads.spawn(ask(section)));
            let told = |thread: std::thread::ScopedJoinHandle<'_, Result<Value>>| {
                thread.join().unwrap_or(Ok(Value::Null))
            };
            Ok(Self {
                agents: told(agents)?,
                channels: told(channels)?,
                commands: told(commands)?,
                skills: told(skills)?,
                tools: told(tools)?,
            })
        })
    }

    /// With nothing set but this of the agents.
    #[cfg(test)]
    pub fn of_agents(agents: Value) -> Self {
        Self { agents, ..Self::default() }
    }

    /// Whether each agent's skills are tidied up by a turn of its model once a week: what OpenClaw
    /// does unless it is told otherwise.
    pub fn reviews_weekly(&self) -> bool {
        let mode = self.skills.pointer("/workshop/autonomous/mode").and_then(Value::as_str);
        !matches!(mode, Some("propose" | "off"))
    }

    /// Whether a policy stands before this agent's commands.
    pub fn has_exec_policy(&self, agent: &str) -> bool {
        let own = self.entry(agent).and_then(|entry| entry.pointer("/tools/exec"));
        [self.tools.pointer("/exec"), own]
            .into_iter()
            .flatten()
            .any(|exec| ["mode", "security", "ask"].iter().any(|key| exec.get(key).is_some()))
    }

    /// What is set for this agent alone.
    pub fn entry(&self, agent: &str) -> Option<&Value> {
        self.agents.get("entries")?.get(agent)
    }

    /// The folders in which this agent's commands are looked for first.
    pub fn search_path(&self, agent: &str) -> Vec<&str> {
        let list = self.entry(agent).and_then(|entry| entry.pointer("/tools/exec/pathPrepend"));
        list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Where a person is told what goes wrong: the owner's, else that of the only channel there
    /// is. None when nobody can tell which of several is meant.
    pub fn channel(&self) -> Option<Delivery> {
        let channels: Vec<&String> = self
            .channels
            .as_object()?
            .iter()
            .filter(|(name, channel)| {
                !matches!(name.as_str(), "defaults" | "modelByChannel")
                    && channel.is_object()
                    && channel.get("enabled") != Some(&Value::Bool(false))
            })
            .map(|(name, _)| name)
            .collect();
        let owner = words(self.commands.get("ownerAllowFrom")).into_iter().find_map(|owner| {
            let (channel, to) = owner.split_once(':')?;
            let known = channels.iter().any(|name| *name == channel);
            (known && to != "*").then(|| (channel.to_owned(), Some(to.to_owned())))
        });
        let only = || {
            let [name] = channels.as_slice() else { return None };
            let allowed = words(self.channels.get(name.as_str())?.get("allowFrom"));
            Some(((*name).clone(), allowed.into_iter().find(|to| to != "*")))
        };
        let (channel, to) = owner.or_else(only)?;
        Some(Delivery {
            mode: "announce".into(),
            channel: Some(channel),
            to,
            ..Delivery::default()
        })
    }
}

fn words(list: Option<&Value>) -> Vec<String> {
    let word = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    list.and_then(Value::as_array).into_iter().flatten().filter_map(word).collect()
}

fn section_of(section: &str, limit: Duration) -> Result<Value> {
    let asked = argv(&["config", "get", section, "--json"]);
    let ended = process::run(&asked, None, limit)?;
    if ended.is_good() {
        return parsed(&asked, &ended);
    }
    if [&ended.stdout, &ended.stderr].iter().any(|said| said.contains("unset")) {
        return Ok(Value::Null);
    }
    Err(ended.failure(Exit::Fault, &process::line(&asked)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn channel(channels: Value, commands: Value) -> Option<(String, Option<String>)> {
        let settings = Settings { channels, commands, ..Settings::default() };
        settings.channel().map(|found| (found.channel.unwrap(), found.to))
    }

    #[test]
    fn the_owners_channel_or_the_only_one() {
        let two = json!({"telegram": {}, "slack": {}, "defaults": {}});
        let owner = json!({"ownerAllowFrom": ["*", "irc:x", "telegram:99"]});
        assert_eq!(channel(two.clone(), owner), Some(("telegram".into(), Some("99".into()))));
        assert_eq!(channel(two, Value::Null), None);
        let one = json!({"telegram": {"allowFrom": ["*", 77]}, "slack": {"enabled": false}});
        assert_eq!(channel(one, Value::Null), Some(("telegram".into(), Some("77".into()))));
        assert_eq!(channel(json!({"slack": {}}), Value::Null), Some(("slack".into(), None)));
        assert_eq!(channel(Value::Null, Value::Null), None);
    }
}
