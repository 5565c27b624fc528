//! "I looked and leave it": the planner is not woken by something again until it changes, or until
//! the time it said.

use moss_api::requests::Leave;
use moss_api::{Action, ErrorCode, SubTask, Task, TaskStatus, Timestamp, short_id};

use crate::domain::patrol::records::fits;
use crate::domain::work::transition::{Transition, whole_id};
use crate::domain::{Actor, Command, Error, Refusal, resolve};
use crate::store::entity::judgement;
use crate::store::{At, Tx, events, judgements};

/// What somebody judged, and for how long it holds.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// Who judged.
    pub actor: Actor,
    /// What was judged: an id or its beginning.
    pub id: String,
    /// Why it is left as it is.
    pub why: String,
    /// Until then, if nothing changes before.
    pub until: Option<Timestamp>,
}

impl Judgement {
    /// As somebody sent it.
    pub fn of(actor: Actor, id: String, body: Leave) -> Self {
        Self { actor, id, why: body.why.map(Into::into).unwrap_or_default(), until: body.until }
    }

    /// Were the subject changed since its stamp was read, the judgement would hold of nothing.
    async fn put(&self, tx: &Tx, subject: &str, stamp: i64) -> Result<(), Error> {
        let row = judgement::Model {
            subject: subject.to_owned(),
            role: self.actor.role.to_string(),
            stamp,
            agent_id: self.actor.id.clone(),
            why: self.why.clone(),
            until: self.until.map(At),
            at: At(tx.now),
        };
        Ok(judgements::put(tx, row).await?)
    }

    fn detail(&self) -> String {
        match self.until {
            None => self.why.clone(),
            Some(until) if self.why.trim().is_empty() => format!("until {until}"),
            Some(until) => format!("until {until}: {}", self.why),
        }
    }
}

/// Leave a blocked sub-task as it is.
pub struct LeaveSubTask(pub Judgement);

impl Command for LeaveSubTask {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        let Self(judgement) = self;
        fits(tx, "why", Some(&judgement.why), judgement.until)?;
        let id = whole_id(tx, &judgement.id).await?;
        let actor = &judgement.actor;
        let row = Transition::new(actor.role, Action::Leave, &id).run(tx).await?;
        judgement.put(tx, &row.id, row.updated_at.0.micros()).await?;
        events::record(tx, &row, actor.did(Action::Leave.as_str(), judgement.detail()));
        Ok(row.into())
    }
}

/// Leave an unfinished task as it is. It wakes nobody before all of it is done; whoever knows better
/// may say so earlier, and it holds until the task changes.
pub struct LeaveTask(pub Judgement);

impl Command for LeaveTask {
    type Output = Task;

    async fn run(&self, tx: &Tx) -> Result<Task, Error> {
        let Self(judgement) = self;
        fits(tx, "why", Some(&judgement.why), judgement.until)?;
        let row = resolve::task(tx.db(), &judgement.id).await?;
        let (id, status) = (short_id(&row.id), row.status.0);
        if !TaskStatus::UNFINISHED.contains(&status) {
            let detail = format!("task {id} is {status} and waits for nobody");
            return Err(Refusal::new(ErrorCode::IllegalTransition, detail).into());
        }
        judgement.put(tx, &row.id, row.stamp()).await?;
        let did = judgement.actor.did(Action::Leave.as_str(), judgement.detail());
        events::record_task(tx, &row.id, did);
        Ok(row.into())
    }
}
