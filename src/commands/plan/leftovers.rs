//! `moss plan leftovers` and `moss plan answer`.

use clap::Args;
use moss_api::{Exit, IdPrefix, Leftover, requests::AnswerLeftover, short_id, text::Summary};

use crate::commands::args::{self, help, text};
use crate::commands::sub_task::print_done;
use crate::context::Context;
use crate::error::Result;
use crate::render::sanitize::{cell, quoted};

/// What ends the refusal of a server that keeps none.
const CANNOT: &str = "keep what was noticed on the way";

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss plan answer 5f6a7b8c \"it is meant to be so\""], help::WRITES))]
pub struct Answer {
    /// Id of what was noticed or asked
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    /// The answer, or what is done about it; `-` reads standard input, @FILE a file
    #[arg(value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    answer: String,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss plan leftovers", "moss plan leftovers 77aa00bb"], help::LOOKS_UP))]
pub struct Leftovers {
    /// Id of a task: also what was answered
    #[arg(value_parser = args::id)]
    task: Option<IdPrefix>,
}

impl Answer {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        ctx.backend().await?.needs_moss_server(CANNOT)?;
        let body = AnswerLeftover { answer: text::said::<Summary>("the answer", &self.answer)? };
        let path = format!("/api/leftovers/{}/answer", self.id.as_str());
        let answered: Leftover = ctx.client.post(&path, &body).await?;
        print_done(ctx, &answered, format!("answered {}", short_id(&answered.id)), "")
    }
}

impl Leftovers {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        ctx.backend().await?.needs_moss_server(CANNOT)?;
        let mut query = Vec::new();
        args::filter(&mut query, "task_id", self.task.as_ref().map(IdPrefix::as_str));
        let all: Vec<Leftover> = ctx.client.get("/api/leftovers", &query).await?;
        let head = &["id", "when", "kind", "task", "sub-task", "agent", "said", "answer"];
        ctx.out.list(&all, head, row, "nothing is left over")?;
        Ok(Exit::Done)
    }
}

fn row(leftover: &Leftover) -> Vec<String> {
    vec![
        short_id(&leftover.id).to_owned(),
        leftover.at.minute(),
        leftover.kind.to_string(),
        short_id(&leftover.task_id).to_owned(),
        leftover.sub_task_id.as_deref().map_or("-", short_id).to_owned(),
        quoted(&leftover.agent_name),
        cell(&leftover.text),
        leftover.answer.as_deref().map_or_else(|| "-".to_owned(), cell),
    ]
}
