//! Answering a timer's question: offer the work now, or say when.

use std::time::Duration;

use moss_api::{
    Action, AnomalyKind, Role, Severity, Timestamp, WakePacket, quoted, short_id, wake::Withheld,
};
use serde::{Deserialize, Serialize};

use crate::domain::offers::backoff::{self, LONGEST};
use crate::domain::offers::work::Work;
use crate::domain::patrol::anomalies;
use crate::domain::queries::Db;
use crate::domain::work::requirement::Requirement;
use crate::domain::work::transition::{Transition, requeued};
use crate::domain::{Actor, Command, Error};
use crate::store::attempts::{self, Ending};
use crate::store::entity::offer;
use crate::store::events::{self, NewEvent};
use crate::store::{At, Tx, offers};

/// What a timer asks for its agent.
#[derive(Clone, Debug)]
pub struct Question {
    /// The agent.
    pub actor: Actor,
    /// The idempotency key of the question, if it has one.
    pub key: Option<String>,
    /// When.
    pub now: Timestamp,
    /// How often this timer asks, when that is known.
    pub tick: Option<Duration>,
    /// How many packets may be left unanswered.
    pub ignored_after: i64,
}

/// What the question is answered.
#[derive(Debug)]
pub enum Answer {
    /// The packet as it is; nothing is to be written: it has no work in it, or it is asked for again.
    AsItIs,
    /// Not now.
    NotNow(Withheld),
    /// The packet, once this is written.
    Offer(Box<Offer>),
}

/// Answers a question about this packet.
///
/// # Errors
/// When the database fails.
pub async fn answer(db: &Db, question: &Question, packet: &WakePacket) -> Result<Answer, Error> {
    let Some(work) = Work::of(packet) else { return Ok(Answer::AsItIs) };
    let before = offers::of(db, &question.actor.id).await?;
    let tick = backoff::tick(question.tick, before.as_ref());
    let mut gives_up = false;
    if let Some(before) = &before {
        if question.key.is_some() && question.key == before.question {
            return Ok(Answer::AsItIs);
        }
        let is_news = work.has_news(&before.shown);
        let due = backoff::due(before, is_news, tick, question.ignored_after);
        if !backoff::is_time(due, question.now, tick) {
            return Ok(Answer::NotNow(Withheld { packets: before.in_a_row, again_at: due }));
        }
        gives_up = before.in_a_row >= question.ignored_after;
    }
    let offer = Offer { question: question.clone(), work, before, tick, gives_up };
    Ok(Answer::Offer(Box::new(offer)))
}

/// Hand a packet to an agent's timer, and give up on what it left unanswered too often.
#[derive(Debug)]
pub struct Offer {
    question: Question,
    work: Work,
    /// The offer before this one, as it was read.
    before: Option<offer::Model>,
    tick: Duration,
    /// So many were left unanswered before.
    gives_up: bool,
}

/// What has come of an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Whether the packet goes out.
    pub is_offered: bool,
    /// What a person is to be told.
    pub news: Option<String>,
}

impl Offer {
    /// Why the packet stays here after all.
    pub fn not_now(&self) -> Withheld {
        let packets = self.before.as_ref().map_or(0, |before| before.in_a_row);
        let wait = if self.gives_up { LONGEST } else { self.tick };
        Withheld { packets, again_at: self.question.now + wait }
    }

    fn row(&self) -> offer::Model {
        let first = &self.work.first;
        let same = self.before.as_ref().filter(|before| before.asked == *first);
        offer::Model {
            agent_id: self.question.actor.id.clone(),
            asked: first.clone(),
            shown: self.work.shown(),
            offered_at: At(self.question.now),
            unanswered: same.map_or(0, |before| before.unanswered).saturating_add(1),
            in_a_row: self.before.as_ref().map_or(0, |b| b.in_a_row).saturating_add(1),
            tick: i64::try_from(self.tick.as_micros()).ok(),
            question: self.question.key.clone(),
        }
    }

    /// What the agent holds and was asked for every time, if it was.
    fn left_lying(&self) -> Option<&(String, i64)> {
        let before = self.before.as_ref().filter(|_| self.gives_up)?;
        let asked_for = before.asked == self.work.first
            && before.unanswered >= self.question.ignored_after
            && self.question.actor.role == Role::Executor;
        self.work.held.as_ref().filter(|_| asked_for)
    }

    fn story(&self) -> String {
        let packets = self.before.as_ref().map_or(0, |before| before.in_a_row);
        let first = self.before.as_ref().map_or("", |before| before.asked.as_str());
        format!("left {packets} packets in a row unanswered, the last about {}", short_id(first))
    }

    async fn let_go(&self, tx: &Tx, id: &str, attempt: i64) -> Result<bool, Error> {
        let action = Action::LetGo;
        let holder = Requirement::Holder(&self.question.actor.id);
        let transition = Transition {
            requirements: vec![Requirement::Legal, holder, Requirement::Attempt(attempt)],
            changes: requeued(),
            ..Transition::new(Role::Patrol, action, id)
        };
        let Some(row) = transition.try_run(tx).await? else { return Ok(false) };
        attempts::end(tx, &row.id, action, Ending::default()).await?;
        let detail = format!("{} {}", quoted(&self.question.actor.name), self.story());
        events::record(
            tx,
            &row,
            NewEvent { action: action.as_str(), detail, ..NewEvent::default() },
        );
        Ok(true)
    }

    async fn give_up(&self, tx: &Tx) -> Result<Option<String>, Error> {
        let actor = &self.question.actor;
        let severity = match actor.role {
            Role::Executor | Role::Reviewer => Severity::Warning,
            // There is nobody else to plan, or to watch.
            Role::Planner | Role::Patrol => Severity::Critical,
        };
        let (agent, kind) = ((actor.id.as_str(), actor.name.as_str()), AnomalyKind::Unanswered);
        anomalies::open(tx, agent, kind, severity, self.story()).await
    }
}

impl Command for Offer {
    type Output = Outcome;

    async fn run(&self, tx: &Tx) -> Result<Outcome, Error> {
        let let_go = self.left_lying();
        let row = self.row();
        // What it held is let go: there is nothing to offer now, and nothing at once.
        let row = if let_go.is_some() {
            let in_a_row = row.in_a_row.saturating_sub(1);
            offer::Model { asked: String::new(), unanswered: 0, in_a_row, question: None, ..row }
        } else {
            row
        };
        if !offers::note(tx, self.before.as_ref(), row).await? {
            return Ok(Outcome { is_offered: false, news: None });
        }
        let news = if self.gives_up { self.give_up(tx).await? } else { None };
        if let Some((id, attempt)) = let_go {
            self.let_go(tx, id, *attempt).await?;
        }
        Ok(Outcome { is_offered: let_go.is_none(), news })
    }
}

/// Takes out of a packet what is not offered now.
pub fn withhold(packet: &mut WakePacket, why: Withheld) {
    packet.work = false;
    packet.items.clear();
    packet.tasks.clear();
    packet.anomalies.clear();
    packet.omitted.clear();
    packet.late.clear();
    packet.leftovers.clear();
    packet.answers.clear();
    packet.announce = None;
    packet.claimable = None;
    packet.owed.clear();
    packet.lessons.clear();
    packet.rules = None;
    packet.withheld = Some(why);
}
