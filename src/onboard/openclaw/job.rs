//! A timer of OpenClaw's, as its gateway tells of it.

use std::time::Duration;

use moss_api::Exit;
use serde::Deserialize;
use serde_json::Value;

use crate::error::Result;
use crate::onboard::interval::Interval;
use crate::onboard::openclaw::commands::argv;
use crate::onboard::openclaw::state::asked;

/// As far as it matters here.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Job {
    /// Its id, which commands take.
    pub id: String,
    /// Whose it is.
    pub agent_id: String,
    /// What tells it from others.
    pub declaration_key: String,
    /// Whether it is switched on.
    pub enabled: bool,
    /// How often it looks.
    pub schedule: Schedule,
    /// What runs before the model.
    pub trigger: Option<Trigger>,
    /// What the model is given.
    pub payload: Payload,
    /// Who hears what it answers.
    pub delivery: Delivery,
    /// How it went so far.
    pub state: State,
}

/// How often a timer looks.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Schedule {
    /// In milliseconds; none when it goes by the clock.
    pub every_ms: Option<u64>,
}

impl Schedule {
    /// The same as it is typed.
    pub fn every(&self) -> Option<Interval> {
        self.every_ms.and_then(|every| Interval::of_seconds(every / 1000))
    }
}

/// What runs before the model.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Trigger {
    /// The gate's text.
    pub script: String,
}

/// What the model is given. What a person chose there is kept.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Payload {
    /// The tools it may use; none is all of them.
    pub tools_allow: Option<Vec<String>>,
    /// Whether it is spared AGENTS.md and its like.
    pub light_context: Option<bool>,
    /// A model of its own.
    pub model: Option<String>,
    /// How hard it thinks.
    pub thinking: Option<String>,
    /// Models in the place of one that fails.
    pub fallbacks: Option<Vec<String>>,
    /// Longest run.
    pub timeout_seconds: Option<u64>,
}

/// Who hears what it answers.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Delivery {
    /// `announce`, `webhook` or `none`.
    pub mode: String,
    /// The channel.
    pub channel: Option<String>,
    /// The recipient in it, or the URL.
    pub to: Option<String>,
    /// A thread of the channel: a number or a word.
    pub thread_id: Option<Value>,
    /// One of several accounts.
    pub account_id: Option<String>,
    /// Whether a message that is lost is no failure.
    pub best_effort: bool,
}

/// How a timer went so far.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct State {
    /// When the gate was last run, in milliseconds since 1970.
    pub last_trigger_eval_at_ms: Option<i64>,
    /// What the gate remembers; see `gate.js`.
    pub trigger_state: Option<Remembered>,
    /// What the last run of the model failed with.
    pub last_error: Option<String>,
    /// How many runs in a row failed.
    pub consecutive_errors: i64,
    /// Why the host switched it off.
    pub auto_disabled: Option<AutoDisabled>,
}

/// What the gate remembers.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// What the last tick ended with, if that was a failure.
    pub failure: Option<String>,
}

/// Why the host switched a timer off.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AutoDisabled {
    /// Its word for it.
    pub reason: String,
}

impl Job {
    /// Everybody's, those that are switched off too. The gateway keeps them: without it there is
    /// no answer.
    ///
    /// # Errors
    /// When OpenClaw does not say.
    pub fn all(limit: Duration) -> Result<Vec<Self>> {
        #[derive(Deserialize)]
        struct Jobs {
            jobs: Vec<Job>,
        }
        let command = argv(&["cron", "list", "--all", "--json"]);
        let answer: Result<Jobs> = asked(&command, Exit::Unreachable, limit);
        answer.map(|answer| answer.jobs).map_err(|error| {
            error.hint("openclaw gateway start") // it keeps the timers
        })
    }

    /// What it is given beside what moss says, as flags of `cron add`: a person's choices, and
    /// `exec`, without which there is no command.
    pub fn kept(&self) -> Vec<String> {
        let payload = &self.payload;
        let mut flags = Vec::new();
        let mut flag = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                flags.extend([name.to_owned(), value]);
            }
        };
        flag("--model", payload.model.clone());
        flag("--thinking", payload.thinking.clone());
        flag("--fallbacks", payload.fallbacks.as_ref().map(|models| models.join(",")));
        flag("--timeout-seconds", payload.timeout_seconds.map(|seconds| seconds.to_string()));
        flags
    }

    /// `exec` first, then what a person gave it.
    pub fn tools(&self) -> String {
        let theirs = self.payload.tools_allow.iter().flatten().filter(|tool| *tool != "exec");
        let tools: Vec<_> = std::iter::once("exec").chain(theirs.map(String::as_str)).collect();
        tools.join(",")
    }
}

impl Delivery {
    /// Whether somebody hears it.
    pub fn is_heard(&self) -> bool {
        matches!(self.mode.as_str(), "announce" | "webhook")
    }

    /// As flags of `cron add`.
    pub fn flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        let mut flag = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                flags.extend([name.to_owned(), value.to_owned()]);
            }
        };
        match self.mode.as_str() {
            "webhook" => flag("--webhook", self.to.as_deref()),
            "announce" => {
                flag("--channel", self.channel.as_deref());
                flag("--to", self.to.as_deref());
                let thread = self.thread_id.as_ref();
                let thread =
                    thread.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
                flag("--thread-id", thread.as_deref());
                flag("--account", self.account_id.as_deref());
                flags.insert(0, "--announce".to_owned());
                if self.best_effort {
                    flags.push("--best-effort-deliver".to_owned());
                }
            }
            _ => flags.push("--no-deliver".to_owned()),
        }
        flags
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_person_chose_comes_again() {
        let job: Job = serde_json::from_value(json!({
            "payload": {"toolsAllow": ["read", "exec"], "model": "a/b", "timeoutSeconds": 60},
            "delivery": {"mode": "announce", "channel": "telegram", "to": "-100", "threadId": 7},
        }))
        .unwrap();
        assert_eq!(job.tools(), "exec,read");
        assert_eq!(job.kept(), ["--model", "a/b", "--timeout-seconds", "60"]);
        let flags = ["--announce", "--channel", "telegram", "--to", "-100", "--thread-id", "7"];
        assert_eq!(job.delivery.flags(), flags);
        assert!(job.delivery.is_heard() && !Job::default().delivery.is_heard());
        assert_eq!(Job::default().delivery.flags(), ["--no-deliver"]);
        assert_eq!((Job::default().tools(), Job::default().kept().len()), ("exec".into(), 0));
    }
}
