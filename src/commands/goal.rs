//! `moss goal`: what a person wants of the team, by the session of `moss login --admin`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use moss_api::{
    Exit, Goal as Given, IdPrefix, Leftover, TaskStatus, Timestamp,
    requests::{AnswerLeftover, NewGoal},
    short_id,
    text::{Name, Summary, Text},
};

use crate::commands::args::{self, Paging, help, text, time};
use crate::commands::sub_task::print_done;
use crate::config::Config;
use crate::config::flags::GlobalFlags;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;
use crate::render::lines::Lines;
use crate::render::questions::asked_about;
use crate::render::sanitize::{quoted, word};
use crate::system::files::shown;

/// Give the team a goal as the admin, and see how far it is
#[derive(Subcommand, Debug)]
#[command(defer = true, after_help = help::end(&["moss login --admin --server http://127.0.0.1:6565", "moss goal add --server http://127.0.0.1:6565 \"A shop for flowers\" --deadline 7d", "moss goal list --server http://127.0.0.1:6565"], help::WRITES))]
pub enum Goal {
    /// Give the team a goal: the planner is woken by it
    Add(Add),
    /// List the goals there are, newest first
    List(List),
    /// See how far a goal is, and what is blocked of it
    Show(Show),
    /// List what the team asks people, oldest first
    #[command(after_help = help::end(&["moss goal questions --server http://127.0.0.1:6565"], &[]))]
    Questions,
    /// Answer a question: it wakes whoever asked
    Answer(Answer),
}

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss goal add --server http://127.0.0.1:6565 \"A shop for flowers\" --deadline 7d",
      "moss goal add --server http://127.0.0.1:6565 @goal.md --attach prices.csv"],
    help::WRITES,
))]
pub struct Add {
    /// What is wanted, its first line as the name; `-` reads standard input, @FILE a file
    #[arg(value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    what: String,
    /// Another name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// By when, like 2026-11-20T09:45:00Z or 7d
    #[arg(long, value_name = "TIME", value_parser = time::moment)]
    deadline: Option<Timestamp>,
    /// A file the team can read where it is; may be given again
    #[arg(long, value_name = "PATH")]
    attach: Vec<PathBuf>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss goal list --server http://127.0.0.1:6565"], &[]))]
pub struct List {
    #[command(flatten)]
    paging: Paging,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss goal show --server http://127.0.0.1:6565 77aa00bb"], help::LOOKS_UP))]
pub struct Show {
    /// Id of the goal
    #[arg(value_parser = args::id)]
    id: IdPrefix,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss goal answer --server http://127.0.0.1:6565 5f6a7b8c \"In euros\""], help::WRITES))]
pub struct Answer {
    /// Id of the question
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    /// The answer; `-` reads standard input, @FILE a file
    #[arg(value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    answer: String,
}

impl Goal {
    pub async fn run(self, global: &GlobalFlags) -> Result<Exit> {
        let (config, folder) = Config::for_admin(global)?;
        if folder.is_none() {
            return Err(Error::of(
                moss_api::ErrorCode::MissingCredentials,
                format!("there is no admin session with {}", config.server),
            )
            .hint(hints::log_in_as_admin(config.server.as_str())));
        }
        let server = config.server.to_string();
        let ctx = Context::with(global, config)?;
        let done = match self {
            Self::Add(add) => add.run(&ctx, server.trim_end_matches('/')).await,
            Self::List(list) => list.run(&ctx).await,
            Self::Show(show) => show.run(&ctx).await,
            Self::Questions => questions(&ctx, server.trim_end_matches('/')).await,
            Self::Answer(answer) => answer.run(&ctx, server.trim_end_matches('/')).await,
        }?;
        ctx.out.flush()?;
        Ok(done)
    }
}

impl Add {
    async fn run(self, ctx: &Context, server: &str) -> Result<Exit> {
        let mut what = text::text::<Text>("the goal", &self.what)?.into_inner();
        for path in &self.attach {
            let file = path.canonicalize().map_err(|error| {
                Error::refused(format!("{} cannot be attached: {error}", shown(path)))
            })?;
            what.push_str(&format!("\n\nFile: {}", shown(&file)));
        }
        let body = NewGoal {
            name: self
                .name
                .as_deref()
                .map(|name| text::checked::<Name>("--name", name))
                .transpose()?,
            description: text::checked::<Text>("the goal", &what)?,
            deadline: self.deadline,
        };
        let given: Given = ctx.client.post("/api/admin/goals", &body).await?;
        let said = format!("the planner is told of {}", called(&given));
        print_done(ctx, &given, said, &hints::goal(server, short_id(&given.id)))
    }
}

impl List {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let page = self.paging.fetch::<Given>(ctx, "/api/admin/goals", Vec::new()).await?;
        let head = &["id", "status", "done", "open", "given", "deadline", "name"];
        ctx.out.page(&page, head, row, "no goals")?;
        Ok(Exit::Done)
    }
}

impl Show {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let path = format!("/api/admin/goals/{}", self.id.as_str());
        let goal: Given = ctx.client.get(&path, &[]).await?;
        let mut said = Lines::default();
        said.head(format!("{}: {}", called(&goal), progress(&goal)));
        said.theirs("goal", &goal.description);
        for blocked in &goal.blocked {
            let (id, name) = (short_id(&blocked.id), quoted(&blocked.name));
            let owner = blocked.owner.as_ref().map_or_else(String::new, |owner| {
                format!(", the {}'s turn", word::<moss_api::BlockOwner>(&owner.to_string()))
            });
            said.head(format!("BLOCKED {id} {name}{owner}"));
            said.quote(&blocked.reason);
        }
        print_done(ctx, &goal, said, "")
    }
}

async fn questions(ctx: &Context, server: &str) -> Result<Exit> {
    let all: Vec<Leftover> = ctx.client.get("/api/admin/questions", &[]).await?;
    let mut said = Lines::default();
    if all.is_empty() {
        said.head("the team asks nothing");
    }
    for question in &all {
        let (id, by) = (short_id(&question.id), quoted(&question.agent_name));
        said.head(format!("ASKED {id} by {by} about {}", asked_about(question)));
        said.quote(&question.text);
        said.next(&hints::goal_answer(server, id));
    }
    print_done(ctx, &all, said, "")
}

impl Answer {
    async fn run(self, ctx: &Context, server: &str) -> Result<Exit> {
        let body = AnswerLeftover { answer: text::said::<Summary>("the answer", &self.answer)? };
        let path = format!("/api/admin/questions/{}/answer", self.id.as_str());
        let answered = ctx.client.post(&path, &body).await;
        let answered: Leftover = answered.map_err(|error: Error| {
            let is_unknown = error.exit() == Exit::NotFound;
            if is_unknown { error.hint(hints::goal_questions(server)) } else { error }
        })?;
        let (id, by) = (short_id(&answered.id), quoted(&answered.agent_name));
        let mut said = Lines::default();
        said.head(format!("question {id} is answered: {by} is told"));
        said.theirs("answer", answered.answer.as_deref().unwrap_or_default());
        print_done(ctx, &answered, said, "")
    }
}

fn called(goal: &Given) -> String {
    format!("{} {}", short_id(&goal.id), quoted(&goal.name))
}

fn progress(goal: &Given) -> String {
    let status = word::<TaskStatus>(&goal.status.to_string());
    let by = goal.deadline.map_or_else(String::new, |at| format!(", wanted by {}", at.minute()));
    if goal.sub_tasks == 0 {
        return format!("{status}, it waits for its plan{by}");
    }
    format!("{status}, {} of {} done, {} open{by}", goal.done, goal.sub_tasks, goal.open)
}

fn row(goal: &Given) -> Vec<String> {
    vec![
        short_id(&goal.id).to_owned(),
        word::<TaskStatus>(&goal.status.to_string()),
        format!("{} of {}", goal.done, goal.sub_tasks),
        goal.open.to_string(),
        goal.created_at.minute(),
        goal.deadline.map_or_else(|| "-".to_owned(), |at| at.minute()),
        quoted(&goal.name),
    ]
}
