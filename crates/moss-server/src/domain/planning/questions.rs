//! Questions: an agent asks about a task or a sub-task. The planner answers, or a person when it is the
//! planner that asks, or when there is no planner. The answer wakes whoever asked, until it is read.

use moss_api::{
    BlockOwner, ErrorCode, Leftover, LeftoverKind, LeftoverState, NoticeKind, Role, TaskStatus,
    clip, quoted, short_id,
};

use crate::domain::outbox::announce_task;
use crate::domain::planning::leftovers::{named, told, told_one};
use crate::domain::queries::Db;
use crate::domain::{Actor, Command, Error, Refusal, resolve};
use crate::store::entity::leftover::Model;
use crate::store::leftovers::{self, NewLeftover};
use crate::store::{Reads, Tx, agents, events};

/// What the history and the stream call it.
pub(in crate::domain) const ASK: &str = "ask";
pub(in crate::domain) const ANSWERED: &str = "answered";

/// So many questions of one agent may wait for an answer.
const MOST_OPEN: u64 = 20;
/// Most that one list has.
const LISTED: u64 = 100;
/// Answers a packet has, and characters of each text there.
const IN_A_PACKET: u64 = 5;
const SHORT: usize = 600;
/// Characters of a question in a sentence to people.
const IN_A_SENTENCE: usize = 300;

/// What a question is about: an id or its beginning.
#[derive(Clone, Debug)]
pub enum About {
    /// A sub-task.
    SubTask(String),
    /// A task as a whole.
    Task(String),
}

/// Ask about a task or a sub-task.
pub struct Ask {
    /// Who asks.
    pub actor: Actor,
    /// About what.
    pub about: About,
    /// What is asked.
    pub question: String,
}

impl Command for Ask {
    type Output = Leftover;

    async fn run(&self, tx: &Tx) -> Result<Leftover, Error> {
        let question = self.question.trim();
        if question.is_empty() {
            return Err(Refusal::bad_value("question", "asks nothing").into());
        }
        let (task, sub_task) = match &self.about {
            About::Task(text) => (text.clone(), None),
            About::SubTask(text) => {
                let row = resolve::sub_task(tx.db(), text).await?;
                (row.task_id, Some(row.id))
            }
        };
        let task = resolve::locked_task(tx, &task).await?;
        if !TaskStatus::UNFINISHED.contains(&task.status.0) {
            let detail =
                format!("task {} is {}: nobody answers", short_id(&task.id), task.status.0);
            return Err(Refusal::new(ErrorCode::IllegalTransition, detail).into());
        }
        let mine = leftovers::asked_by(tx.db(), &self.actor.id, LISTED).await?;
        let open: Vec<_> =
            mine.into_iter().filter(|row| row.state.0 == LeftoverState::Waiting).collect();
        // Whoever forgot that it has asked is told that it waits.
        let is_same = |row: &&Model| {
            row.task_id == task.id && row.sub_task_id == sub_task && row.text == question
        };
        if let Some(row) = open.iter().find(is_same) {
            return told_one(tx, row.clone()).await;
        }
        if open.len() as u64 >= MOST_OPEN {
            let problem = format!("{MOST_OPEN} questions of yours wait for an answer already");
            return Err(Refusal::bad_value("question", problem).into());
        }
        let owner = self.owner(tx).await?;
        let new = NewLeftover {
            kind: LeftoverKind::Question,
            task_id: &task.id,
            sub_task_id: sub_task.as_deref(),
            agent_id: &self.actor.id,
            text: question,
            owner,
        };
        let row = leftovers::add(tx, new).await?;
        events::record_task(tx, &task.id, self.actor.did(ASK, clip(question, IN_A_SENTENCE)));
        if owner == BlockOwner::Person {
            let (who, asks) = (quoted(&self.actor.name), quoted(&clip(question, IN_A_SENTENCE)));
            let (role, id) = (self.actor.role, short_id(&row.id));
            let answer = format!("moss goal answer {id}");
            let what = format!("has a question of {role} {who} for a person: {asks}; {answer}");
            announce_task(tx, NoticeKind::NeedsHuman, &task, &what).await?;
        }
        tx.flush().await?;
        told_one(tx, row).await
    }
}

impl Ask {
    /// Who is to answer.
    async fn owner(&self, tx: &Tx) -> Result<BlockOwner, Error> {
        if self.actor.role == Role::Planner {
            return Ok(BlockOwner::Person);
        }
        let planners = agents::active(tx.db(), Role::Planner, 1).await?;
        Ok(if planners.is_empty() { BlockOwner::Person } else { BlockOwner::Planner })
    }
}

/// Tells whoever asked that there is an answer, if it was a question.
pub(super) fn tell_answered(tx: &Tx, row: &Model) {
    if row.kind.0 == LeftoverKind::Question {
        let detail = format!("question {} in task {}", short_id(&row.id), short_id(&row.task_id));
        events::record_agent(tx, &row.agent_id, ANSWERED, detail);
    }
}

/// Answer a question as a person, whoever was to answer it. Answered is answered: twice is once.
pub struct AnswerAsPerson {
    /// An id or its beginning.
    pub id: String,
    /// The answer.
    pub answer: String,
}

impl Command for AnswerAsPerson {
    type Output = Leftover;

    async fn run(&self, tx: &Tx) -> Result<Leftover, Error> {
        let answer = self.answer.trim();
        if answer.is_empty() {
            return Err(Refusal::bad_value("answer", "says nothing").into());
        }
        let row = question(tx, &self.id).await?;
        let row = super::leftovers::answer(tx, &Actor::person(), &row.id, answer).await?;
        told_one(tx, row).await
    }
}

async fn question(tx: &Tx, text: &str) -> Result<Model, Error> {
    let id = resolve::question_id(tx.db(), text).await?;
    let row = leftovers::find(tx.db(), &id).await?;
    let row = row.filter(|row| row.kind.0 == LeftoverKind::Question);
    Ok(row.ok_or_else(|| Refusal::not_found("question", text))?)
}

/// Say that one has read the answer to one's question: it comes no more.
pub struct Read {
    /// Who asked.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
}

impl Command for Read {
    type Output = Leftover;

    async fn run(&self, tx: &Tx) -> Result<Leftover, Error> {
        let row = question(tx, &self.id).await?;
        if row.agent_id != self.actor.id {
            let detail = format!("{} is another agent's question", short_id(&row.id));
            return Err(Refusal::new(ErrorCode::NotHolder, detail).into());
        }
        leftovers::read(tx, &row.id).await?;
        let row = named(tx, &row.id).await?;
        told_one(tx, row).await
    }
}

/// Answers that an agent is woken by, oldest first.
pub(in crate::domain) async fn answers_for<C: Reads>(
    db: &C,
    agent: &str,
) -> Result<Vec<Leftover>, Error> {
    let mut rows = leftovers::unread_by(db, agent, IN_A_PACKET).await?;
    for row in &mut rows {
        row.text = clip(&row.text, SHORT);
        row.answer = row.answer.as_deref().map(|answer| clip(answer, SHORT));
    }
    told(db, rows).await
}

/// What an agent asked, newest first.
///
/// # Errors
/// When the database fails.
pub async fn asked_by(db: &Db, agent: &str) -> Result<Vec<Leftover>, Error> {
    told(db, leftovers::asked_by(db, agent, LISTED).await?).await
}

/// What waits for a person's answer, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn for_people(db: &Db) -> Result<Vec<Leftover>, Error> {
    told(db, leftovers::questions(db, BlockOwner::Person, LISTED).await?).await
}
