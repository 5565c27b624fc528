//! `moss session`.

use clap::Args;
use moss_api::{Action, Exit, IdPrefix, requests::SetSession, text::Token};

use crate::commands::args::{self, help, text};
use crate::commands::sub_task::{act_as_holder, named, print_done};
use crate::context::Context;
use crate::error::Result;
use crate::render::sanitize::quoted;

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss session 01a3c9f2 agent:moss:main"], help::WRITES))]
pub struct Session {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    pub id: IdPrefix,
    /// The session
    pub session_id: String,
}

impl Session {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let session_id = text::checked::<Token>("session id", &self.session_id)?;
        let id = ctx.sub_task_id(&self.id).await?;
        let body = SetSession { session_id };
        let sub_task = act_as_holder(ctx, &id, Action::Session, &body).await?;
        let session = sub_task.current_session_id.as_deref().map_or_else(|| "-".to_owned(), quoted);
        let called = named(&sub_task.id, &sub_task.name);
        print_done(ctx, &sub_task, format!("session of {called} is {session}"), "")
    }
}
