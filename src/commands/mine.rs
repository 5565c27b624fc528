//! `moss mine`.

use clap::Args;
use moss_api::{Exit, IdPrefix, Page, SubTask, SubTaskStatus};

use crate::commands::args::{self, Paging, help};
use crate::commands::sub_task::{SUB_TASK_HEAD, sub_task_row};
use crate::context::Context;
use crate::error::Result;

#[derive(Args, Debug, Default)]
#[command(after_help = help::end(&["moss mine", "moss mine --status rework"], &[]))]
pub struct Mine {
    /// Only at this status
    #[arg(long, value_parser = args::word::<SubTaskStatus>)]
    pub status: Option<SubTaskStatus>,
    /// Only the one of this task that changed last
    #[arg(long, value_name = "TASK", value_parser = args::id, conflicts_with = "status")]
    pub latest: Option<IdPrefix>,
    #[command(flatten)]
    pub paging: Paging,
}

impl Mine {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        if let Some(task) = &self.latest {
            let query = [("task_id", ctx.task_id(task).await?)];
            let latest: SubTask = ctx.client.get("/api/sub-tasks/latest", &query).await?;
            ctx.out.list(&[latest], SUB_TASK_HEAD, sub_task_row, "")?;
            return Ok(Exit::Done);
        }
        let mut query = Vec::new();
        args::filter(&mut query, "status", self.status);
        let page: Page<SubTask> = self.paging.fetch(ctx, "/api/sub-tasks/mine", query).await?;
        ctx.out.page(&page, SUB_TASK_HEAD, sub_task_row, "nothing is assigned to you")?;
        Ok(Exit::Done)
    }
}
