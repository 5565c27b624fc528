//! Saying that a task or a sub-task comes again, and that it does no more.

use std::collections::HashMap;

use moss_api::{
    CatchUp, ErrorCode, HumanDuration, Overlap, Recurrence, RecurrenceState, Recurring, Role,
    Round, SubjectKind, TaskStatus, short_id,
};

use crate::domain::queries::Db;
use crate::domain::recurring::schedule::Schedule;
use crate::domain::{Actor, Command, Error, Refusal, resolve};
use crate::store::entity::recurrence::Model;
use crate::store::entity::round;
use crate::store::sub_tasks::micros;
use crate::store::{At, Reads, Tx, Word, new_id, recurrences, sub_tasks, tasks};

/// Rounds of one answer.
const HISTORY: u64 = 50;
/// Recurrences of one answer.
const MOST: u64 = 200;

/// What comes again.
pub(in crate::domain) struct Subject {
    pub kind: SubjectKind,
    pub id: String,
    pub task_id: String,
}

impl Subject {
    /// A task.
    pub(in crate::domain) fn task(id: &str) -> Self {
        Self { kind: SubjectKind::Task, id: id.to_owned(), task_id: id.to_owned() }
    }

    /// A sub-task of a task.
    pub(in crate::domain) fn sub_task(id: &str, task: &str) -> Self {
        Self { kind: SubjectKind::SubTask, id: id.to_owned(), task_id: task.to_owned() }
    }
}

/// The sub-task, or else the task, that a text names.
async fn subject<C: Reads>(db: &C, text: &str) -> Result<Subject, Error> {
    match resolve::sub_task(db, text).await {
        Ok(row) => Ok(Subject::sub_task(&row.id, &row.task_id)),
        Err(Error::Refused(refusal)) if refusal.code == ErrorCode::NotFound => {
            Ok(Subject::task(&resolve::task(db, text).await?.id))
        }
        Err(error) => Err(error),
    }
}

/// Say when something comes again.
pub struct Set {
    /// Who says so.
    pub actor: Actor,
    /// A sub-task's or a task's id, or the beginning of it.
    pub id: String,
    /// When.
    pub recurring: Recurring,
}

impl Command for Set {
    type Output = Recurrence;

    async fn run(&self, tx: &Tx) -> Result<Recurrence, Error> {
        self.actor.must_be(&[Role::Planner])?;
        let subject = subject(tx.db(), &self.id).await?;
        set(tx, &subject, &self.recurring).await?;
        shown(tx.db(), &subject.id).await
    }
}

/// Says when something comes again. Said again it changes nothing.
pub(in crate::domain) async fn set(
    tx: &Tx,
    subject: &Subject,
    asked: &Recurring,
) -> Result<(), Error> {
    if asked.until.is_some_and(|until| until <= tx.now) {
        return Err(Refusal::bad_value("until", "is in the past").into());
    }
    let task = tasks::find(tx.db(), &subject.task_id).await?;
    let is_over = task.is_none_or(|task| {
        subject.kind == SubjectKind::SubTask && !TaskStatus::UNFINISHED.contains(&task.status.0)
    });
    if is_over {
        let detail =
            format!("task {} is over: nothing of it comes again", short_id(&subject.task_id));
        return Err(Refusal::new(ErrorCode::TaskNotOpen, detail).into());
    }
    let schedule = Schedule::of(asked, tx.now)?;
    let next_at = schedule.after(tx.now).filter(|at| asked.until.is_none_or(|until| *at <= until));
    let Some(next_at) = next_at else {
        let field = if asked.cron.is_some() { "cron" } else { "until" };
        return Err(Refusal::bad_value(field, "never comes: there is no such time").into());
    };
    let row = Model {
        id: new_id(),
        subject_kind: Word(subject.kind),
        subject: subject.id.clone(),
        task_id: subject.task_id.clone(),
        every: asked.every.map(|every| micros(every.length())),
        cron: asked.cron.clone().map(Into::into),
        zone: asked.zone.clone().map(Into::into),
        catch_up: Word(asked.catch_up.unwrap_or(CatchUp::Once)),
        overlap: Word(asked.overlap.unwrap_or(Overlap::Skip)),
        until: asked.until.map(At),
        rounds: asked.rounds.map(moss_api::Threshold::get),
        state: Word(RecurrenceState::Active),
        ended_because: None,
        since: At(tx.now),
        next_at: Some(At(next_at)),
        round: 0,
    };
    if recurrences::of(tx.db(), &subject.id).await?.is_some_and(|there| is_same(&there, &row)) {
        return Ok(());
    }
    Ok(recurrences::put(tx, row).await?)
}

/// Whether two say the same, whenever they were said.
fn is_same(one: &Model, other: &Model) -> bool {
    let of = |row: &Model| Model {
        id: String::new(),
        since: At(moss_api::Timestamp::MAX),
        next_at: None,
        round: 0,
        ..row.clone()
    };
    of(one) == of(other)
}

/// Say that something comes no more.
pub struct Stop {
    /// Who says so.
    pub actor: Actor,
    /// A sub-task's or a task's id, or the beginning of it.
    pub id: String,
}

impl Command for Stop {
    type Output = Recurrence;

    async fn run(&self, tx: &Tx) -> Result<Recurrence, Error> {
        self.actor.must_be(&[Role::Planner])?;
        let subject = subject(tx.db(), &self.id).await?;
        recurrences::end(tx, &subject.id, "the planner ended it").await?;
        shown(tx.db(), &subject.id).await
    }
}

/// One, with its last rounds.
///
/// # Errors
/// When it does not come again, or never did.
pub async fn one(db: &Db, id: &str) -> Result<Recurrence, Error> {
    let subject = subject(db, id).await?;
    shown(db, &subject.id).await
}

async fn shown<C: Reads>(db: &C, subject: &str) -> Result<Recurrence, Error> {
    let row = recurrences::of(db, subject).await?;
    let row = row.ok_or_else(|| Refusal::not_found("recurrence", subject))?;
    let history = recurrences::history(db, &row.id, HISTORY).await?;
    let mut all = named(db, vec![row]).await?;
    let mut one = all.remove(0);
    one.history = history.into_iter().map(Round::from).collect();
    Ok(one)
}

/// All there are, those that come again first; at most 200.
///
/// # Errors
/// When the database fails.
pub async fn all(db: &Db) -> Result<Vec<Recurrence>, Error> {
    named(db, recurrences::all(db, MOST).await?).await
}

async fn named<C: Reads>(db: &C, rows: Vec<Model>) -> Result<Vec<Recurrence>, Error> {
    let ids = |kind: SubjectKind| {
        let of_kind = rows.iter().filter(move |row| row.subject_kind.0 == kind);
        of_kind.map(|row| row.subject.clone()).collect::<Vec<_>>()
    };
    let mut names = sub_tasks::names(db, ids(SubjectKind::SubTask)).await?;
    let tasks = tasks::find_many(db, &ids(SubjectKind::Task)).await?;
    names.extend(tasks.into_iter().map(|row| (row.id, row.name)));
    Ok(rows.into_iter().map(|row| told(row, &names)).collect())
}

fn told(row: Model, names: &HashMap<String, String>) -> Recurrence {
    let schedule = match (row.every, &row.cron) {
        (Some(every), _) => {
            let seconds = u64::try_from(every / 1_000_000).unwrap_or(0);
            format!("every {}", HumanDuration::of_seconds(seconds))
        }
        (None, Some(cron)) => format!("{cron} {}", row.zone.as_deref().unwrap_or("UTC")),
        (None, None) => String::new(),
    };
    Recurrence {
        id: row.id,
        subject_kind: row.subject_kind.0.into(),
        subject_name: names.get(&row.subject).cloned().unwrap_or_default(),
        subject: row.subject,
        schedule,
        catch_up: row.catch_up.0.into(),
        overlap: row.overlap.0.into(),
        until: row.until.map(|at| at.0),
        rounds: row.rounds,
        state: row.state.0.into(),
        ended_because: row.ended_because,
        next_at: row.next_at.map(|at| at.0),
        round: row.round,
        history: Vec::new(),
    }
}

impl From<round::Model> for Round {
    fn from(row: round::Model) -> Self {
        Self {
            number: row.number,
            slot: row.slot.0,
            at: row.at.0,
            outcome: row.outcome.0.into(),
            detail: row.detail,
            made: row.made,
        }
    }
}
