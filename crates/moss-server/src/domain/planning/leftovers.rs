//! What is left over: what was noticed on the way reaches the planner, and comes back no more once it
//! is answered.

use std::collections::{HashMap, HashSet};

use moss_api::{
    Artifact, BlockOwner, Leftover, LeftoverKind, Role, SubTaskStatus, quoted, short_id,
};

use crate::domain::planning::questions;
use crate::domain::{Actor, Command, Error, Refusal, resolve};
use crate::store::entity::leftover::Model;
use crate::store::entity::sub_task;
use crate::store::leftovers::{self, NewLeftover};
use crate::store::{Reads, Tx, agents, attempts, sub_tasks, tasks};

/// Notes something at a sub-task, if it says anything.
pub(in crate::domain) async fn note(
    tx: &Tx,
    at: &sub_task::Model,
    kind: LeftoverKind,
    actor: &Actor,
    text: &str,
) -> Result<(), Error> {
    match text.trim() {
        "" => Ok(()),
        text => Ok(leftovers::add(tx, new(at, kind, actor, text)).await.map(drop)?),
    }
}

/// Something for the planner at a sub-task.
fn new<'a>(
    at: &'a sub_task::Model,
    kind: LeftoverKind,
    actor: &'a Actor,
    text: &'a str,
) -> NewLeftover<'a> {
    NewLeftover {
        kind,
        task_id: &at.task_id,
        sub_task_id: Some(&at.id),
        agent_id: &actor.id,
        text,
        owner: BlockOwner::Planner,
    }
}

/// A task with more finished sub-tasks than this is not looked through for files that change.
const LOOKED_THROUGH: u64 = 200;

/// Notes which files of finished sub-tasks of the same task are handed in again, and are others now.
pub(in crate::domain) async fn note_changed_files(
    tx: &Tx,
    at: &sub_task::Model,
    actor: &Actor,
    artifacts: &[Artifact],
) -> Result<(), Error> {
    if artifacts.is_empty() {
        return Ok(());
    }
    let (db, most) = (tx.db(), LOOKED_THROUGH);
    let done = sub_tasks::ids_of_task(db, &at.task_id, SubTaskStatus::Done, most + 1).await?;
    if done.len() as u64 > most {
        return Ok(());
    }
    let handed_in = attempts::last_handed_in(db, &done).await?;
    let now: HashMap<&str, &str> =
        artifacts.iter().map(|file| (file.path.as_str(), file.sha256.as_str())).collect();
    for id in &done {
        let before = handed_in.get(id).map(attempts::artifacts).unwrap_or_default();
        let is_changed = |file: &&Artifact| {
            now.get(file.path.as_str()).is_some_and(|sha256| *sha256 != file.sha256)
        };
        let changed: Vec<String> =
            before.iter().filter(is_changed).map(|file| quoted(&file.path)).collect();
        if !changed.is_empty() {
            let (by, files) = (short_id(&at.id), changed.join(", "));
            let text = format!("approved for this, changed since by {by}: {files}");
            let changed = new(at, LeftoverKind::FileChanged, actor, &text);
            leftovers::add(tx, NewLeftover { sub_task_id: Some(id), ..changed }).await?;
        }
    }
    Ok(())
}

/// The leftover a text names.
pub(super) async fn named(tx: &Tx, text: &str) -> Result<Model, Error> {
    let id = resolve::leftover_id(tx.db(), text).await?;
    let row = leftovers::find(tx.db(), &id).await?;
    Ok(row.ok_or_else(|| Refusal::not_found("leftover", text))?)
}

/// Answers what was left over, as a planner. Answered is answered: twice is once.
pub(in crate::domain) async fn answer(
    tx: &Tx,
    actor: &Actor,
    id: &str,
    answer: &str,
) -> Result<Model, Error> {
    let row = named(tx, id).await?;
    if row.owner.0 == BlockOwner::Person && !actor.by_admin {
        let detail = format!("{} is a person's to answer", short_id(&row.id));
        return Err(Refusal::wrong_role(detail, actor.role).into());
    }
    if leftovers::answer(tx, &row, actor.agent_id(), answer).await? {
        questions::tell_answered(tx, &row);
    }
    named(tx, &row.id).await
}

/// Say what is done about something that was left over, or why nothing is.
pub struct Answer {
    /// Who answers.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// What is done about it.
    pub answer: String,
}

impl Command for Answer {
    type Output = Leftover;

    async fn run(&self, tx: &Tx) -> Result<Leftover, Error> {
        self.actor.must_be(&[Role::Planner])?;
        if self.answer.trim().is_empty() {
            let problem = "say what is done about it, or why nothing is";
            return Err(Refusal::bad_value("answer", problem).into());
        }
        let row = answer(tx, &self.actor, &self.id, &self.answer).await?;
        told_one(tx, row).await
    }
}

/// As they are shown, with the names that belong to them.
pub(in crate::domain) async fn told<C: Reads>(
    db: &C,
    rows: Vec<Model>,
) -> Result<Vec<Leftover>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names = agents::names(db, rows.iter().map(|row| row.agent_id.clone())).await?;
    let at_one = rows.iter().filter_map(|row| row.sub_task_id.clone());
    let sub_tasks = sub_tasks::names(db, at_one).await?;
    let whole = rows.iter().filter(|row| row.sub_task_id.is_none());
    let whole: HashSet<_> = whole.map(|row| row.task_id.clone()).collect();
    let mut tasks = HashMap::new();
    if !whole.is_empty() {
        let rows = tasks::find_many(db, &whole.into_iter().collect::<Vec<_>>()).await?;
        tasks.extend(rows.into_iter().map(|row| (row.id, row.name)));
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let name = match &row.sub_task_id {
                Some(id) => sub_tasks.get(id),
                None => tasks.get(&row.task_id),
            };
            let name = name.cloned().unwrap_or_default();
            let agent_name = names.get(&row.agent_id).cloned().unwrap_or_default();
            Leftover { agent_name, name, ..row.into() }
        })
        .collect())
}

/// One, likewise.
pub(super) async fn told_one(tx: &Tx, row: Model) -> Result<Leftover, Error> {
    let id = row.id.clone();
    let told = told(tx.db(), vec![row]).await?.pop();
    Ok(told.ok_or_else(|| Refusal::not_found("leftover", &id))?)
}

/// Leftovers a packet has.
const IN_A_PACKET: u64 = 5;
/// What one of them says there.
const SHORT: usize = 240;

/// Those that a planner is shown when it wakes up, questions first, since somebody waits for the
/// answer. What was only remarked matters when a task is to be closed.
pub(in crate::domain) async fn for_packet<C: Reads>(
    db: &C,
    all_done: &[String],
) -> Result<Vec<Leftover>, Error> {
    let mut rows = leftovers::questions(db, BlockOwner::Planner, IN_A_PACKET).await?;
    rows.extend(leftovers::noticed(db, IN_A_PACKET).await?);
    rows.extend(leftovers::remarks(db, all_done, IN_A_PACKET).await?);
    rows.truncate(usize::try_from(IN_A_PACKET).unwrap_or(usize::MAX));
    for row in &mut rows {
        row.text = moss_api::clip(&row.text, SHORT);
    }
    told(db, rows).await
}
