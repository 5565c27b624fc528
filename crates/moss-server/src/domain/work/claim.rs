//! Claiming: one guarded UPDATE gives a sub-task to one executor (invariants 1 and 2).

use moss_api::{Action, Claimed, SubTask, SubTaskStatus};
use sea_orm::{IntoActiveModel, Set, TryIntoModel};

use crate::domain::work::start::start;
use crate::domain::work::transition::{Transition, whole_id};
use crate::domain::{Actor, Command, Refusal};
use crate::store::entity::sub_task::{ActiveModel, Model};
use crate::store::events::{self, NewEvent};
use crate::store::sub_tasks::{self, Effect, Guard};
use crate::store::{At, Tx, Word, attempts};

/// Claim this one.
pub struct Claim {
    /// Who claims.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// The session that will work on it.
    pub session: Option<String>,
}

impl Command for Claim {
    type Output = Claimed;

    async fn run(&self, tx: &Tx) -> Result<Claimed, Refusal> {
        let id = whole_id(tx, &self.id).await?;
        let transition = Transition {
            claimable: true,
            effect: Effect {
                opens_attempt: true,
                lease: Some(tx.now + tx.timings.lease),
                ..Effect::default()
            },
            ..Transition::new(
                &self.actor,
                Action::Claim,
                &id,
                assigned(tx, ActiveModel::default(), &self.actor, self.session.as_deref()),
            )
        };
        if let Some(row) = transition.try_run(tx).await? {
            note(tx, &self.actor, &row);
            return Ok(Claimed { sub_task: row.into(), already_held: false });
        }
        match sub_tasks::find(tx.db(), &id).await? {
            Some(row) if is_held_by(&row, &self.actor) => {
                Ok(Claimed { sub_task: row.into(), already_held: true })
            }
            _ => Err(transition.explain(tx).await?),
        }
    }
}

fn is_held_by(row: &Model, actor: &Actor) -> bool {
    row.status.0.is_held() && row.assigned_agent.as_deref() == Some(actor.id.as_str())
}

/// Claim the best one for me.
pub struct ClaimNext {
    /// Who claims.
    pub actor: Actor,
    /// Also start it.
    pub start: bool,
    /// The session that will work on it.
    pub session: Option<String>,
}

/// How often a candidate may be lost to somebody else before the caller is told there is none.
/// With one writer the second is never lost, since it was read after all that came before.
const TRIES: usize = 8;

impl Command for ClaimNext {
    type Output = Option<SubTask>;

    async fn run(&self, tx: &Tx) -> Result<Option<SubTask>, Refusal> {
        moss_api::next_status(SubTaskStatus::Pending, Action::Claim, self.actor.role)?;
        for _ in 0..TRIES {
            let Some(candidate) = tx.next_claimable().await? else { return Ok(None) };
            if let Some(row) = self.take(tx, candidate).await? {
                note(tx, &self.actor, &row);
                let row = if self.start {
                    start(tx, &self.actor, &row.id, self.session.as_deref()).await?
                } else {
                    row
                };
                return Ok(Some(row.into()));
            }
            tx.invalidate_claimable();
        }
        Ok(None)
    }

    fn status(output: &Self::Output) -> u16 {
        if output.is_some() { 200 } else { 204 }
    }
}

impl ClaimNext {
    /// Takes a candidate if it is still as it was read; the row is then known without reading it
    /// again.
    async fn take(&self, tx: &Tx, candidate: Model) -> Result<Option<Model>, Refusal> {
        let id = candidate.id.clone();
        let guard = Guard {
            id: &id,
            from: &[SubTaskStatus::Pending],
            attempt: Some(candidate.attempt),
            claimable: true,
            unchanged_since: Some(candidate.updated_at.0),
            ..Guard::default()
        };
        let number = candidate.attempt + 1;
        let mut change =
            assigned(tx, candidate.into_active_model(), &self.actor, self.session.as_deref());
        change.attempt = Set(number);
        change.lease_until = Set(Some(At(tx.now + tx.timings.lease)));
        if !sub_tasks::transition(tx, &guard, change.clone(), Effect::default()).await? {
            return Ok(None);
        }
        Ok(Some(change.try_into_model()?))
    }
}

fn assigned(tx: &Tx, row: ActiveModel, actor: &Actor, session: Option<&str>) -> ActiveModel {
    ActiveModel {
        status: Set(Word(SubTaskStatus::Assigned)),
        assigned_agent: Set(Some(actor.id.clone())),
        current_session_id: Set(session.map(str::to_owned)),
        lease_limit: Set(Some(At(tx.now + tx.timings.max_attempt_age))),
        updated_at: Set(At(tx.now)),
        ..row
    }
}

fn note(tx: &Tx, actor: &Actor, row: &Model) {
    attempts::open(tx, &row.id, row.attempt, &actor.id, row.current_session_id.as_deref());
    let action = Action::Claim.as_str();
    let event = NewEvent { action, by: Some(actor), ..NewEvent::default() };
    events::record(tx, row, event);
}
