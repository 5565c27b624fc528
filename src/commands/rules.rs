//! `moss rules`.

use clap::Args;
use moss_api::{Exit, IdPrefix, Rules as Answer};

use crate::client::resolve;
use crate::commands::args::{self, help};
use crate::context::Context;
use crate::error::Result;
use crate::legacy::NO_PYTHON_CLIENT;

#[derive(Args, Clone, Debug)]
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
        let mut query = vec![("cli_version", NO_PYTHON_CLIENT.to_string())];
        if let Some(task) = &self.task {
            query.push(("task_id", resolve::task_id(&ctx.client, task).await?));
        }
        if let Some(on) = &self.on {
            let sub_task = resolve::sub_task(&ctx.client, on).await?;
            query.push(("task_id", sub_task.task_id));
            query.push(("sub_task_id", sub_task.id));
        }
        let rules: Answer = ctx.client.get("/api/rules", &query).await?;
        let content = &rules.content;
        ctx.out.view(&rules, || content.clone(), |sheet| sheet.document(content))?;
        Ok(Exit::Done)
    }
}
