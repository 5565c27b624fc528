//! `moss available`.

use clap::Args;
use moss_api::Exit;

use crate::commands::args::{Paging, help};
use crate::commands::sub_task::{SUB_TASK_HEAD, sub_task_row};
use crate::context::Context;
use crate::error::Result;

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss available", "moss claim 01a3c9f2 --start"], &[]))]
pub struct Available {
    #[command(flatten)]
    pub paging: Paging,
}

impl Available {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let wanted = self.paging.wanted(ctx);
        let path = "/api/sub-tasks/available";
        let page = ctx.ask(async |backend| backend.offered(path, &[], wanted).await).await?;
        ctx.out.page(&page, SUB_TASK_HEAD, sub_task_row, "nothing to claim")?;
        Ok(Exit::Done)
    }
}
