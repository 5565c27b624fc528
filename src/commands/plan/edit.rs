//! `moss plan edit` and `moss plan cancel`.

use clap::Args;
use moss_api::{
    Action, Exit, IdPrefix, LeaseLength, Priority, SubTask, SubTaskStatus, Task, Timestamp,
    requests::{EditSubTask, EditTask},
    short_id,
    text::Name,
};

use crate::commands::args::{self, help, text, time};
use crate::commands::sub_task::{act_only, named, print_done};
use crate::context::{Context, Found};
use crate::error::{Error, Result};
use crate::hints;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss plan edit 01a3c9f2 --acceptance \"pages by 50\" --priority high", "moss plan edit 77aa00bb --name \"Shop backend 2\""],
    help::WRITES,
))]
#[group(id = "change", required = true, multiple = true, args = ["name", "description", "deliverable", "acceptance", "priority", "lease", "deadline"])]
pub struct Edit {
    /// Id of the sub-task or task
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    /// One line
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    about: About,
}

// What a sub-task is about; a task has the description only. No doc comment: clap would show it
// as what the command does.
#[derive(Args, Debug)]
pub struct About {
    /// What to do; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    pub description: Option<String>,
    /// What to hand in
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    pub deliverable: Option<String>,
    /// How it will be judged
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    pub acceptance: Option<String>,
    /// high, medium or low
    #[arg(long, value_parser = Priority::meant)]
    pub priority: Option<Priority>,
    /// How long its holder keeps it after its last call, as 90m or 2h
    #[arg(long, value_name = "TIME")]
    pub lease: Option<LeaseLength>,
    /// By when it is to be done, like 2026-11-20T09:45:00Z or 2d
    #[arg(long, value_name = "TIME", value_parser = time::moment)]
    pub deadline: Option<Timestamp>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss plan cancel 01a3c9f2"], help::WRITES))]
pub struct Cancel {
    /// Id of the sub-task or task
    #[arg(value_parser = args::id)]
    pub id: IdPrefix,
}

impl Edit {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let name = self.name.as_deref().map(|n| text::checked::<Name>("--name", n)).transpose()?;
        let about = &self.about;
        let description = text::optional("--description", about.description.as_ref())?;
        match ctx.find(&self.id).await? {
            Found::SubTask(found) => {
                let body = EditSubTask {
                    name,
                    description,
                    deliverable: text::optional("--deliverable", about.deliverable.as_ref())?,
                    acceptance: text::optional("--acceptance", about.acceptance.as_ref())?,
                    priority: about.priority.map(Into::into),
                    lease: about.lease,
                    deadline: about.deadline,
                };
                let path = format!("/api/sub-tasks/{}", found.id);
                let outcome = ctx.client.put(&path, &body).await;
                let edited: SubTask = ctx.explained(&found.id, Action::Edit, outcome).await?;
                let said = format!("edited sub-task {}", named(&edited.id, &edited.name));
                let next = match edited.status.get() {
                    Some(SubTaskStatus::Blocked) => hints::plan_release(short_id(&edited.id)),
                    Some(_) | None => String::new(),
                };
                print_done(ctx, &edited, said, &next)
            }
            Found::Task(found) => {
                let of_sub_tasks = about.deliverable.is_some()
                    || about.acceptance.is_some()
                    || about.priority.is_some()
                    || about.lease.is_some()
                    || about.deadline.is_some();
                if of_sub_tasks {
                    let called = named(&found.id, &found.name);
                    return Err(Error::usage(format!(
                        "{called} is a task: it has a name and a description only"
                    )));
                }
                let path = format!("/api/tasks/{}", found.id);
                let body = EditTask { name, description, patrol: None };
                let edited: Task = ctx.client.put(&path, &body).await?;
                print_done(
                    ctx,
                    &edited,
                    format!("edited task {}", named(&edited.id, &edited.name)),
                    "",
                )
            }
        }
    }
}

impl Cancel {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match ctx.find(&self.id).await? {
            Found::SubTask(found) => {
                let gone = act_only(ctx, &found.id, Action::Cancel).await?;
                print_done(
                    ctx,
                    &gone,
                    format!("cancelled sub-task {}", named(&gone.id, &gone.name)),
                    "",
                )
            }
            Found::Task(found) => {
                let path = format!("/api/tasks/{}/cancel", found.id);
                let gone: Task = ctx.client.post_empty(&path).await?;
                print_done(
                    ctx,
                    &gone,
                    format!("cancelled task {}", named(&gone.id, &gone.name)),
                    "",
                )
            }
        }
    }
}
