//! `moss list`.

use clap::Args;
use moss_api::{Exit, IdPrefix, Module, Page, SubTask, SubTaskStatus, Task, TaskStatus, short_id};

use crate::commands::args::{self, Paging, help};
use crate::commands::sub_task::{SUB_TASK_HEAD, sub_task_row};
use crate::context::Context;
use crate::error::Result;
use crate::render::out::note;
use crate::render::sanitize::{cell, quoted};

#[derive(Args, Debug, Default)]
#[command(after_help = help::end(
    &["moss list --status blocked", "moss list --task 77aa00bb", "moss list --tasks --status active"],
    help::LOOKS_UP,
))]
pub struct List {
    /// Tasks instead of sub-tasks
    #[arg(long, conflicts_with_all = ["task", "module", "modules"])]
    pub tasks: bool,
    /// Modules of this task instead of sub-tasks
    #[arg(long, value_name = "TASK", value_parser = args::id, conflicts_with_all = ["task", "module", "status"])]
    pub modules: Option<IdPrefix>,
    /// Only of this task
    #[arg(long, value_name = "ID", alias = "task-id", value_parser = args::id)]
    pub task: Option<IdPrefix>,
    /// Only of this module
    #[arg(long, value_name = "ID", alias = "module-id")]
    pub module: Option<String>,
    /// Only at this status
    #[arg(long)]
    pub status: Option<String>, // a newer server may know more of them
    #[command(flatten)]
    pub paging: Paging,
}

impl List {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        if let Some(task) = &self.modules {
            return modules(ctx, task).await;
        }
        let mut query = Vec::new();
        let doubt = self.status.as_deref().and_then(|status| {
            if self.tasks {
                status.parse::<TaskStatus>().err()
            } else {
                status.parse::<SubTaskStatus>().err()
            }
        });
        if let Some(doubt) = doubt {
            note(&format!("warning: {doubt}"));
        }
        args::filter(&mut query, "status", self.status);
        if self.tasks {
            return tasks(ctx, &self.paging, query).await;
        }
        let task = match &self.task {
            Some(task) => Some(ctx.task_id(task).await?),
            None => None,
        };
        if let Some(module) = &self.module {
            query.push(("module_id", ctx.module_id(task.as_deref(), module).await?));
        }
        args::filter(&mut query, "task_id", task);
        let page: Page<SubTask> = self.paging.fetch(ctx, "/api/sub-tasks", query).await?;
        ctx.out.page(&page, SUB_TASK_HEAD, sub_task_row, "no sub-tasks")?;
        Ok(Exit::Done)
    }
}

async fn tasks(ctx: &Context, paging: &Paging, query: Vec<(&str, String)>) -> Result<Exit> {
    let page: Page<Task> = paging.fetch(ctx, "/api/tasks", query).await?;
    let row = |task: &Task| {
        vec![
            short_id(&task.id).to_owned(),
            task.status.to_string(),
            quoted(&task.name),
            task.created_at.minute(),
        ]
    };
    ctx.out.page(&page, &["id", "status", "name", "created"], row, "no tasks")?;
    Ok(Exit::Done)
}

async fn modules(ctx: &Context, task: &IdPrefix) -> Result<Exit> {
    let id = ctx.task_id(task).await?;
    let modules: Vec<Module> = ctx.client.get(&format!("/api/tasks/{id}/modules"), &[]).await?;
    let row = |module: &Module| {
        vec![short_id(&module.id).to_owned(), quoted(&module.name), cell(&module.description)]
    };
    ctx.out.list(&modules, &["id", "name", "description"], row, "no modules")?;
    Ok(Exit::Done)
}
