//! `moss plan`.

mod apply;
mod edit;
mod format;
mod leftovers;
mod recur;

use clap::{Args, Subcommand};
use moss_api::{
    Action, AgentBrief, Exit, IdPrefix, Module, SubTask, Task as Goal, TaskStatus, WorkType,
    requests::Release,
    requests::{CreateModule, CreateSubTask, CreateTask, Reassign, SetTaskStatus},
    short_id,
    text::{Name, Summary, Text},
};

use crate::commands::args::{self, help, text};
use crate::commands::leave::Leave;
use crate::commands::sub_task::{act, named, print_done};
use crate::commands::{list, show};
use crate::config::active::ActiveProfile;
use crate::config::flags::GlobalFlags;
use crate::context::Context;
use crate::error::Result;
use crate::hints;
use crate::render::out::Out;
use crate::render::role_text;
use crate::render::sanitize::quoted;
use apply::Apply;
use edit::About;
pub use edit::{Cancel, Edit};
use leftovers::{Answer, Leftovers};
use recur::Recur;

/// Make tasks and sub-tasks, and keep them going
#[derive(Subcommand, Debug)]
#[command(defer = true, after_help = help::end(&["moss plan example > plan.yaml", "moss plan apply plan.yaml", "moss plan status             # all tasks"], help::WRITES))]
#[allow(clippy::large_enum_variant)] // one lives for the length of the process
pub enum Plan {
    /// Create a whole plan from a YAML or JSON file; twice is once
    Apply(Apply),
    /// Print a small plan file to start from
    #[command(after_help = help::end(&["moss plan example > plan.yaml", "moss plan apply plan.yaml"], &[]))]
    Example,
    /// Make a task
    Task(Task),
    /// Make a module of a task
    Module(AddModule),
    /// Make a sub-task
    Add(Add),
    /// Change the text of a sub-task or a task; what is not given stays
    Edit(Edit),
    /// Give a pending, assigned or blocked sub-task to an executor
    #[command(visible_alias = "reassign")]
    Assign(Assign),
    /// Let go of a blocked sub-task, so that anyone may claim it
    Release(GiveBack),
    /// Leave a blocked sub-task or a finished task as it is until it changes
    #[command(after_help = help::end(&["moss plan wait 01a3c9f2 --why \"asked the customer\"", "moss plan wait 01a3c9f2 --until 2h"], help::WRITES))]
    Wait(Leave),
    /// Say what is done about something that was noticed on the way
    Answer(Answer),
    /// What was noticed on the way and waits for you; with a task, all of it
    Leftovers(Leftovers),
    /// Say when a sub-task or task comes again, and see its rounds
    Recur(Recur),
    /// Give up a sub-task, or a task with all that is open in it
    Cancel(Cancel),
    /// See how a task stands, or move it: planning, active, in_progress, completed, archived
    Status(Status),
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss plan task \"Shop backend\" --description @goal.md"], &[]))]
pub struct Task {
    /// One line
    pub name: String,
    /// Free text; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    pub description: Option<String>,
    /// once or recurring
    #[arg(long = "type", value_name = "TYPE", value_parser = args::word::<WorkType>)]
    pub kind: Option<WorkType>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss plan module 77aa00bb \"API\""], help::LOOKS_UP))]
pub struct AddModule {
    /// Id of the task
    #[arg(value_parser = args::id)]
    pub task: IdPrefix,
    /// One line
    pub name: String,
    /// Free text; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    pub description: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss plan add 77aa00bb \"Order list API\" --description \"GET /orders\" --deliverable orders.py --acceptance \"pages by 20; tests pass\" --priority high",
      "moss plan add 77aa00bb \"Changelog\" --assign AI-Wu --after 01a3c9f2"],
    help::WRITES,
))]
pub struct Add {
    /// Id of the task
    #[arg(value_parser = args::id)]
    pub task: IdPrefix,
    /// One line
    pub name: String,
    #[command(flatten)]
    about: About,
    /// Id of a module of the task
    #[arg(long, value_name = "ID", alias = "module-id")]
    pub module: Option<String>,
    /// Give it to this executor: a name, an id, or its beginning
    #[arg(long, value_name = "AGENT")]
    pub assign: Option<String>,
    /// once or recurring
    #[arg(long = "type", value_name = "TYPE", value_parser = args::word::<WorkType>)]
    pub kind: Option<WorkType>,
    /// Ids of sub-tasks that must be done first
    #[arg(long, value_name = "ID", value_parser = args::id)]
    pub after: Vec<IdPrefix>,
    /// Ids of what was left over and is answered by this
    #[arg(long, value_name = "ID", value_parser = args::id)]
    pub answers: Vec<IdPrefix>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss plan assign 01a3c9f2 AI-Wu", "moss plan reassign 01a3c9f2"],
    help::WRITES,
))]
pub struct Assign {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    pub id: IdPrefix,
    /// An executor: a name, an id, or its beginning; without one, who never had it and has least to do
    pub agent: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss plan release 01a3c9f2 --reason \"the quota is back\""], help::WRITES))]
pub struct GiveBack {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    /// Why; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    reason: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss plan status                    # all tasks", "moss plan status 77aa00bb", "moss plan status 77aa00bb completed"],
    help::WRITES,
))]
pub struct Status {
    /// Id of the task
    #[arg(value_parser = args::id)]
    pub task: Option<IdPrefix>,
    /// Where to
    #[arg(value_parser = args::word::<TaskStatus>)]
    pub status: Option<TaskStatus>,
}

/// `moss plan example`: needs no server and no key. Where the profile knows its server, the example
/// can be applied there.
///
/// # Errors
/// When it cannot be printed.
pub fn example(global: &GlobalFlags) -> Result<Exit> {
    let out = Out::new(global);
    let active = ActiveProfile::find(global).ok().flatten();
    out.file(&role_text::on(active.and_then(|active| active.profile.kind), format::EXAMPLE));
    out.flush()?;
    Ok(Exit::Done)
}

impl Plan {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match self {
            Self::Apply(c) => c.run(ctx).await,
            Self::Example => example(&ctx.global),
            Self::Task(c) => c.run(ctx).await,
            Self::Module(c) => c.run(ctx).await,
            Self::Add(c) => c.run(ctx).await,
            Self::Edit(c) => c.run(ctx).await,
            Self::Answer(c) => c.run(ctx).await,
            Self::Leftovers(c) => c.run(ctx).await,
            Self::Recur(c) => c.run(ctx).await,
            Self::Assign(c) => c.run(ctx).await,
            Self::Release(c) => c.run(ctx).await,
            Self::Wait(c) => c.by_planner(ctx).await,
            Self::Cancel(c) => c.run(ctx).await,
            Self::Status(c) => c.run(ctx).await,
        }
    }
}

/// A description or the like, empty when it was not given.
fn prose(what: &str, argument: Option<&String>) -> Result<Text> {
    Ok(text::optional(what, argument)?.unwrap_or_default())
}

impl Task {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let body = CreateTask {
            name: text::checked::<Name>("the name", &self.name)?,
            description: prose("--description", self.description.as_ref())?,
            kind: self.kind.map(Into::into),
        };
        let task: Goal = ctx.client.post("/api/tasks", &body).await?;
        let next = hints::add_to_task(short_id(&task.id));
        let said = format!("made task {} {}", named(&task.id, &task.name), task.status);
        print_done(ctx, &task, said, &next)
    }
}

impl AddModule {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let body = CreateModule {
            name: text::checked::<Name>("the name", &self.name)?,
            description: prose("--description", self.description.as_ref())?,
        };
        let task = ctx.task_id(&self.task).await?;
        let module: Module = ctx.client.post(&format!("/api/tasks/{task}/modules"), &body).await?;
        let (task, id) = (short_id(&module.task_id), short_id(&module.id));
        let next = hints::add_to_module(task, id);
        print_done(ctx, &module, format!("made module {}", named(&module.id, &module.name)), &next)
    }
}

impl Add {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        if !self.after.is_empty() {
            ctx.backend().await?.needs_moss_server("make a sub-task wait for others")?;
        }
        let assigned_agent = match &self.assign {
            Some(agent) => Some(executor_ref(ctx, agent).await?),
            None => None,
        };
        let task_id = ctx.task_id(&self.task).await?;
        let module_id = match &self.module {
            Some(module) => Some(ctx.module_id(Some(&task_id), module).await?),
            None => None,
        };
        let body = CreateSubTask {
            task_id,
            name: text::checked::<Name>("the name", &self.name)?,
            description: prose("--description", self.about.description.as_ref())?,
            deliverable: prose("--deliverable", self.about.deliverable.as_ref())?,
            acceptance: prose("--acceptance", self.about.acceptance.as_ref())?,
            priority: self.about.priority.map(Into::into),
            lease: self.about.lease,
            deadline: self.about.deadline,
            answers: self.answers.iter().map(|id| id.as_str().to_owned()).collect(),
            module_id,
            assigned_agent,
            kind: self.kind.map(Into::into),
            depends_on: self.after.iter().map(|id| id.as_str().to_owned()).collect(),
        };
        let made: SubTask = ctx.client.post("/api/sub-tasks", &body).await?;
        let said = format!("made sub-task {} {}", named(&made.id, &made.name), made.status);
        print_done(ctx, &made, said, &hints::task(short_id(&made.task_id)))
    }
}

impl Assign {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let agent_id = match &self.agent {
            Some(agent) => executor_ref(ctx, agent).await?,
            None => {
                ctx.backend().await?.needs_moss_server("choose an executor")?;
                String::new()
            }
        };
        let body = Reassign { agent_id };
        let id = ctx.sub_task_id(&self.id).await?;
        let sub_task = act(ctx, &id, Action::Reassign, &body).await?;
        let called = named(&sub_task.id, &sub_task.name);
        let agent = assignee(ctx, &sub_task, self.agent.as_deref()).await;
        print_done(ctx, &sub_task, format!("{} {called} to {agent}", sub_task.status), "")
    }
}

/// What to name an executor in a request.
async fn executor_ref(ctx: &Context, agent: &str) -> Result<String> {
    ctx.agent_ref(agent).await.map_err(|error| {
        if error.exit() == Exit::NotFound { error.hint(hints::EXECUTORS) } else { error }
    })
}

/// Who was given a sub-task, by name; an answer to a write only has the id.
async fn assignee(ctx: &Context, sub_task: &SubTask, typed: Option<&str>) -> String {
    if let Some(typed) = typed
        && typed.parse::<IdPrefix>().is_err()
    {
        return quoted(typed); // no id: it can only be the name
    }
    let agents: Vec<AgentBrief> = ctx.client.get("/api/agents", &[]).await.unwrap_or_default();
    let agent = agents.iter().find(|agent| Some(&agent.id) == sub_task.assigned_agent.as_ref());
    agent.map_or_else(|| typed.unwrap_or("an executor").to_owned(), |agent| quoted(&agent.name))
}

impl GiveBack {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let reason = text::optional::<Summary>("--reason", self.reason.as_ref())?;
        let body = Release { reason: reason.unwrap_or_default(), attempt: None };
        super::release::release(ctx, &self.id, &body).await
    }
}

impl Status {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let (task, status) = match (self.task, self.status) {
            (None, _) => {
                let tasks = list::List { tasks: true, ..list::List::default() };
                return tasks.run(ctx).await;
            }
            (Some(task), None) => {
                let task = ctx.task(&task).await?;
                return show::task(ctx, &task).await;
            }
            (Some(task), Some(status)) => (task, status),
        };
        let id = ctx.task_id(&task).await?;
        let body = SetTaskStatus { status: status.into() };
        let task: Goal = ctx.client.put(&format!("/api/tasks/{id}/status"), &body).await?;
        print_done(
            ctx,
            &task,
            format!("task {} is {}", named(&task.id, &task.name), task.status),
            "",
        )
    }
}
