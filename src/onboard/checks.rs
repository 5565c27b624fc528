//! Whether an agent is still on board as `moss onboard` left it.

use std::path::Path;
use std::time::Duration;

use moss_api::{Exit, Timestamp};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::hints;
use crate::onboard::edits;
use crate::onboard::openclaw::commands::{self, argv};
use crate::onboard::openclaw::state::{HostAgent, Job, Record, parsed};
use crate::onboard::openclaw::{gate, version};
use crate::onboard::workspace::Workspace;
use crate::render::role_text;
use crate::system::process;

/// What was looked at, and how it was found: as it should be, or what is wrong.
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// What was found; an error that exits with 0 is only a remark.
    pub found: Result<String>,
}

const MEND: &str = hints::ONBOARD_RUN;

/// Looks at what wakes the agent. Each command of a host may take `limit`.
pub fn examine(site: &Workspace, limit: Duration) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |check, found| findings.push(Finding { check, found });
    let cron = site.folder.join("cron.sh");
    match Record::read(site) {
        Err(error) => tell("timer", Err(error)),
        Ok(Some(record)) => {
            tell("prompt", agents_md(site));
            openclaw(site, &record, limit, &mut tell);
        }
        Ok(None) if cron.exists() => {
            tell("prompt", agents_md(site));
            tell("timer", crontab(site, limit));
        }
        Ok(None) => tell("timer", Err(nobody_wakes_it(limit))),
    }
    findings
}

/// Works, but could be better.
fn remark(finding: impl Into<String>, mend: &str) -> Error {
    Error::new(Exit::Done, "remark", finding).hint(mend)
}

fn nobody_wakes_it(limit: Duration) -> Error {
    let openclaw = version::check(limit).is_ok();
    let mend = if openclaw { MEND } else { hints::ONBOARD_ANY };
    remark("nothing wakes this agent", mend)
}

fn agents_md(site: &Workspace) -> Result<String> {
    let text = edits::read(&site.path("AGENTS.md"))?.unwrap_or_default();
    if text.contains(role_text::whole(site.role, site.server).trim()) {
        Ok("AGENTS.md tells the role".to_owned())
    } else {
        Err(remark("AGENTS.md does not tell the role as this moss does", hints::ONBOARD))
    }
}

fn openclaw(
    site: &Workspace,
    record: &Record,
    limit: Duration,
    tell: &mut impl FnMut(&'static str, Result<String>),
) {
    let agent = match commands::agent_id(&record.agent) {
        Ok(agent) => agent,
        Err(why) => {
            let error = Error::local(format!(".moss/openclaw.json names no agent: {why}"));
            return tell("openclaw", Err(error.hint(MEND)));
        }
    };
    let [year, month, day] = match version::check(limit) {
        Ok(version) => version,
        Err(error) => return tell("openclaw", Err(error)),
    };
    tell("openclaw", Ok(format!("version {year}.{month}.{day}")));
    tell("openclaw agent", known(site, &agent, limit));
    tell("openclaw skill", skill(site, &agent, limit));
    let jobs = Job::all(&agent, limit);
    match jobs
        .map(|jobs| jobs.into_iter().find(|j| j.declaration_key == commands::declaration(&agent)))
    {
        Err(error) => tell("timer", Err(error)),
        Ok(None) => {
            let message = format!("OpenClaw has no timer for {agent}");
            tell("timer", Err(Error::local(message).hint(MEND)));
        }
        Ok(Some(job)) => {
            tell("gate", gate(site, &job));
            tell("timer", timer(&job, &agent));
        }
    }
}

fn known(site: &Workspace, agent: &str, limit: Duration) -> Result<String> {
    let agents = HostAgent::all(limit)?;
    match agents.iter().find(|known| known.id == agent) {
        Some(known) if known.is_at(site) => Ok(format!("{agent} works in this folder")),
        Some(known) => {
            let message = format!("{agent} works in another folder, {}", known.workspace.display());
            Err(Error::local(message).hint(MEND))
        }
        None => Err(Error::local(format!("OpenClaw has no agent {agent}")).hint(MEND)),
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
        let mend =
            format!("ln -s {} /usr/local/bin/moss", crate::system::shell::quoted(&site.moss));
        Err(remark(format!("{name} is hidden in chats: its gateway does not find moss"), &mend))
    }
}

fn gate(site: &Workspace, job: &Job) -> Result<String> {
    let wanted = gate::script(site);
    let file = edits::read(&site.folder.join("gate.js"))?.unwrap_or_default();
    let runs = job.trigger.as_ref().map(|trigger| trigger.script.trim());
    if file == wanted && runs == Some(wanted.trim()) {
        Ok("asks before the model does".to_owned())
    } else if runs.is_none() {
        let message = "the timer has no gate: each tick costs a call of the model";
        Err(Error::local(message).hint(MEND))
    } else {
        Err(remark("the gate is not as this moss writes it", MEND))
    }
}

fn timer(job: &Job, agent: &str) -> Result<String> {
    if !job.enabled {
        let mend =
            format!("openclaw cron list --all --agent {agent}, then: openclaw cron enable ID");
        return Err(Error::local("the timer is switched off").hint(mend));
    }
    if job.state.consecutive_errors > 0 {
        let (runs, error) = (job.state.consecutive_errors, job.state.last_error.as_deref());
        let error = moss_api::clip(error.unwrap_or("no reason told"), 200);
        let mend = format!("openclaw cron list --all --agent {agent}, then: openclaw cron runs ID");
        return Err(remark(format!("the last {runs} runs failed: {error}"), &mend));
    }
    match job.state.last_trigger_eval_at_ms {
        Some(at) => {
            let at = Timestamp::from_micros(at.saturating_mul(1_000));
            Ok(format!("looked for work last at {}", at.minute()))
        }
        None => Ok("has not looked for work yet".to_owned()),
    }
}

/// Whether the crontab still runs this workspace's script.
fn crontab(site: &Workspace, limit: Duration) -> Result<String> {
    let asked = ["crontab".to_owned(), "-l".to_owned()];
    let listed = process::run(&asked, None, limit)?;
    let begin = format!("# moss:begin {}", site.workspace);
    if listed.stdout.lines().any(|line| line == begin) {
        return Ok("the crontab runs .moss/cron.sh".to_owned());
    }
    let script = Path::new(".moss/cron.sh").display();
    let message = format!("there is {script}, and no line for it in the crontab");
    Err(Error::local(message).hint(hints::ONBOARD_CRON))
}
