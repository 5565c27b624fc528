//! Opening the rounds that are due: each once, also after a downtime and with several servers.

use std::time::Duration;

use moss_api::{
    CatchUp, Overlap, RecurrenceState, RoundOutcome, SubjectKind, TaskStatus, Timestamp,
};

use crate::domain::recurring::copy::{copy_sub_task, copy_task};
use crate::domain::recurring::schedule::Schedule;
use crate::domain::{Command, Error};
use crate::store::entity::recurrence::Model;
use crate::store::entity::round;
use crate::store::recurrences::{self, Moved};
use crate::store::{At, Reads, Tx, Word, sub_tasks, tasks};

/// Recurrences that are seen to at once; the next time more are.
const BATCH: u64 = 20;
/// Rounds that are opened at once for one that catches up with all.
const MOST_ROUNDS: usize = 20;
/// A round that is due longer is one that was missed.
const MISSED: Duration = Duration::from_secs(5 * 60);

/// Whether a round is due: asked by a read, so that nothing is written when none is.
///
/// # Errors
/// When the database fails.
pub async fn is_due<C: Reads>(db: &C, now: Timestamp) -> Result<bool, Error> {
    Ok(!recurrences::due(db, now, 1).await?.is_empty())
}

/// Open the rounds that are due.
#[derive(Clone, Copy, Debug)]
pub struct OpenRounds;

impl Command for OpenRounds {
    /// How many recurrences were moved on.
    type Output = u64;

    async fn run(&self, tx: &Tx) -> Result<u64, Error> {
        let mut moved = 0;
        for row in recurrences::due(tx.db(), tx.now, BATCH).await? {
            moved += u64::from(see_to(tx, row).await?);
        }
        Ok(moved)
    }
}

/// The rounds of one that are due, and when it comes next.
struct Due {
    /// To be opened, oldest first.
    slots: Vec<Timestamp>,
    /// To be passed over: the last of those that were missed.
    missed: Option<Timestamp>,
    next_at: Option<Timestamp>,
}

fn due(row: &Model, schedule: &Schedule, now: Timestamp) -> Due {
    let first = row.next_at.map_or(now, |at| at.0);
    if row.catch_up.0 == CatchUp::All {
        let mut slots = vec![first];
        let mut next = schedule.after(first);
        while let Some(slot) = next.filter(|slot| *slot <= now && slots.len() < MOST_ROUNDS) {
            slots.push(slot);
            next = schedule.after(slot);
        }
        return Due { slots, missed: None, next_at: next };
    }
    // The last one that is due: found by halves, however long nobody was there.
    let (mut low, mut high) = (first, now);
    while low < high {
        let middle = low
            + Duration::from_micros(u64::try_from((high.micros() - low.micros()) / 2).unwrap_or(0));
        match schedule.after(middle).filter(|slot| *slot <= now) {
            Some(later) => low = later,
            None => high = middle,
        }
    }
    let (last, next_at) = (low, schedule.after(now));
    if row.catch_up.0 == CatchUp::Skip && last + MISSED < now {
        return Due { slots: Vec::new(), missed: Some(last), next_at };
    }
    Due { slots: vec![last], missed: None, next_at }
}

async fn see_to(tx: &Tx, row: Model) -> Result<bool, Error> {
    let Some(schedule) = Schedule::kept(&row) else {
        let because = Some("this server cannot read when it comes".to_owned());
        return end(tx, &row, because).await;
    };
    if let Some(because) = over(tx, &row).await? {
        return end(tx, &row, Some(because)).await;
    }
    let Due { mut slots, missed, next_at } = due(&row, &schedule, tx.now);
    let left = row.rounds.map_or(i64::MAX, |most| (most - row.round).max(0));
    slots.truncate(usize::try_from(left).unwrap_or(usize::MAX));
    let is_past = |at: &Timestamp| row.until.is_some_and(|until| *at > until.0);
    slots.retain(|slot| !is_past(slot));
    let count = i64::try_from(slots.len() + usize::from(missed.is_some())).unwrap_or(i64::MAX);
    let next_at = next_at.filter(|at| !is_past(at));
    let ends_because = if row.rounds.is_some_and(|most| row.round + count >= most) {
        Some("all of its rounds are over".to_owned())
    } else if next_at.is_none() {
        Some("its time is over".to_owned())
    } else {
        None
    };
    let next_at = next_at.filter(|_| ends_because.is_none());
    // Whoever comes second finds it moved on.
    if !recurrences::move_on(tx, &row, &Moved { next_at, rounds: count, ends_because }).await? {
        return Ok(false);
    }
    let mut rounds = Vec::new();
    let note = |number: i64, slot: Timestamp, detail: &str, made: Option<String>| round::Model {
        recurrence_id: row.id.clone(),
        number,
        slot: At(slot),
        at: At(tx.now),
        outcome: Word(if made.is_some() { RoundOutcome::Opened } else { RoundOutcome::Skipped }),
        detail: detail.to_owned(),
        made,
    };
    let mut number = row.round;
    if let Some(slot) = missed {
        number += 1;
        rounds.push(note(number, slot, "no server ran when it was due", None));
    }
    let mut is_open = row.overlap.0 == Overlap::Skip && is_last_open(tx, &row).await?;
    for slot in slots {
        number += 1;
        if is_open {
            rounds.push(note(number, slot, "the one before it is not finished", None));
            continue;
        }
        let made = match row.subject_kind.0 {
            SubjectKind::SubTask => copy_sub_task(tx, &row.subject, number, slot).await?,
            SubjectKind::Task => copy_task(tx, &row.subject, number, slot).await?,
            SubjectKind::Agent | SubjectKind::Team => None,
        };
        is_open = made.is_some() && row.overlap.0 == Overlap::Skip;
        let detail = if made.is_some() { "" } else { "its task takes no more sub-tasks" };
        rounds.push(note(number, slot, detail, made));
    }
    recurrences::note(tx, rounds).await?;
    Ok(true)
}

/// Why it comes no more, if it does not.
async fn over(tx: &Tx, row: &Model) -> Result<Option<String>, Error> {
    let Some(task) = tasks::find(tx.db(), &row.task_id).await? else {
        return Ok(Some("its task is gone".to_owned()));
    };
    let status = task.status.0;
    let is_over = match row.subject_kind.0 {
        SubjectKind::SubTask => !TaskStatus::UNFINISHED.contains(&status),
        SubjectKind::Task | SubjectKind::Agent | SubjectKind::Team => {
            status == TaskStatus::Cancelled
        }
    };
    Ok(is_over.then(|| format!("its task is {status}")))
}

async fn end(tx: &Tx, row: &Model, ends_because: Option<String>) -> Result<bool, Error> {
    debug_assert_eq!(row.state.0, RecurrenceState::Active);
    Ok(recurrences::move_on(tx, row, &Moved { next_at: None, rounds: 0, ends_because }).await?)
}

/// Whether the round before is not finished. Before the first, that is what comes again itself.
async fn is_last_open(tx: &Tx, row: &Model) -> Result<bool, Error> {
    let last = recurrences::last_made(tx.db(), &row.id).await?;
    let is_first = last.is_none();
    let last = last.unwrap_or_else(|| row.subject.clone());
    match row.subject_kind.0 {
        SubjectKind::SubTask => {
            let row = sub_tasks::find(tx.db(), &last).await?;
            Ok(row.is_some_and(|row| !row.status.0.is_final()))
        }
        SubjectKind::Task | SubjectKind::Agent | SubjectKind::Team => {
            // A draft is there to be copied.
            let row = tasks::find(tx.db(), &last).await?;
            Ok(row.is_some_and(|row| {
                TaskStatus::UNFINISHED.contains(&row.status.0)
                    && !(is_first && row.status.0 == TaskStatus::Planning)
            }))
        }
    }
}
