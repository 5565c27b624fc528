//! The `openclaw` commands that bring an agent on board, as arguments.

use moss_api::Role;
use serde_json::{Value, json};

use crate::onboard::interval::Interval;
use crate::onboard::openclaw::job::{Delivery, Job};
use crate::onboard::workspace::Workspace;
use crate::system::process;

/// Folders every daemon has on its PATH.
pub const DAEMON_PATH: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// The setting of the folders in which an agent's commands are looked for first.
pub const SEARCH_PATH: &str = "tools.exec.pathPrepend";

/// What the model is told before the packet, which OpenClaw appends.
const MESSAGE: &str = "Do what moss says below, then answer NO_REPLY. \
    If it tells an error, or that one is over, answer with that alone and stop.";

/// How an agent is to be set up.
#[derive(Debug)]
pub struct Plan<'a> {
    /// Who and where.
    pub site: &'a Workspace,
    /// OpenClaw's id for the agent.
    pub agent: String,
    /// How often, as OpenClaw writes it.
    pub every: Interval,
    /// Which model, unless OpenClaw's default will do.
    pub model: Option<String>,
}

impl Plan<'_> {
    /// `agents add`
    pub fn add(&self) -> Vec<String> {
        let site = self.site;
        let mut argv = argv(&["agents", "add", &self.agent, "--non-interactive"]);
        argv.extend(["--workspace".into(), site.workspace.clone()]);
        if let Some(model) = &self.model {
            argv.extend(["--model".into(), model.clone()]);
        }
        argv
    }

    /// `config set` of one of the agent's settings.
    pub fn set(&self, setting: &str, value: &Value) -> Vec<String> {
        argv(&["config", "set", &self.setting(setting), &value.to_string(), "--json"])
    }

    fn setting(&self, setting: &str) -> String {
        format!("agents.entries.{}.{setting}", self.agent)
    }

    /// The settings that are lists, and what each must hold: the skill the agent may use, and the
    /// folder where its commands find `moss`.
    pub fn lists(&self) -> Vec<(&'static str, Value)> {
        let mut lists = vec![("skills", json!([skill_name(self.site.role)]))];
        let dir = self.site.moss_dir();
        if !DAEMON_PATH.contains(&dir) {
            lists.push((SEARCH_PATH, json!([dir])));
        }
        lists
    }

    /// `cron add`: by its declaration key the same job, however often it is typed. What a person
    /// gave the job that is there stays.
    pub fn timer(&self, gate: &str, before: Option<&Job>, delivery: &Delivery) -> Vec<String> {
        let (key, every) = (self.declaration(), self.every.to_string());
        let new = Job::default();
        let kept = before.unwrap_or(&new);
        let mut argv = argv(&["cron", "add", "--name", &self.agent, "--declaration-key", &key]);
        let mut add = |words: &[&str]| argv.extend(words.iter().map(|&word| word.to_owned()));
        add(&["--agent", &self.agent, "--every", &every, "--session", "isolated"]);
        if kept.payload.light_context != Some(false) {
            add(&["--light-context"]);
        }
        argv.extend(delivery.flags());
        argv.extend(["--tools".to_owned(), kept.tools()]);
        argv.extend(kept.kept());
        let last = ["--trigger-script", gate, "--message", MESSAGE, "--json"];
        argv.extend(last.map(str::to_owned));
        argv
    }

    /// `config set` of the folder the agent works in.
    pub fn settle(&self) -> Vec<String> {
        self.set("workspace", &self.site.workspace.clone().into())
    }

    fn declaration(&self) -> String {
        declaration(&self.agent)
    }
}

/// What tells an agent's job from others.
pub fn declaration(agent: &str) -> String {
    match agent.strip_prefix("moss-") {
        Some(rest) => format!("moss:{rest}"),
        None => format!("moss:agent:{agent}"),
    }
}

/// Switches a timer on again.
pub fn enable(id: &str) -> String {
    process::line(&argv(&["cron", "enable", id]))
}

/// Takes a timer away.
pub fn remove(id: &str) -> Vec<String> {
    argv(&["cron", "rm", id])
}

/// The name of a role's skill, and OpenClaw's usual id for an agent that has it.
pub fn skill_name(role: Role) -> String {
    format!("moss-{role}")
}

/// A command line of OpenClaw's.
pub fn argv(arguments: &[&str]) -> Vec<String> {
    std::iter::once("openclaw").chain(arguments.iter().copied()).map(str::to_owned).collect()
}

/// An id as OpenClaw keeps it, safe in a path of its settings.
///
/// # Errors
/// When it is none.
pub fn agent_id(text: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if begins && text.len() <= 64 && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err("small letters, digits, - and _, at most 64".to_owned())
    }
}
