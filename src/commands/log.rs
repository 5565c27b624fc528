//! `moss log`.

use clap::{Args, Subcommand};
use moss_api::{
    Exit, IdPrefix, Log as Entry, LogAction,
    requests::CreateLog,
    short_id,
    text::{Summary, Token},
};

use crate::client::resolve;
use crate::commands::args::{self, help, text};
use crate::commands::sub_task::print_done;
use crate::context::Context;
use crate::error::Result;
use crate::render::timeline::{Moment, Timeline};

/// Write to the activity log, or read it
#[derive(Subcommand, Debug)]
#[command(defer = true, after_help = help::end(&["moss log add reflection --on 01a3c9f2 \"run the tests before submitting\"", "moss log list --on 01a3c9f2"], help::LOOKS_UP))]
pub enum Log {
    /// Write an entry: a reflection comes back to you at your next wake-ups
    #[command(alias = "create")]
    Add(Add),
    /// Your own entries
    Mine(Mine),
    /// Everybody's entries
    List(List),
}

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss log add reflection --on 01a3c9f2 \"read the acceptance line by line before submitting\"",
      "moss log add coding \"parser done, tests next\"",
      "moss log add plan - < notes.md"],
    help::LOOKS_UP,
))]
pub struct Add {
    /// coding, delivery, blocked, reflection, plan, review or patrol
    #[arg(value_parser = args::word::<LogAction>)]
    action: LogAction,
    /// The text; `-` reads standard input, @FILE a file
    #[arg(allow_hyphen_values = true, value_parser = text::prose)]
    text: String,
    /// Id of the sub-task it is about
    #[arg(long, value_name = "ID", alias = "sub-task-id", value_parser = args::id)]
    on: Option<IdPrefix>,
    /// Session it is written in
    #[arg(long, value_name = "ID")]
    session: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss log mine --action reflection --days 60"], &[]))]
pub struct Mine {
    #[command(flatten)]
    range: Range,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss log list --on 01a3c9f2", "moss log list --agent AI-Wu --days 1"], &[]))]
pub struct List {
    #[command(flatten)]
    range: Range,
    /// Only about this sub-task
    #[arg(long, value_name = "ID", alias = "sub-task-id", value_parser = args::id)]
    on: Option<IdPrefix>,
    /// Only by this agent: a name, an id, or its beginning
    #[arg(long)]
    agent: Option<String>,
}

#[derive(Args, Debug)]
struct Range {
    /// Only of this kind
    #[arg(long, value_parser = args::word::<LogAction>)]
    action: Option<LogAction>,
    /// Of the last so many days, at most 60
    #[arg(long, value_name = "N")]
    days: Option<i64>,
    /// At most so many entries, up to 500
    #[arg(long, value_name = "N")]
    limit: Option<i64>,
}

impl Range {
    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        args::filter(&mut query, "action", self.action);
        args::filter(&mut query, "days", self.days);
        args::filter(&mut query, "limit", self.limit);
        query
    }
}

impl Log {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match self {
            Self::Add(add) => add.run(ctx).await,
            Self::Mine(mine) => list(ctx, "/api/logs/mine", mine.range.query()).await,
            Self::List(list_) => {
                let mut query = list_.range.query();
                if let Some(id) = &list_.on {
                    query.push(("sub_task_id", ctx.sub_task_id(id).await?));
                }
                if let Some(agent) = &list_.agent {
                    query.push(("agent_id", resolve::agent_id(&ctx.client, agent).await?));
                }
                list(ctx, "/api/logs", query).await
            }
        }
    }
}

impl Add {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let session = text::optional::<Token>("--session", self.session.as_ref())?;
        let summary = text::text::<Summary>("the text", &self.text)?;
        let sub_task_id = match &self.on {
            Some(id) => Some(ctx.sub_task_id(id).await?),
            None => None,
        };
        let entry: Entry = ctx
            .client
            .post(
                "/api/logs",
                &CreateLog {
                    action: self.action.into(),
                    summary,
                    sub_task_id,
                    session_id: session.map(Token::into_inner),
                },
            )
            .await?;
        let on = entry.sub_task_id.as_deref().map(|id| format!(" on {}", short_id(id)));
        print_done(ctx, &entry, format!("logged {}{}", entry.action, on.unwrap_or_default()), "")
    }
}

async fn list(ctx: &Context, path: &str, query: Vec<(&str, String)>) -> Result<Exit> {
    let entries: Vec<Entry> = ctx.client.get(path, &query).await?;
    let moment = |entry: &Entry| Moment {
        at: entry.created_at,
        cells: vec![
            entry.action.to_string(),
            entry.sub_task_id.as_deref().map_or("-", short_id).to_owned(),
            short_id(&entry.agent_id).to_owned(),
        ],
        moved: None,
        detail: entry.summary.clone(),
    };
    let timeline = Timeline(entries.iter().map(moment).collect());
    ctx.out.timeline(&entries, &timeline, "no entries")?;
    Ok(Exit::Done)
}
