//! `moss claim`.

use clap::Args;
use moss_api::{
    Action, Claimed, Exit, IdPrefix, SubTaskStatus,
    requests::{ClaimNext, Hold},
    short_id,
    text::Token,
};

use crate::commands::args::{self, help, text};
use crate::commands::sub_task::{act, hold, named, print_done};
use crate::config::profile::ProfileDir;
use crate::context::Context;
use crate::error::Result;
use crate::hints;
use crate::render::lines::Lines;
use crate::render::out::note;
use crate::render::packet;

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss claim --start        # the best one, begun at once", "moss claim 01a3c9f2"],
    &[Exit::Nothing, Exit::NotFound, Exit::Conflict],
))]
pub struct Claim {
    /// Id of the sub-task, or 4 and more characters of its beginning
    #[arg(value_parser = args::id)]
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
        let session = text::optional::<Token>("--session", self.session.as_ref())?;
        let Some(Claimed { sub_task, already_held }) = self.take(ctx, session).await? else {
            note("nothing to claim");
            return Ok(Exit::Nothing);
        };
        let id = short_id(&sub_task.id);
        let (called, hold) = (named(&sub_task.id, &sub_task.name), hold(&sub_task));
        let started = sub_task.status == SubTaskStatus::InProgress;
        let said = match (already_held, started) {
            (true, true) => format!("you hold {called} already, started{hold}"),
            (true, false) => format!("you hold {called} already{hold}"),
            (false, true) => format!("claimed and started {called}{hold}"),
            (false, false) => format!("claimed {called}{hold}"),
        };
        let said = format!("{said}{}", self.instead(ctx, &sub_task.id, already_held));
        let claimed = Claimed { sub_task: sub_task.clone(), already_held };
        if self.start {
            let item = ctx.backend().await?.work_item(&sub_task).await?;
            let mut lines = Lines::from(said);
            lines.append(packet::render_item(&item, ctx.kind(), ctx.out.is_all()));
            return print_done(ctx, &claimed, lines, "");
        }
        let command = if started { hints::submit(id) } else { hints::start(id) };
        print_done(ctx, &claimed, said, &command)
    }

    /// A word on it when the last packet called another one the best.
    fn instead(&self, ctx: &Context, id: &str, already_held: bool) -> String {
        let profile = ctx.config.active.as_ref().map(|active| &active.folder);
        let named = profile.and_then(ProfileDir::best).filter(|best| best != id);
        match named.filter(|_| self.id.is_none() && !already_held) {
            Some(best) => {
                let best = short_id(&best);
                format!("\nnot {best}, which wake named: it is taken, or this is more urgent now")
            }
            None => String::new(),
        }
    }

    async fn take(&self, ctx: &Context, session_id: Option<Token>) -> Result<Option<Claimed>> {
        let body = Hold { session_id: session_id.clone().map(Token::into_inner) };
        let claimed = match &self.id {
            Some(id) => {
                let id = ctx.sub_task_id(id).await?;
                match ctx.client.post(&format!("/api/sub-tasks/{id}/claim"), &body).await {
                    Err(error) if error.is_bad_request() => {
                        Some(ctx.backend().await?.claim_refused(&id, error).await?)
                    }
                    outcome => Some(outcome?),
                }
            }
            None => {
                let body = ClaimNext { start: self.start, session_id };
                ctx.backend().await?.claim_best(&body).await?
            }
        };
        match claimed {
            Some(claimed) if self.start && claimed.sub_task.status == SubTaskStatus::Assigned => {
                let sub_task = act(ctx, &claimed.sub_task.id, Action::Start, &body).await?;
                Ok(Some(Claimed { sub_task, ..claimed }))
            }
            other => Ok(other),
        }
    }
}
