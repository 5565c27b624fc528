//! Moving a sub-task: one guarded UPDATE, and an explanation when it did not happen.
//!
//! Where a move leads is told by [`moss_api::next_status`] and by nobody else. A new action is an
//! arm there and a file beside this one that lists what it requires and what it changes.

use moss_api::{Action, Role, SubTaskStatus, next_status, source_statuses};

use crate::domain::resolve::sub_task_id;
use crate::domain::work::requirement::{Requirement, changed};
use crate::domain::{Error, Refusal};
use crate::store::Tx;
use crate::store::entity::sub_task::Model;
use crate::store::sub_tasks::{self, Change, GuardedUpdate, Move};

/// A move of a sub-task.
pub(in crate::domain) struct Transition<'a> {
    /// In which role it is done.
    pub role: Role,
    pub action: Action,
    /// A whole id.
    pub id: &'a str,
    /// Narrows the legal starting points further.
    pub only_from: Option<SubTaskStatus>,
    /// What must hold, in the order in which it is explained. That the move is legal is guarded
    /// always; where [`Requirement::Legal`] stands says when it is spoken of.
    pub requirements: Vec<Requirement<'a>>,
    /// What is written besides the status.
    pub changes: Vec<Change>,
}

impl<'a> Transition<'a> {
    /// One that only has to be legal, and changes nothing but the status.
    pub(in crate::domain) fn new(role: Role, action: Action, id: &'a str) -> Self {
        let requirements = vec![Requirement::Legal];
        Self { role, action, id, only_from: None, requirements, changes: Vec::new() }
    }

    /// Does it; answers the row as it is then.
    ///
    /// # Errors
    /// The requirement that does not hold.
    pub(in crate::domain) async fn run(self, tx: &Tx) -> Result<Model, Error> {
        match self.try_run(tx).await? {
            Some(row) => Ok(row),
            None => Err(self.explain(tx).await?.into()),
        }
    }

    /// Does it if every requirement holds.
    pub(in crate::domain) async fn try_run(&self, tx: &Tx) -> Result<Option<Model>, Error> {
        let moves = self.moves()?;
        if !self.update(tx, &moves).await?.run(tx).await? {
            return Ok(None);
        }
        Ok(sub_tasks::find(tx.db(), self.id).await?)
    }

    async fn update<'m>(&'m self, tx: &Tx, moves: &'m [Move]) -> Result<GuardedUpdate<'m>, Error> {
        if self.requirements.iter().any(|r| matches!(r, Requirement::NotOwnWork(_))) {
            tx.flush().await?;
        }
        let guards = self.requirements.iter().filter_map(|r| r.guard(tx, self.id)).collect();
        Ok(GuardedUpdate { id: self.id, moves, guards, changes: &self.changes })
    }

    fn moves(&self) -> Result<Vec<Move>, Refusal> {
        let mut moves = legal_moves(self.action, self.role)?;
        if let Some(only) = self.only_from {
            moves.retain(|(from, _)| *from == only);
        }
        Ok(moves)
    }

    /// Says which requirement does not hold: the first of those that do not.
    pub(in crate::domain) async fn explain(&self, tx: &Tx) -> Result<Refusal, Error> {
        let Some(row) = sub_tasks::find(tx.db(), self.id).await? else {
            return Ok(Refusal::not_found("sub-task", self.id));
        };
        let moves = self.moves()?;
        for requirement in &self.requirements {
            if let Some(refusal) = requirement.refusal(tx, &row, self.action, &moves).await? {
                return Ok(refusal);
            }
        }
        Ok(changed())
    }
}

/// The moves an action by a role can make.
///
/// # Errors
/// [`moss_api::ErrorCode::WrongRole`] when the role never may.
pub(in crate::domain) fn legal_moves(action: Action, role: Role) -> Result<Vec<Move>, Refusal> {
    source_statuses(action, role)
        .and_then(|sources| {
            let to = |from| Ok((from, next_status(from, action, role)?));
            sources.into_iter().map(to).collect()
        })
        .map_err(|error| Refusal::wrong_role(error.to_string(), role))
}

/// What most actions require: that they come from the holder, if it has to be that one; that the
/// attempt is the newest, if the caller names one; and that the move is legal.
pub(in crate::domain) fn asked_by(
    holder: Option<&str>,
    attempt: Option<i64>,
) -> Vec<Requirement<'_>> {
    let holder = holder.map(Requirement::Holder);
    let attempt = attempt.map(Requirement::Attempt);
    holder.into_iter().chain(attempt).chain([Requirement::Legal]).collect()
}

/// What changes when nobody holds a sub-task any more.
pub(in crate::domain) fn released() -> Vec<Change> {
    vec![Change::Session(None), Change::NoLease]
}

/// What changes when anyone may claim a sub-task again.
pub(in crate::domain) fn requeued() -> Vec<Change> {
    let mut changes = released();
    changes.extend([Change::Agent(None), Change::Unblocked]);
    changes
}

/// Resolves what the caller typed; the transition that follows finds out whether it exists.
pub(in crate::domain) async fn whole_id(tx: &Tx, text: &str) -> Result<String, Error> {
    sub_task_id(tx.db(), text).await
}
