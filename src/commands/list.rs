//! `moss list`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use moss_api::{
    Exit, IdPrefix, Module, Page, SubTask, SubTaskStatus, Task, TaskStatus, Vocabulary, short_id,
};

use crate::commands::args::{self, Paging, help};
use crate::commands::sub_task::{SUB_TASK_HEAD, sub_task_row};
use crate::context::Context;
use crate::error::Result;
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
    #[arg(long, value_name = "ID", alias = "module-id", value_parser = NonEmptyStringValueParser::new())]
    pub module: Option<String>,
    /// Only at this status
    #[arg(long)]
    pub status: Option<String>, // of a task or of a sub-task, which only shows later
    #[command(flatten)]
    pub paging: Paging,
}

impl List {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        if let Some(task) = &self.modules {
            return modules(ctx, task).await;
        }
        if self.tasks {
            return tasks(ctx, &self.paging, at(self.status.as_deref())?).await;
        }
        let status: Option<SubTaskStatus> = at(self.status.as_deref())?;
        let mut query = Vec::new();
        args::filter(&mut query, "status", status);
        let task = match &self.task {
            Some(task) => Some(ctx.task_id(task).await?),
            None => None,
        };
        if let Some(module) = &self.module {
            query.push(("module_id", ctx.module_id(task.as_deref(), module).await?));
        }
        args::filter(&mut query, "task_id", task.as_ref());
        let page: Page<SubTask> = self.paging.fetch(ctx, "/api/sub-tasks", query).await?;
        if page.items.is_empty() {
            if let Some(task) = &self.task {
                ctx.ensure_task(task).await?;
            }
            if let Some(module) = &self.module {
                ctx.ensure_module(task.as_deref(), module).await?;
            }
        }
        ctx.out.page(&page, SUB_TASK_HEAD, sub_task_row, "no sub-tasks")?;
        Ok(Exit::Done)
    }
}

/// The status that is wanted.
fn at<T: Vocabulary>(status: Option<&str>) -> Result<Option<T>> {
    status.map(|word| args::word_of("--status", word)).transpose()
}

async fn tasks(ctx: &Context, paging: &Paging, status: Option<TaskStatus>) -> Result<Exit> {
    let mut query = Vec::new();
    args::filter(&mut query, "status", status);
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
    if modules.is_empty() {
        ctx.ensure_task(task).await?;
    }
    let row = |module: &Module| {
        vec![short_id(&module.id).to_owned(), quoted(&module.name), cell(&module.description)]
    };
    ctx.out.list(&modules, &["id", "name", "description"], row, "no modules")?;
    Ok(Exit::Done)
}
