//! `moss log`.

use clap::{Args, Subcommand};
use moss_api::{
    Exit, IdPrefix, Log as Entry, LogAction, MAX_LOG_DAYS, MAX_LOG_ENTRIES,
    requests::CreateLog,
    short_id,
    text::{Summary, Token},
};

use crate::client::resolve;
use crate::commands::args::{self, help, text};
use crate::commands::sub_task::print_done;
use crate::config::server_kind::ServerKind;
use crate::context::Context;
use crate::error::Result;
use crate::render::event::in_place_of;
use crate::render::out::note;
use crate::render::sanitize::id;
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
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    days: Option<i64>,
    /// At most so many entries, up to 500
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
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

    /// Says what our server does not give, however much is asked for. The original knows no end.
    fn tell_limits(&self, ctx: &Context) {
        if ctx.kind() != ServerKind::Moss {
            return;
        }
        if self.days.is_some_and(|days| days > MAX_LOG_DAYS) {
            note(&format!("of the last {MAX_LOG_DAYS} days: there is no looking back further"));
        }
        if self.limit.is_some_and(|limit| limit > MAX_LOG_ENTRIES) {
            note(&format!("at most {MAX_LOG_ENTRIES} entries are given"));
        }
    }
}

impl Log {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match self {
            Self::Add(add) => add.run(ctx).await,
            Self::Mine(mine) => {
                let entries = entries(ctx, "/api/logs/mine", mine.range.query()).await?;
                mine.range.tell_limits(ctx);
                print(ctx, &entries)
            }
            Self::List(list) => list.run(ctx).await,
        }
    }
}

impl Add {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let session = text::optional::<Token>("--session", self.session.as_ref())?;
        let summary = text::said::<Summary>("the text", &self.text)?;
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

impl List {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let mut query = self.range.query();
        if let Some(id) = &self.on {
            query.push(("sub_task_id", ctx.sub_task_id(id).await?));
        }
        if let Some(agent) = &self.agent {
            query.push(("agent_id", resolve::agent_id(&ctx.client, agent).await?));
        }
        let entries = entries(ctx, "/api/logs", query).await?;
        if entries.is_empty() {
            if let Some(id) = &self.on {
                ctx.ensure_sub_task(id).await?;
            }
            if let Some(agent) = &self.agent {
                ctx.ensure_agent(agent).await?;
            }
        }
        self.range.tell_limits(ctx);
        print(ctx, &entries)
    }
}

async fn entries(ctx: &Context, path: &str, query: Vec<(&str, String)>) -> Result<Vec<Entry>> {
    ctx.client.get(path, &query).await
}

fn print(ctx: &Context, entries: &[Entry]) -> Result<Exit> {
    let moment = |entry: &Entry| Moment {
        at: entry.created_at,
        cells: vec![
            entry.action.to_string(),
            entry.sub_task_id.as_deref().map_or("-", short_id).to_owned(),
            in_place_of(id(short_id(&entry.agent_id)), entry.acted_by.as_deref()),
        ],
        moved: None,
        detail: entry.summary.clone(),
    };
    let timeline = Timeline(entries.iter().map(moment).collect());
    ctx.out.timeline(&entries, &timeline, "no entries")?;
    Ok(Exit::Done)
}
