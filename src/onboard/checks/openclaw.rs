//! An agent in OpenClaw: its entry, its gate, its timer, and what else OpenClaw does to it.

use std::path::Path;
use std::time::Duration;

use moss_api::{Exit, Timestamp};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::hints;
use crate::onboard::edits;
use crate::onboard::openclaw::commands::{self, argv};
use crate::onboard::openclaw::job::Job;
use crate::onboard::openclaw::recover::{self, Found};
use crate::onboard::openclaw::remarks::{self, Remark, remark};
use crate::onboard::openclaw::settings::Settings;
use crate::onboard::openclaw::state::{HostAgent, Record, parsed};
use crate::onboard::openclaw::{approvals, gate, version};
use crate::onboard::workspace::Workspace;
use crate::onboard::workspace_files;
use crate::render::sanitize;
use crate::system::shell::quoted;
use crate::system::{files, process};

use super::{agents_md, onboard_openclaw};

/// Whoever is told what was found.
type Tell<'t> = dyn FnMut(&'static str, Result<String>) + 't;

/// Everything about it, as its record has it, or OpenClaw where the record is damaged.
pub(super) fn examine(site: &Workspace, record: &Record, limit: Duration, tell: &mut Tell<'_>) {
    let mend = onboard_openclaw(site);
    if record.is_whole() {
        return on_board(site, record, &mend, limit, tell);
    }
    let asked = version::check(limit);
    match asked.and_then(|_| recover::found(Path::new(&site.workspace), limit)) {
        Ok(Some(found)) => recovered(site, &found, limit, tell),
        Ok(None) => {
            let message =
                ".moss/openclaw.json names no agent, and OpenClaw has none in this folder";
            tell("openclaw", Err(failure("bad_record", message, &mend)));
        }
        Err(error) => tell("openclaw", Err(error)),
    }
}

/// The same where only OpenClaw knows of it.
pub(super) fn recovered(site: &Workspace, found: &Found, limit: Duration, tell: &mut Tell<'_>) {
    let record = &found.record;
    let mend = onboard_as(site, record);
    let message = format!(
        ".moss/openclaw.json, which says how this agent was put on board, is damaged or gone; \
         OpenClaw has {} in this folder",
        record.agent
    );
    tell("record", Err(remark("bad_record", message, &mend)));
    on_board(site, record, &mend, limit, tell);
}

/// Puts it on board as OpenClaw has it.
pub(super) fn onboard_as(site: &Workspace, record: &Record) -> String {
    let mut line = format!("{} --agent {}", onboard_openclaw(site), record.agent);
    if !record.every.is_empty() {
        line.push_str(&format!(" --every {}", record.every));
    }
    line
}

/// In the order in which things depend on each other.
fn on_board(site: &Workspace, record: &Record, mend: &str, limit: Duration, tell: &mut Tell<'_>) {
    let agent = record.agent.as_str();
    tell("prompt", agents_md(site, mend));
    let [year, month, day] = match version::check(limit) {
        Ok(version) => version,
        Err(error) => return tell("openclaw", Err(error)),
    };
    tell("openclaw", Ok(format!("version {year}.{month}.{day}")));
    // Each starts a program that takes its time.
    let (agents, jobs, settings, skill) = std::thread::scope(|threads| {
        let agents = threads.spawn(|| HostAgent::all(limit));
        let settings = threads.spawn(|| Settings::read(limit));
        let skill = threads.spawn(|| skill(site, agent, limit));
        let jobs = Job::all(limit);
        (told(agents.join()), jobs, told(settings.join()), told(skill.join()))
    });
    let agents = match agents {
        Ok(agents) => agents,
        Err(error) => return tell("openclaw agent", Err(error)),
    };
    tell("openclaw agent", known(site, record, &agents, agent, mend));
    tell("openclaw skill", skill);
    let jobs = match jobs {
        Ok(jobs) => jobs,
        Err(error) => return tell("timer", Err(error)),
    };
    let key = commands::declaration(agent);
    let job = jobs.iter().find(|job| job.declaration_key == key);
    match job {
        None => {
            let message = format!("OpenClaw has no timer for {agent}: nothing wakes it");
            tell("timer", Err(failure("no_timer", message, mend)));
        }
        Some(job) => {
            tell("gate", gate(site, record, job, mend));
            tell("timer", timer(site, job, mend));
            if let Some(remark) = unseen(site, job) {
                tell("context", Err(remark));
            }
        }
    }
    for orphan in orphans(&jobs, &agents) {
        tell("other timers", Err(orphan));
    }
    let settings = match settings {
        Ok(settings) => settings,
        Err(error) => return tell("openclaw config", Err(error)),
    };
    // The list of approvals takes long to get, so it is asked for where a policy is known of, or
    // where something keeps the ticks from working.
    let fails = job.is_some_and(|job| failing(job).is_some());
    if fails || settings.has_exec_policy(agent) {
        tell("approvals", approvals::check(agent, &site.moss, limit));
    }
    let left = record.old_dir(site);
    if let Some(dir) = settings.search_path(agent).into_iter().find(|dir| left == Some(*dir)) {
        let message = format!(
            "the agent's commands are still looked for in {}, where moss is no longer",
            files::shown(Path::new(dir))
        );
        tell("search path", Err(remark("dead_folder", message, mend)));
    }
    let ids: Vec<String> = agents.iter().map(|agent| agent.id.clone()).collect();
    let is_ours = |id: &str| agents.iter().any(|agent| agent.id == id && agent.is_ours());
    let heard = job.is_none_or(|job| job.delivery.is_heard());
    for Remark { check, found } in remarks::of(&settings, agent, &ids, is_ours, heard, mend) {
        tell(check, Err(found));
    }
}

fn told<T>(thread: std::thread::Result<Result<T>>) -> Result<T> {
    thread.unwrap_or_else(|_| Err(Error::local("a question to OpenClaw broke off")))
}

/// It does not work.
fn failure(code: &str, message: impl Into<String>, mend: &str) -> Error {
    Error::new(Exit::Fault, code, message).hint(mend)
}

fn known(
    site: &Workspace,
    record: &Record,
    agents: &[HostAgent],
    agent: &str,
    mend: &str,
) -> Result<String> {
    match agents.iter().find(|known| known.id == agent) {
        Some(known) if known.is_at(site) => Ok(format!("{agent} works in this folder")),
        Some(known) => {
            let at = files::shown(&known.workspace);
            if record.moved_from(known) {
                let message = format!(
                    "OpenClaw still has {agent} in {at}, which this folder was called before: its \
                     ticks find nothing there"
                );
                return Err(failure("renamed", message, mend));
            }
            let message = format!("{agent} works in another folder, {at}");
            let mend = format!("{mend} --agent {agent}-2");
            Err(failure("agent_elsewhere", message, &mend))
        }
        None => Err(failure("no_agent", format!("OpenClaw has no agent {agent}"), mend)),
    }
}

/// The timer works by full paths; only chats need what this looks at.
fn skill(site: &Workspace, agent: &str, limit: Duration) -> Result<String> {
    let name = commands::skill_name(site.role);
    let asked = argv(&["skills", "info", &name, "--agent", agent, "--json"]);
    let ended = process::run(&asked, None, limit)?;
    let info: Value = parsed(&asked, &ended)?;
    if info.get("eligible") == Some(&json!(true)) {
        Ok(format!("{name} is ready"))
    } else {
        let mend = format!("ln -sf {} /usr/local/bin/moss", quoted(&site.moss));
        let message = format!("{name} is hidden in chats: its gateway does not find moss");
        Err(remark("skill_hidden", message, &mend))
    }
}

fn gate(site: &Workspace, record: &Record, job: &Job, mend: &str) -> Result<String> {
    let wanted = gate::script(site, job.delivery.is_heard());
    let file = edits::read(&site.folder.join(gate::NAME))?.unwrap_or_default();
    let runs = job.trigger.as_ref().map(|trigger| trigger.script.trim());
    if file == wanted && runs == Some(wanted.trim()) {
        return Ok("asks before the model does".to_owned());
    }
    if runs.is_none() {
        let message = "the timer has no gate: each tick costs a call of the model";
        return Err(failure("no_gate", message, mend));
    }
    let is_gone = !record.moss.is_empty() && !Path::new(&record.moss).exists();
    if is_gone && runs.is_some_and(|script| script.contains(&record.moss)) {
        let at = files::shown(Path::new(&record.moss));
        let message = format!("the timer runs {at}, which is gone: each tick ends with 127");
        return Err(failure("moss_moved", message, mend));
    }
    let message = "the gate is not as this moss writes it: it may ask another moss, or in another \
                   folder";
    Err(remark("old_gate", message, mend))
}

/// What the last tick failed with.
fn failing(job: &Job) -> Option<&str> {
    job.state.trigger_state.as_ref()?.failure.as_deref()
}

fn timer(site: &Workspace, job: &Job, mend: &str) -> Result<String> {
    if !job.enabled {
        let by = job.state.auto_disabled.as_ref().map(|by| sanitize::quoted(&by.reason));
        let by = by.map(|by| format!(" by OpenClaw, for {by}")).unwrap_or_default();
        let message = format!("the timer is switched off{by}: nothing wakes this agent");
        return Err(failure("timer_off", message, &commands::enable(&job.id)));
    }
    if let Some(code) = failing(job) {
        let why = match code {
            "127" => "there is no moss where it looks",
            "126" => "its moss cannot be run",
            "7" => "the server cannot be reached",
            "4" => "the server does not let the agent in",
            "null" => "moss was not run, or came to no end",
            _ => "see what moss wake says",
        };
        let message =
            format!("each tick ends with {}: {why}, so no work is found", sanitize::line(code));
        let mend = match code {
            "127" | "126" | "null" => mend.to_owned(),
            _ => wake(site),
        };
        return Err(failure("ticks_fail", message, &mend));
    }
    if job.state.consecutive_errors > 0 {
        let (runs, error) = (job.state.consecutive_errors, job.state.last_error.as_deref());
        let error = moss_api::clip(error.unwrap_or("no reason told"), 200);
        let mend = process::line(&argv(&["cron", "runs", &job.id]));
        let message = format!("the last {runs} runs failed: {}", sanitize::quoted(&error));
        return Err(remark("runs_fail", message, &mend));
    }
    match job.state.last_trigger_eval_at_ms {
        Some(at) => {
            let at = Timestamp::from_micros(at.saturating_mul(1_000));
            Ok(format!("looked for work last at {}", at.minute()))
        }
        None => Ok("has not looked for work yet".to_owned()),
    }
}

/// What the tick asks, for a person to see what is answered.
fn wake(site: &Workspace) -> String {
    if site.is_here() {
        hints::WAKE.to_owned()
    } else {
        format!("{} --profile {}", hints::WAKE, quoted(&site.folder.to_string_lossy()))
    }
}

/// What a person wrote into AGENTS.md, which a run in light context is not shown.
fn unseen(site: &Workspace, job: &Job) -> Option<Error> {
    if job.payload.light_context == Some(false) {
        return None;
    }
    let text = edits::read(&site.path("AGENTS.md")).ok()??;
    let own = workspace_files::markers().outside(&text, "AGENTS.md").ok()?;
    if own.trim().is_empty() {
        return None;
    }
    let message = "AGENTS.md holds words of your own, and the timer's runs are not shown them: they \
                   are light, about 2,700 tokens instead of 11,000";
    let mend = argv(&["cron", "edit", &job.id, "--no-light-context"]);
    Some(remark("unseen_words", message, &process::line(&mend)))
}

/// Timers of moss whose agent, or its folder, is gone: they fail for ever.
fn orphans(jobs: &[Job], agents: &[HostAgent]) -> Vec<Error> {
    let is_dead = |job: &&Job| {
        job.declaration_key.starts_with("moss:")
            && !agents.iter().any(|agent| agent.id == job.agent_id && agent.has_folder())
    };
    let told = |job: &Job| {
        let who = sanitize::quoted(&job.agent_id);
        let message =
            format!("OpenClaw still wakes {who}, which is gone or has no folder any more");
        remark("orphan_timer", message, &process::line(&commands::remove(&job.id)))
    };
    jobs.iter().filter(is_dead).map(told).collect()
}
