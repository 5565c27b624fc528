//! `moss ask`: a question about a task or a sub-task, and reading the answer.

use clap::Args;
use moss_api::{
    BlockOwner, Exit, IdPrefix, Leftover, LeftoverState, requests::Ask as Body, short_id,
    text::Summary,
};

use crate::commands::args::{self, help, text};
use crate::commands::sub_task::print_done;
use crate::context::{Context, Found};
use crate::error::{Error, Result};
use crate::render::lines::Lines;
use crate::render::questions::{answer_text, asked_about};
use crate::render::sanitize::{cell, quoted, word};

/// What ends the refusal of a server that keeps none.
const CANNOT: &str = "keep questions";

#[derive(Args, Debug)]
#[command(
    override_usage = "moss ask <ID> <QUESTION>\n       moss ask --read <QUESTION_ID>\n       moss ask --list",
    after_help = help::end(
        &["moss ask 01a3c9f2 \"Which currency are the prices in?\"", "moss ask --read 5f6a7b8c"],
        help::WRITES,
    )
)]
pub struct Ask {
    /// Id of the sub-task or task it is about
    #[arg(value_parser = args::id, requires = "question", required_unless_present_any = ["read", "list"])]
    id: Option<IdPrefix>,
    /// What you need to know; `-` reads standard input, @FILE a file
    #[arg(value_name = "QUESTION", allow_hyphen_values = true, value_parser = text::prose)]
    question: Option<String>,
    /// Read the whole answer to this question of yours: it wakes you no more
    #[arg(long, value_name = "QUESTION_ID", value_parser = args::id, conflicts_with_all = ["id", "list"])]
    read: Option<IdPrefix>,
    /// List what you asked, newest first
    #[arg(long, conflicts_with = "id")]
    list: bool,
}

impl Ask {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        ctx.backend().await?.needs_moss_server(CANNOT)?;
        match (self.id, self.question, self.read) {
            (Some(id), Some(question), None) => ask(ctx, &id, &question).await,
            (_, _, Some(read)) => read_answer(ctx, &read).await,
            (None, None, None) => list(ctx).await,
            _ => Err(Error::refused("a question needs the id of what it is about".to_owned())),
        }
    }
}

async fn ask(ctx: &Context, id: &IdPrefix, question: &str) -> Result<Exit> {
    let body = Body { question: text::said::<Summary>("the question", question)? };
    let path = match ctx.find(id).await? {
        Found::SubTask(found) => format!("/api/sub-tasks/{}/ask", found.id),
        Found::Task(found) => format!("/api/tasks/{}/ask", found.id),
    };
    let asked: Leftover = ctx.client.post(&path, &body).await?;
    let whom = word::<BlockOwner>(&asked.owner.to_string());
    let said = format!(
        "asked the {whom} about {}, question {}: the answer wakes you",
        asked_about(&asked),
        short_id(&asked.id)
    );
    print_done(ctx, &asked, said, "")
}

async fn read_answer(ctx: &Context, id: &IdPrefix) -> Result<Exit> {
    let path = format!("/api/questions/{}/read", id.as_str());
    let read: Leftover = ctx.client.post_empty(&path).await?;
    let mut said = Lines::default();
    let about = asked_about(&read);
    match &read.answer {
        Some(_) => said.head(format!("question {} about {about} is answered", short_id(&read.id))),
        None => said.head(format!(
            "question {} about {about} waits for its answer, which wakes you",
            short_id(&read.id)
        )),
    }
    answer_text(&mut said, &read);
    print_done(ctx, &read, said, "")
}

async fn list(ctx: &Context) -> Result<Exit> {
    let all: Vec<Leftover> = ctx.client.get("/api/questions", &[]).await?;
    let head = &["id", "when", "about", "name", "whose turn", "asked", "answer"];
    ctx.out.list(&all, head, row, "you have asked nothing")?;
    Ok(Exit::Done)
}

fn row(question: &Leftover) -> Vec<String> {
    let about = question.sub_task_id.as_deref().unwrap_or(&question.task_id);
    let waits = question.state == LeftoverState::Waiting;
    let owner = word::<BlockOwner>(&question.owner.to_string());
    let turn = if waits { owner } else { "-".to_owned() };
    vec![
        short_id(&question.id).to_owned(),
        question.at.minute(),
        short_id(about).to_owned(),
        quoted(&question.name),
        turn,
        cell(&question.text),
        question.answer.as_deref().map_or_else(|| "-".to_owned(), cell),
    ]
}
