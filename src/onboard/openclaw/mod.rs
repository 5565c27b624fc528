//! OpenClaw: what is there is asked first, and only what is missing is done.

pub mod approvals;
mod bootstrap;
pub mod commands;
pub mod gate;
pub mod heartbeat;
pub mod job;
pub mod offboard;
pub mod recover;
pub mod remarks;
pub mod settings;
pub mod state;
pub mod version;

use std::time::Duration;

use moss_api::{Exit, quoted};
use serde_json::{Value, json};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::onboard::edits::Edits;
use crate::onboard::interval::Interval;
use crate::onboard::report::{Did, Report};
use crate::onboard::workspace::Workspace;
use crate::onboard::workspace_files::write;
use crate::render::out::note;
use crate::system::files;
use crate::system::process::{self, Ended};
use commands::{Plan, argv};
use job::{Delivery, Job};
use remarks::Remark;
use settings::Settings;
use state::{HostAgent, Record, parsed};

/// What was typed; the rest has a default.
#[derive(Clone, Debug)]
pub struct Wish {
    /// OpenClaw's id for the agent.
    pub agent: Option<String>,
    /// How often.
    pub every: Option<Interval>,
    /// Which model.
    pub model: Option<String>,
    /// How long one `openclaw` command may take.
    pub limit: Duration,
    /// Whether to run the commands, or only to name them.
    pub run: bool,
}

/// What OpenClaw has already.
struct Host {
    agents: Vec<HostAgent>,
    known: Option<usize>,
    job: Option<Job>,
    settings: Settings,
}

/// An agent on its way into OpenClaw.
pub struct OpenClaw<'a> {
    plan: Plan<'a>,
    record: Record,
    /// The folder of the `moss` that its commands found before, if that has moved.
    old_dir: Option<String>,
    delivery: Delivery,
    limit: Duration,
    edits: Edits,
    report: Report<'a>,
}

impl<'a> OpenClaw<'a> {
    /// Who is to be brought in, and how.
    ///
    /// # Errors
    /// When the record of an earlier time cannot be read.
    pub fn new(ctx: &'a Context, site: &'a Workspace, wish: Wish) -> Result<Self> {
        let script = !wish.run;
        let mut record = Record::read(site)?.unwrap_or_default();
        let agent = wish
            .agent
            .or_else(|| commands::agent_id(&record.agent).ok())
            .unwrap_or_else(|| commands::skill_name(site.role));
        if agent != record.agent {
            record = Record { agent: agent.clone(), ..Record::default() };
        }
        let every = wish
            .every
            .or_else(|| record.every.parse().ok())
            .unwrap_or_else(|| Interval::of(site.role));
        record.every = every.to_string();
        Ok(Self {
            plan: Plan { site, agent, every, model: wish.model },
            old_dir: record.old_dir(site).map(str::to_owned),
            delivery: Delivery::default(),
            record,
            limit: wish.limit,
            edits: Edits::default(),
            report: Report::new(&ctx.out, script),
        })
    }

    /// Writes the files and prints the commands: a shell script, if somebody wants one.
    ///
    /// # Errors
    /// When a file cannot be written; the others are put back.
    pub fn print(mut self, skill: &str) -> Result<Exit> {
        let written = self.write(skill).and_then(|()| self.settled());
        self.or_undo(written)?;
        let mut commands = vec![self.plan.add()];
        for (setting, list) in self.plan.lists() {
            commands.push(self.plan.set(setting, &list));
        }
        commands.push(self.plan.timer(&self.gate_path(), None, &self.delivery));
        let bootstrap = self.plan.site.path(bootstrap::NAME);
        if bootstrap::is_untouched(&bootstrap) {
            commands.insert(1, vec!["rm".into(), bootstrap.to_string_lossy().into_owned()]);
        }
        for command in commands {
            self.report.step(Did::Listed, process::line(&command))?;
        }
        self.report.end(hints::ONBOARD_RUN_INSTEAD)
    }

    /// Writes the files and runs what is still to be done.
    ///
    /// # Errors
    /// With the first command that fails. The files are put back then, and what was done in
    /// OpenClaw is named.
    pub fn run(mut self, skill: &str) -> Result<Exit> {
        let done = self.look().and_then(|host| self.bring_in(skill, &host));
        self.or_undo(done)?;
        let Plan { site, agent, every, .. } = &self.plan;
        let end = if self.report.has_changed() {
            format!("{} works as {agent}, every {every}", quoted(&site.name))
        } else {
            format!("nothing to change: {} works as {agent}, every {every}", quoted(&site.name))
        };
        self.report.end(&end)
    }

    /// What is not as it must be is found out before anything is changed.
    fn look(&self) -> Result<Host> {
        version::check(self.limit)?;
        let agents = HostAgent::all(self.limit)?;
        let known = self.known_agent(&agents)?;
        let jobs = Job::all(self.limit)?; // without the gateway nothing is begun
        let key = commands::declaration(&self.plan.agent);
        let job = jobs.into_iter().find(|job| job.declaration_key == key);
        Ok(Host { agents, known, job, settings: Settings::read(self.limit)? })
    }

    /// The agent, if OpenClaw has it already.
    fn known_agent(&self, agents: &[HostAgent]) -> Result<Option<usize>> {
        let (id, site) = (&self.plan.agent, self.plan.site);
        let Some(at) = agents.iter().position(|agent| agent.is_at(site) || agent.id == *id) else {
            return Ok(None);
        };
        let Some(agent) = agents.get(at) else { return Ok(None) };
        if !agent.is_at(site) && !self.record.moved_from(agent) {
            let at = files::shown(&agent.workspace);
            let message = format!("OpenClaw's agent {id} works in another folder, {at}");
            return Err(Error::new(Exit::Conflict, "agent_elsewhere", message)
                .hint(hints::onboard_as(&format!("{id}-2"))));
        }
        if agent.id != *id {
            let id = &agent.id;
            let message = format!("this folder is of OpenClaw's agent {id} already");
            return Err(
                Error::new(Exit::Conflict, "folder_taken", message).hint(hints::onboard_as(id))
            );
        }
        Ok(Some(at))
    }

    fn bring_in(&mut self, skill: &str, host: &Host) -> Result<()> {
        let bootstrap = self.plan.site.path(bootstrap::NAME);
        let is_theirs =
            bootstrap.symlink_metadata().is_ok() && !bootstrap::is_untouched(&bootstrap);
        let before = host.job.as_ref().map(|job| job.delivery.clone());
        self.delivery = before
            .filter(Delivery::is_heard)
            .or_else(|| host.settings.channel())
            .unwrap_or_default();
        self.write(skill)?;
        let known = host.known.and_then(|at| host.agents.get(at));
        match known {
            Some(known) => self.keep(known)?,
            None => self.act(&self.plan.add())?,
        }
        self.record.added |= known.is_none();
        self.remember()?;
        if is_theirs {
            note("BOOTSTRAP.md is not as OpenClaw wrote it and stays; each chat turn pays for it");
        } else if bootstrap.symlink_metadata().is_ok() {
            self.edits.remove(&bootstrap)?;
            self.report.step(Did::Removed, bootstrap::NAME)?;
        }
        for (setting, list) in self.lists() {
            self.extend(setting, &list, &host.settings)?;
        }
        self.timer(host.job.as_ref())?;
        self.settled()?;
        self.check_skill();
        let mut ids: Vec<String> = host.agents.iter().map(|agent| agent.id.clone()).collect();
        if known.is_none() {
            ids.push(self.plan.agent.clone());
        }
        let is_ours = |id: &str| host.agents.iter().any(|agent| agent.id == id && agent.is_ours());
        let heard = self.delivery.is_heard();
        let (agent, again) = (&self.plan.agent, hints::ONBOARD_RUN);
        for Remark { found, .. } in remarks::of(&host.settings, agent, &ids, is_ours, heard, again)
        {
            note(&format!("warning: {found}. Mend: {}", found.advice().unwrap_or_default()));
        }
        Ok(())
    }

    fn keep(&mut self, known: &HostAgent) -> Result<()> {
        if known.is_at(self.plan.site) {
            self.report.step(Did::Same, process::line(&self.plan.add()))?;
        } else {
            self.act(&self.plan.settle())?;
        }
        match self.plan.model.as_deref() {
            Some(model) if known.model.as_str() != Some(model) => {
                self.act(&self.plan.set("model", &model.into()))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The lists that must hold something; and the search path also when it need not hold our
    /// folder any more.
    fn lists(&self) -> Vec<(&'static str, Value)> {
        let mut lists = self.plan.lists();
        let path = commands::SEARCH_PATH;
        if self.old_dir.is_some() && !lists.iter().any(|(setting, _)| *setting == path) {
            lists.push((path, json!([])));
        }
        lists
    }

    /// Adds to a list what is missing in it, and takes a folder away that moss has left. The skills
    /// of an agent that is not of our making stay unlimited if they are: a list would take away all
    /// others.
    fn extend(&mut self, setting: &str, wanted: &Value, settings: &Settings) -> Result<()> {
        let path = format!("/{}", setting.replace('.', "/"));
        let held = settings.entry(&self.plan.agent).and_then(|entry| entry.pointer(&path));
        let mut list: Vec<Value> = match held.and_then(Value::as_array) {
            Some(held) => held.clone(),
            None if setting == "skills" && !self.record.added => return Ok(()),
            None => Vec::new(), // not set
        };
        let missing: Vec<_> = wanted
            .as_array()
            .into_iter()
            .flatten()
            .filter(|w| !list.contains(w))
            .cloned()
            .collect();
        let length = list.len();
        list.retain(|held| held.as_str().is_none_or(|held| self.old_dir.as_deref() != Some(held)));
        let is_there = missing.is_empty() && list.len() == length;
        if is_there && list.is_empty() {
            return Ok(());
        }
        list.splice(0..0, missing);
        let command = self.plan.set(setting, &list.into());
        if is_there {
            return self.report.step(Did::Same, process::line(&command));
        }
        self.act(&command)
    }

    fn timer(&mut self, before: Option<&Job>) -> Result<()> {
        let command = self.plan.timer(&self.gate_path(), before, &self.delivery);
        let ended = self.ask(&command, Exit::Fault)?;
        let answer: Value = parsed(&command, &ended)?;
        let changed =
            ["created", "updated"].iter().any(|word| answer.get(word) == Some(&json!(true)));
        if answer.pointer("/job/enabled") == Some(&json!(false)) {
            let id = before.map_or("", |job| job.id.as_str());
            note(&format!("warning: the timer is switched off. Mend: {}", commands::enable(id)));
        }
        self.report.step(if changed { Did::Ran } else { Did::Same }, process::line(&command))
    }

    /// Only a remark: the timer works by full paths.
    fn check_skill(&self) {
        let name = commands::skill_name(self.plan.site.role);
        let asked = argv(&["skills", "info", &name, "--agent", &self.plan.agent, "--json"]);
        let Ok(ended) = process::run(&asked, None, self.limit) else { return };
        let info: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
        if info.get("eligible") == Some(&json!(false)) {
            note(&format!(
                "warning: in chats OpenClaw hides the skill {name}, since its gateway does not find moss; \
                 the timer works. Mend: ln -s {} /usr/local/bin/moss",
                crate::system::shell::quoted(&self.plan.site.moss)
            ));
        }
    }

    /// Runs a command that changes something.
    fn act(&mut self, command: &[String]) -> Result<()> {
        self.ask(command, Exit::Fault)?;
        self.report.step(Did::Ran, process::line(command))
    }

    fn ask(&self, command: &[String], exit: Exit) -> Result<Ended> {
        let ended = process::run(command, None, self.limit)?;
        if ended.is_good() { Ok(ended) } else { Err(ended.failure(exit, &process::line(command))) }
    }

    fn write(&mut self, skill: &str) -> Result<()> {
        let site = self.plan.site;
        let gate = (site.folder.join(gate::NAME), gate::script(site, self.delivery.is_heard()));
        write(&mut self.edits, &mut self.report, site, skill, &[gate])
    }

    fn gate_path(&self) -> String {
        self.plan.site.folder.join(gate::NAME).to_string_lossy().into_owned()
    }

    fn remember(&mut self) -> Result<()> {
        self.record.write(self.plan.site)
    }

    /// Once all is done, it is done here and for this `moss`.
    fn settled(&mut self) -> Result<()> {
        self.record.heard = self.delivery.is_heard();
        self.record.moss.clone_from(&self.plan.site.moss);
        self.record.workspace.clone_from(&self.plan.site.workspace);
        self.remember()
    }

    fn or_undo<T>(&mut self, outcome: Result<T>) -> Result<T> {
        outcome.map_err(|error| {
            self.edits.undo();
            self.report.explain(error)
        })
    }
}
