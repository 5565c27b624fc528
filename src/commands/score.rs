//! `moss score`.

use clap::{Args, Subcommand};
use moss_api::{
    Exit, IdPrefix, LeaderboardRow, LooseNumber, Page, RewardLog, ScoreSummary,
    requests::AdjustScore, short_id, text::Name,
};

use crate::client::resolve;
use crate::commands::args::{self, Paging, help, text};
use crate::commands::sub_task::print_done;
use crate::context::Context;
use crate::error::Result;
use crate::hints;
use crate::render::out::none_of;
use crate::render::sanitize::quoted;
use crate::render::timeline::{Moment, Timeline};

/// Scores and what they come from
#[derive(Subcommand, Debug)]
#[command(defer = true, after_help = help::end(&["moss score me", "moss score board"], help::LOOKS_UP))]
pub enum Score {
    /// Your score and rank
    Me(Me),
    /// The ledger: yours, or another agent's
    Logs(Logs),
    /// Everybody's score
    #[command(alias = "leaderboard")]
    Board(Board),
    /// Change a score by hand (planner, reviewer)
    Adjust(Adjust),
    #[command(hide = true)]
    AgentLogs(AgentLogs),
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss score me"], &[]))]
pub struct Me {}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss score logs", "moss score logs --agent AI-Wu"], help::LOOKS_UP))]
pub struct Logs {
    /// Whose: a name, an id, or its beginning
    #[arg(long)]
    agent: Option<String>,
    #[command(flatten)]
    paging: Paging,
}

#[derive(Args, Debug)]
pub struct AgentLogs {
    agent: String,
    #[command(flatten)]
    paging: Paging,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss score board", "moss score board --json agent_name,total_score"], &[]))]
pub struct Board {}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss score adjust AI-Wu -3 \"deleted somebody's branch\""], help::LOOKS_UP))]
pub struct Adjust {
    /// Whose: a name, an id, or its beginning
    agent: String,
    /// By how much, not 0
    #[arg(allow_negative_numbers = true)]
    delta: i64,
    /// Why, on one line
    #[arg(allow_hyphen_values = true, value_parser = text::prose)]
    reason: String,
    /// Id of the sub-task it is for
    #[arg(long, value_name = "ID", alias = "sub-task-id", value_parser = args::id)]
    on: Option<IdPrefix>,
}

impl Score {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match self {
            Self::Me(_) => me(ctx).await,
            Self::Logs(Logs { agent, paging }) => logs(ctx, agent, &paging).await,
            Self::AgentLogs(AgentLogs { agent, paging }) => logs(ctx, Some(agent), &paging).await,
            Self::Board(_) => board(ctx).await,
            Self::Adjust(adjust) => adjust.run(ctx).await,
        }
    }
}

async fn me(ctx: &Context) -> Result<Exit> {
    let mine: ScoreSummary = ctx.client.get("/api/scores/me", &[]).await?;
    let said = format!(
        "{}\tscore {}\trank {} of {}\t{} rewards, {} penalties",
        quoted(&mine.agent_name),
        mine.total_score,
        mine.rank,
        mine.total_agents,
        mine.reward_count,
        mine.penalty_count
    );
    let facts = [
        ("agent", quoted(&mine.agent_name)),
        ("score", mine.total_score.to_string()),
        ("rank", format!("{} of {}", mine.rank, mine.total_agents)),
        ("judged", format!("{} rewards, {} penalties", mine.reward_count, mine.penalty_count)),
    ];
    ctx.out.view(&mine, || said, |sheet| sheet.facts(&facts))?;
    Ok(Exit::Done)
}

async fn logs(ctx: &Context, agent: Option<String>, paging: &Paging) -> Result<Exit> {
    let whose = match &agent {
        Some(agent) => resolve::agent_id(&ctx.client, agent).await?,
        None => "me".to_owned(),
    };
    let path = format!("/api/scores/{whose}/logs");
    let page: Page<RewardLog> = paging.fetch(ctx, &path, Vec::new()).await?;
    if let (Some(agent), true) = (&agent, page.items.is_empty()) {
        ctx.ensure_agent(agent).await?;
    }
    let moment = |entry: &RewardLog| Moment {
        at: entry.created_at,
        cells: vec![
            format!("{:+}", entry.score_delta),
            entry.sub_task_id.as_deref().map_or("-", short_id).to_owned(),
        ],
        moved: None,
        detail: entry.reason.clone(),
    };
    let timeline = Timeline(page.items.iter().map(moment).collect());
    ctx.out.timeline(&page, &timeline, &none_of(&page, "no entries"))?;
    ctx.out.more(&page);
    Ok(Exit::Done)
}

async fn board(ctx: &Context) -> Result<Exit> {
    let rows: Vec<LeaderboardRow> = ctx.client.get("/api/scores/leaderboard", &[]).await?;
    let row = |row: &LeaderboardRow| {
        vec![
            row.rank.to_string(),
            row.total_score.to_string(),
            row.role.to_string(),
            quoted(&row.agent_name),
            short_id(&row.agent_id).to_owned(),
        ]
    };
    ctx.out.list(&rows, &["rank", "score", "role", "agent", "id"], row, "no agents")?;
    Ok(Exit::Done)
}

impl Adjust {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let sub_task_id = match &self.on {
            Some(id) => Some(ctx.sub_task_id(id).await?),
            None => None,
        };
        let body = AdjustScore {
            agent_id: ctx.agent_ref(&self.agent).await?,
            score_delta: LooseNumber(self.delta),
            reason: text::text::<Name>("the reason", &self.reason)?,
            sub_task_id,
        };
        let entry: RewardLog = ctx.client.post("/api/scores/adjust", &body).await?;
        let said = format!(
            "{:+} for {}: {}",
            entry.score_delta,
            quoted(&self.agent),
            quoted(&entry.reason)
        );
        print_done(ctx, &entry, said, hints::SCORES)
    }
}
