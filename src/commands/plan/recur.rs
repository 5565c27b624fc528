//! `moss plan recur`: work that comes again.

use clap::Args;
use moss_api::{
    CatchUp, Exit, IdPrefix, Interval, Overlap, Recurrence, RecurrenceState, Recurring, Round,
    RoundOutcome, Threshold, Timestamp, short_id, text::Name,
};

use crate::commands::args::{self, help, text, time};
use crate::commands::sub_task::print_done;
use crate::context::Context;
use crate::error::Result;
use crate::render::lines::Lines;
use crate::render::moment::until;
use crate::render::sanitize::{cell, quoted, word};

/// What ends the refusal of a server that does nothing by itself.
const CANNOT: &str = "make work come again";

#[derive(Args, Debug)]
#[command(after_help = help::end(
    &[
        "moss plan recur               # all that comes again",
        "moss plan recur 01a3c9f2      # its rounds",
        "moss plan recur 01a3c9f2 --every 1d",
        "moss plan recur 77aa00bb --cron \"0 9 * * 1-5\" --zone Europe/Berlin",
        "moss plan recur 01a3c9f2 --stop",
    ],
    help::WRITES,
))]
pub struct Recur {
    /// Id of a sub-task or task; without it, all that comes again
    #[arg(value_parser = args::id)]
    id: Option<IdPrefix>,
    /// From one round to the next, 1m to 366d
    #[arg(long, value_name = "TIME", requires = "id", conflicts_with = "cron")]
    every: Option<Interval>,
    /// Minute, hour, day, month and day of the week, as in a crontab
    #[arg(long, value_name = "CRON", requires = "id")]
    cron: Option<String>,
    /// Time zone of --cron, like Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE", requires = "cron")]
    zone: Option<String>,
    /// Rounds due while no server ran: skip, once or all [default: once]
    #[arg(long, value_name = "HOW", requires = "id", value_parser = args::word::<CatchUp>)]
    catch_up: Option<CatchUp>,
    /// A round due before the last is finished: skip or allow [default: skip]
    #[arg(long, value_name = "HOW", requires = "id", value_parser = args::word::<Overlap>)]
    overlap: Option<Overlap>,
    /// No round after this, like 2026-11-20T09:45:00Z or 30d
    #[arg(long, value_name = "TIME", requires = "id", value_parser = time::moment)]
    until: Option<Timestamp>,
    /// No more rounds than these
    #[arg(long, value_name = "N", requires = "id", value_parser = rounds)]
    rounds: Option<Threshold>,
    /// It comes no more
    #[arg(long, requires = "id", conflicts_with_all = ["every", "cron", "catch_up", "overlap", "until", "rounds"])]
    stop: bool,
}

fn rounds(text: &str) -> std::result::Result<Threshold, String> {
    text.parse::<i64>().map_err(|_| "a number of rounds is written like 10".to_owned())?.try_into()
}

impl Recur {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        ctx.backend().await?.needs_moss_server(CANNOT)?;
        let Some(id) = &self.id else { return list(ctx).await };
        let path = format!("/api/recurring/{}", id.as_str());
        if self.stop {
            let ended: Recurrence = ctx.client.delete(&path).await?;
            return print_done(ctx, &ended, format!("{} comes no more", called(&ended)), "");
        }
        let one_line = |flag: &str, given: Option<&String>| -> Result<Option<Name>> {
            given.map(|given| text::checked::<Name>(flag, given)).transpose()
        };
        let recurring = Recurring {
            every: self.every,
            cron: one_line("--cron", self.cron.as_ref())?,
            zone: one_line("--zone", self.zone.as_ref())?,
            catch_up: self.catch_up,
            overlap: self.overlap,
            until: self.until,
            rounds: self.rounds,
        };
        if recurring == Recurring::default() {
            let one: Recurrence = ctx.client.get(&path, &[]).await?;
            return show(ctx, &one);
        }
        let set: Recurrence = ctx.client.put(&path, &recurring).await?;
        print_done(ctx, &set, format!("{} {}", called(&set), next(&set)), "")
    }
}

fn called(it: &Recurrence) -> String {
    format!("{} {}", short_id(&it.subject), quoted(&it.subject_name))
}

fn next(it: &Recurrence) -> String {
    let schedule = quoted(&it.schedule);
    match it.next_at {
        Some(at) => format!("comes again {schedule}, next at {}", at.minute()),
        None => {
            let why = it.ended_because.as_deref().unwrap_or_default();
            format!("comes no more: {}", quoted(why))
        }
    }
}

async fn list(ctx: &Context) -> Result<Exit> {
    let all: Vec<Recurrence> = ctx.client.get("/api/recurring", &[]).await?;
    let head = &["id", "state", "schedule", "next", "rounds", "name"];
    ctx.out.list(&all, head, row, "nothing comes again")?;
    Ok(Exit::Done)
}

fn row(it: &Recurrence) -> Vec<String> {
    vec![
        short_id(&it.subject).to_owned(),
        word::<RecurrenceState>(&it.state.to_string()),
        quoted(&it.schedule),
        it.next_at.map_or_else(|| "-".to_owned(), |at| at.minute()),
        it.rounds.map_or_else(|| it.round.to_string(), |most| format!("{} of {most}", it.round)),
        quoted(&it.subject_name),
    ]
}

fn show(ctx: &Context, it: &Recurrence) -> Result<Exit> {
    let mut said = Lines::default();
    said.head(format!("{} {}", called(it), next(it)));
    for Round { number, slot, at, outcome, detail, made } in &it.history {
        let outcome = word::<RoundOutcome>(&outcome.to_string());
        let what = made.as_deref().map_or_else(|| cell(detail), |id| short_id(id).to_owned());
        let (due, seen) = (slot.minute(), until(*at, *slot));
        said.head(format!("round {number}, due {due}: {outcome} at {seen}, {what}"));
    }
    print_done(ctx, it, said, "")
}
