//! `moss patrol`.

use clap::{Args, Subcommand};
use moss_api::{
    Action, Anomaly, AnomalyKind, AnomalyState, Exit, IdPrefix, PatrolAction, Scan, Severity,
    SubjectKind, Swept, requests::JudgeAnomaly, short_id, text::Summary,
};

use crate::commands::args::{self, Paging, help, text};
use crate::commands::leave::Judgement;
use crate::commands::sub_task::{act_only, named, print_done};
use crate::context::Context;
use crate::error::Result;
use crate::hints;
use crate::render::out;
use crate::render::sanitize::{quoted, word};

/// Look what is amiss, stop what is stuck, leave what is not
#[derive(Subcommand, Debug)]
#[command(defer = true, after_help = help::end(&["moss patrol scan              # what is amiss", "moss patrol block 01a3c9f2 --reason \"no progress for 3 hours\""], help::WRITES))]
pub enum Patrol {
    /// List what is amiss now, the worst first; nothing is done about it
    #[command(after_help = help::end(&["moss patrol scan"], &[Exit::Nothing]))]
    Scan,
    /// Record what is amiss, and do about it what the server's policy says
    #[command(after_help = help::end(&["moss patrol run"], &[Exit::Nothing]))]
    Run,
    /// Stop a sub-task, with the reason, for the planner to mend
    Block(Block),
    /// Leave what is amiss as it is: it wakes you no more while it is so
    Ignore(Ignore),
    /// Say that what is amiss is over
    Resolve(Resolve),
    /// List what is and was amiss, newest first
    History(History),
}

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss patrol block 01a3c9f2 --reason \"no progress for 3 hours\""],
    help::WRITES,
))]
pub struct Block {
    /// Id of the sub-task
    #[arg(value_parser = args::id)]
    pub id: IdPrefix,
    /// What is stuck; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", required = true, allow_hyphen_values = true, value_parser = text::prose)]
    pub reason: Option<String>, // the old dialect gives none
}

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss patrol ignore 5a3c9f2e --why \"slow, but moving\"", "moss patrol ignore 5a3c9f2e --until 2h"],
    help::WRITES,
))]
pub struct Ignore {
    /// Id of what is amiss
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    #[command(flatten)]
    judgement: Judgement,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &["moss patrol resolve 5a3c9f2e", "moss patrol resolve 5a3c9f2e --note \"it was the disk\""],
    help::WRITES,
))]
pub struct Resolve {
    /// Id of what was amiss
    #[arg(value_parser = args::id)]
    id: IdPrefix,
    /// What it was; `-` reads standard input, @FILE a file
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, value_parser = text::prose)]
    note: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss patrol history", "moss patrol history --state open --type stuck"], &[]))]
pub struct History {
    /// Only what is in this state
    #[arg(long, value_name = "STATE", value_parser = args::word::<AnomalyState>)]
    state: Option<AnomalyState>,
    /// Only of this kind
    #[arg(long = "type", value_name = "TYPE", value_parser = args::word::<AnomalyKind>)]
    kind: Option<AnomalyKind>,
    #[command(flatten)]
    paging: Paging,
}

/// What only a server of ours can do here.
const KEEPS: &str = "say what is amiss";

impl Patrol {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        match self {
            Self::Scan => scan(ctx).await,
            Self::Run => run(ctx).await,
            Self::Block(block) => block.run(ctx).await,
            Self::Ignore(ignore) => ignore.run(ctx).await,
            Self::Resolve(resolve) => resolve.run(ctx).await,
            Self::History(history) => history.run(ctx).await,
        }
    }
}

/// Columns of the lists.
const HEAD: &[&str] =
    &["id", "type", "severity", "state", "subject", "name", "since", "until", "done", "seen"];

async fn scan(ctx: &Context) -> Result<Exit> {
    ctx.backend().await?.needs_moss_server(KEEPS)?;
    let scan: Scan = ctx.client.get("/api/patrol/anomalies", &[]).await?;
    ctx.out.list(&scan.items, HEAD, row, "nothing is amiss")?;
    if scan.more {
        out::note("there is more: moss patrol history --state open");
    }
    Ok(if scan.items.is_empty() { Exit::Nothing } else { Exit::Done })
}

async fn run(ctx: &Context) -> Result<Exit> {
    ctx.backend().await?.needs_moss_server(KEEPS)?;
    let mut all = Swept::default();
    loop {
        let swept: Swept = ctx.client.post_empty("/api/patrol/run").await?;
        all.add(&swept);
        if !swept.more || !swept.is_something() {
            break;
        }
    }
    if !all.is_something() {
        print_done(ctx, &all, "nothing new is amiss".to_owned(), "")?;
        return Ok(Exit::Nothing);
    }
    let Swept { opened, closed, released, blocked, reassigned, .. } = all;
    let said = format!(
        "{opened} new, {closed} over; {released} released, {blocked} blocked, {reassigned} reassigned"
    );
    print_done(ctx, &all, said, hints::SCAN)
}

impl History {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        ctx.backend().await?.needs_moss_server(KEEPS)?;
        let mut query = Vec::new();
        args::filter(&mut query, "state", self.state);
        args::filter(&mut query, "type", self.kind);
        let page = self.paging.fetch::<Anomaly>(ctx, "/api/patrol/records", query).await?;
        ctx.out.page(&page, HEAD, row, "nothing was amiss")?;
        Ok(Exit::Done)
    }
}

fn row(anomaly: &Anomaly) -> Vec<String> {
    let done = match (&anomaly.action_taken, &anomaly.note) {
        (Some(action), _) => word::<PatrolAction>(&action.to_string()),
        (None, Some(note)) => quoted(note),
        (None, None) => "-".to_owned(),
    };
    vec![
        anomaly.id.as_deref().map_or_else(|| "-".to_owned(), |id| short_id(id).to_owned()),
        word::<AnomalyKind>(&anomaly.kind.to_string()),
        word::<Severity>(&anomaly.severity.to_string()),
        word::<AnomalyState>(&anomaly.state.to_string()),
        subject(anomaly),
        quoted(&anomaly.subject_name),
        anomaly.opened.minute(),
        anomaly.closed.map_or_else(|| "-".to_owned(), |at| at.minute()),
        done,
        quoted(&anomaly.detail),
    ]
}

/// The beginning of its id; the team has none.
fn subject(anomaly: &Anomaly) -> String {
    match anomaly.subject_kind.get() {
        Some(SubjectKind::SubTask | SubjectKind::Agent) => short_id(&anomaly.subject).to_owned(),
        Some(SubjectKind::Task | SubjectKind::Team) | None => {
            word::<SubjectKind>(&anomaly.subject_kind.to_string())
        }
    }
}

/// `5a3c9f2e (stuck "Import rates")`
fn called(anomaly: &Anomaly) -> String {
    let id = anomaly.id.as_deref().map(short_id).unwrap_or_default();
    let kind = word::<AnomalyKind>(&anomaly.kind.to_string());
    match anomaly.subject_name.as_str() {
        "" => format!("{id} ({kind})"),
        name => format!("{id} ({kind} {})", quoted(name)),
    }
}

async fn judge(ctx: &Context, id: &IdPrefix, body: &JudgeAnomaly) -> Result<Anomaly> {
    ctx.backend().await?.needs_moss_server("keep what was judged")?;
    ctx.client.put(&format!("/api/patrol/records/{}", id.as_str()), body).await
}

impl Ignore {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let Judgement { why, until } = self.judgement;
        let note = text::said_if_any::<Summary>("--why", why.as_ref())?;
        let body = JudgeAnomaly { status: AnomalyState::Ignored.into(), note, until };
        let left = judge(ctx, &self.id, &body).await?;
        let until = until.map_or_else(
            || "while it is so".to_owned(),
            |until| format!("until {}", until.minute()),
        );
        print_done(
            ctx,
            &left,
            format!("ignored {}: it wakes you no more {until}", called(&left)),
            "",
        )
    }
}

impl Resolve {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let note = text::said_if_any::<Summary>("--note", self.note.as_ref())?;
        let body = JudgeAnomaly { status: AnomalyState::Resolved.into(), note, until: None };
        let over = judge(ctx, &self.id, &body).await?;
        print_done(ctx, &over, format!("resolved {}", called(&over)), "")
    }
}

impl Block {
    async fn run(self, ctx: &Context) -> Result<Exit> {
        let reason = text::said_if_any::<Summary>("--reason", self.reason.as_ref())?;
        let id = ctx.sub_task_id(&self.id).await?;
        let sub_task = match reason {
            None => act_only(ctx, &id, Action::Block).await?,
            Some(reason) => ctx.backend().await?.block(&id, reason).await?,
        };
        let called = named(&sub_task.id, &sub_task.name);
        print_done(ctx, &sub_task, format!("{} {called}: the planner is told", sub_task.status), "")
    }
}
