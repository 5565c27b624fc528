//! Claiming: one guarded UPDATE gives a sub-task to one executor (invariants 1 and 2).

use moss_api::{Action, Claimed, SubTask};

use crate::domain::rules::Dialect;
use crate::domain::work::lease::new_lease;
use crate::domain::work::requirement::Requirement;
use crate::domain::work::start::start;
use crate::domain::work::transition::{Transition, legal_moves, whole_id};
use crate::domain::{Actor, Command, Error};
use crate::store::entity::sub_task::Model;
use crate::store::sub_tasks::{self, Change};
use crate::store::{Tx, attempts, claimable, events, tasks};

/// Claim this one.
pub struct Claim {
    /// Who claims.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// The session that will work on it.
    pub session: Option<String>,
    /// What its holder speaks.
    pub dialect: Dialect,
}

impl Command for Claim {
    type Output = Claimed;

    async fn run(&self, tx: &Tx) -> Result<Claimed, Error> {
        let id = whole_id(tx, &self.id).await?;
        let transition = Transition {
            requirements: vec![Requirement::Legal, Requirement::Claimable],
            changes: assigned(tx, &self.actor, self.session.clone(), self.dialect),
            ..Transition::new(self.actor.role, Action::Claim, &id)
        };
        if let Some(row) = transition.try_run(tx).await? {
            note(tx, &self.actor, &row);
            return Ok(Claimed { sub_task: row.into(), already_held: false });
        }
        match sub_tasks::find(tx.db(), &id).await? {
            Some(row) if is_held_by(&row, &self.actor) => {
                Ok(Claimed { sub_task: row.into(), already_held: true })
            }
            _ => Err(transition.explain(tx).await?.into()),
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
    /// What its holder speaks.
    pub dialect: Dialect,
}

impl Command for ClaimNext {
    type Output = Option<SubTask>;
    // What it takes it locks, passing over what others have locked; and a task it begins alone.
    const GROUPS: bool = true;

    async fn run(&self, tx: &Tx) -> Result<Option<SubTask>, Error> {
        let moves = legal_moves(Action::Claim, self.actor.role)?;
        let Some(next) = claimable::next(tx).await? else { return Ok(None) };
        if self.start {
            tasks::begin_alone(tx, &next.task_id).await?;
        }
        let changes = assigned(tx, &self.actor, self.session.clone(), self.dialect);
        let row = claimable::take(tx, next, &moves, &changes);
        note(tx, &self.actor, &row);
        if !self.start {
            return Ok(Some(row.into()));
        }
        tx.hand_out().await?;
        let row = start(tx, &self.actor, &row.id, self.session.as_deref(), self.dialect).await?;
        Ok(Some(row.into()))
    }

    fn status(output: &Self::Output) -> u16 {
        if output.is_some() { 200 } else { 204 }
    }
}

fn assigned(tx: &Tx, actor: &Actor, session: Option<String>, dialect: Dialect) -> Vec<Change> {
    vec![
        Change::Agent(Some(actor.id.clone())),
        Change::Session(session),
        Change::NewAttempt,
        Change::Lease(new_lease(tx, dialect)),
    ]
}

fn note(tx: &Tx, actor: &Actor, row: &Model) {
    attempts::open(tx, &row.id, row.attempt, &actor.id, row.current_session_id.as_deref());
    events::record(tx, row, actor.did(Action::Claim.as_str(), ""));
}
