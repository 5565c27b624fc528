//! `moss start`.

use clap::Args;
use moss_api::{Action, IdPrefix, requests::Hold, short_id, text::Token};

use crate::commands::args::{self, help, text};
use crate::commands::sub_task::{act_as_holder, hold, named, print_done};
use crate::context::Context;
use crate::error::Result;
use crate::hints;

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss start 01a3c9f2"], help::WRITES))]
pub struct Start {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    pub id: IdPrefix,
    /// Session that works on it
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
}

impl Start {
    pub async fn run(self, ctx: &Context) -> Result<moss_api::Exit> {
        let session = text::optional::<Token>("--session", self.session.as_ref())?;
        let id = ctx.sub_task_id(&self.id).await?;
        let body = Hold { session_id: session.map(Token::into_inner) };
        let sub_task = act_as_holder(ctx, &id, Action::Start, &body).await?;
        let said = format!("started {}{}", named(&sub_task.id, &sub_task.name), hold(&sub_task));
        print_done(ctx, &sub_task, said, &hints::submit(short_id(&sub_task.id)))
    }
}
