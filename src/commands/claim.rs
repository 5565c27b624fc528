//! `moss claim`.

use clap::Args;
use moss_api::{ClaimNext, Exit, Hold, IdPrefix, SubTask, SubTaskStatus, Token, short};

use super::{hold, named, say};
use crate::context::Context;
use crate::error::Result;
use crate::output::note;
use crate::{help, input, legacy, lookup, packet, values, work_item};

#[derive(Args, Clone, Debug)]
#[command(after_help = help::end(
    &["moss claim --start        # the best one, begun at once", "moss claim 01a3c9f2"],
    &[Exit::Nothing, Exit::NotFound, Exit::Conflict],
))]
pub struct Claim {
    /// Id of the sub-task, or 4 and more characters of its beginning
    #[arg(value_parser = values::id)]
    pub id: Option<IdPrefix>,
    /// Begin at once, and print all there is to know about it
    #[arg(long)]
    pub start: bool,
    /// Session that works on it
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
}

impl Claim {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let session = input::optional::<Token>("--session", self.session.as_ref())?;
        let Some(sub_task) = self.take(ctx, session).await? else {
            note("nothing to claim");
            return Ok(Exit::Nothing);
        };
        let called = named(&sub_task.id, &sub_task.name);
        if self.start {
            let item = work_item::of(ctx, &sub_task).await?;
            let said = format!("claimed and started {called}{}", hold(&sub_task));
            return say(ctx, &sub_task, format!("{said}\n{}", packet::render_item(&item)), "");
        }
        let id = short(&sub_task.id);
        if sub_task.status == SubTaskStatus::InProgress {
            let said = format!("{called} is yours and started{}", hold(&sub_task));
            return say(ctx, &sub_task, said, &super::submit::next(id));
        }
        let said = format!("claimed {called}{}", hold(&sub_task));
        say(ctx, &sub_task, said, &format!("moss start {id}"))
    }

    async fn take(&self, ctx: &Context, session_id: Option<Token>) -> Result<Option<SubTask>> {
        let body = Hold { session_id: session_id.clone().map(Token::into_inner) };
        let claimed = match &self.id {
            Some(id) => {
                let id = lookup::sub_task_id(ctx, id).await?;
                Some(
                    ctx.client
                        .post::<SubTask>(&format!("/api/sub-tasks/{id}/claim"), &body)
                        .await?,
                )
            }
            None if ctx.is_original().await? => legacy::claim::next(ctx, &body).await?,
            None => {
                let body = ClaimNext { start: self.start, session_id };
                return ctx.client.post_for("/api/sub-tasks/claim-next", &body).await;
            }
        };
        match claimed {
            Some(sub_task) if self.start && sub_task.status == SubTaskStatus::Assigned => {
                super::start::start(ctx, &sub_task.id, &body).await.map(Some)
            }
            other => Ok(other),
        }
    }
}
