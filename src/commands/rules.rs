//! `moss rules`.

use clap::Args;
use moss_api::{Exit, IdPrefix};

use crate::client::rules;
use crate::commands::args::{self, help};
use crate::context::Context;
use crate::error::Result;
use crate::render::lines::Lines;

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss rules", "moss rules --on 01a3c9f2"], help::LOOKS_UP))]
pub struct Rules {
    /// With those of this task
    #[arg(long, value_name = "ID", value_parser = args::id)]
    task: Option<IdPrefix>,
    /// With those of this sub-task and its task
    #[arg(long, value_name = "ID", value_parser = args::id, conflicts_with = "task")]
    on: Option<IdPrefix>,
}

impl Rules {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let mut query = Vec::new();
        if let Some(task) = &self.task {
            // The rules for everybody would stand for those of a task that is not there.
            query.push(("task_id", ctx.task(task).await?.id));
        }
        if let Some(on) = &self.on {
            let sub_task = ctx.sub_task(on).await?;
            query.push(("task_id", sub_task.task_id));
            query.push(("sub_task_id", sub_task.id));
        }
        let rules = rules::ask(&ctx.client, &query).await?;
        ctx.out.data(&rules, || {
            let mut lines = Lines::default();
            if !rules.content.trim().is_empty() {
                lines.head("RULES of the person in charge: follow them");
            }
            lines.quote(&rules.content);
            lines
        })?;
        Ok(Exit::Done)
    }
}
