//! `moss plan wait`: "I looked and leave it".

use clap::Args;
use moss_api::{
    Action, Exit, IdPrefix, SubTask, Task, Timestamp, requests::Leave as Body, text::Summary,
};
use serde::Serialize;

use crate::commands::args::{self, text, time};
use crate::commands::sub_task::{named, print_done};
use crate::context::{Context, Found};
use crate::error::Result;

// What is left, and for how long or why. No doc comments here: clap would show them as what the
// command does.
#[derive(Args, Debug)]
pub struct Leave {
    /// Id of what woke you
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    #[command(flatten)]
    judgement: Judgement,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub(super) struct Judgement {
    /// Why it stays as it is; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    pub(super) why: Option<String>,
    /// Wake me by it again then, like 2026-11-20T09:45:00Z or 2h
    #[arg(long, value_name = "TIME", value_parser = time::moment)]
    pub(super) until: Option<Timestamp>,
}

impl Leave {
    /// As planner: a sub-task, or a task.
    ///
    /// # Errors
    /// When there is neither, or the server cannot be asked or refuses.
    pub async fn by_planner(self, ctx: &Context) -> Result<Exit> {
        let body = self.body(ctx).await?;
        match ctx.find(&self.id).await? {
            Found::SubTask(found) => {
                let left = ctx.client.post(&sub_task(&found.id), &body).await;
                let left: SubTask = ctx.explained(&found.id, Action::Leave, left).await?;
                self.done(ctx, &left, &named(&left.id, &left.name))
            }
            Found::Task(found) => {
                let path = format!("/api/tasks/{}/leave", found.id);
                let left: Task = ctx.client.post(&path, &body).await?;
                self.done(ctx, &left, &named(&left.id, &left.name))
            }
        }
    }

    async fn body(&self, ctx: &Context) -> Result<Body> {
        let why = text::said_if_any::<Summary>("--why", self.judgement.why.as_ref())?;
        ctx.backend().await?.needs_moss_server("keep what was judged")?;
        Ok(Body { why, until: self.judgement.until })
    }

    fn done<T: Serialize>(&self, ctx: &Context, left: &T, called: &str) -> Result<Exit> {
        let until = self
            .judgement
            .until
            .map_or_else(String::new, |until| format!(", or {}", until.minute()));
        let said = format!("left {called}: it wakes you again when it changes{until}");
        print_done(ctx, left, said, "")
    }
}

fn sub_task(id: &str) -> String {
    format!("/api/sub-tasks/{id}/{}", Action::Leave)
}
