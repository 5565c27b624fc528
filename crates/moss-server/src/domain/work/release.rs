//! Giving a sub-task back.

use moss_api::{Action, Role, SubTask};

use crate::domain::work::requirement::Requirement;
use crate::domain::work::transition::{Transition, asked_by, requeued, whole_id};
use crate::domain::{Actor, Command, Error};
use crate::store::attempts::{self, Ending};
use crate::store::events::{self, NewEvent};
use crate::store::{Tx, sub_tasks};

/// Give back, so that anyone may claim it.
pub struct Release {
    /// The holder; or, for a blocked one, the planner.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// Why.
    pub reason: String,
    /// The attempt the caller believes it holds.
    pub attempt: Option<i64>,
}

/// Lets go of everything an agent has in its hands: it is to work no more.
pub(in crate::domain) async fn release_all(tx: &Tx, agent: &str, why: &str) -> Result<(), Error> {
    tx.flush().await?;
    for row in sub_tasks::in_hands_of(tx.db(), agent).await? {
        let transition = Transition {
            requirements: vec![Requirement::Legal, Requirement::Holder(agent)],
            changes: requeued(),
            ..Transition::new(Role::Patrol, Action::LetGo, &row.id)
        };
        let Some(row) = transition.try_run(tx).await? else { continue };
        attempts::end(tx, &row.id, Action::LetGo, Ending::default()).await?;
        let (action, detail) = (Action::LetGo.as_str(), why.to_owned());
        events::record(tx, &row, NewEvent { action, detail, ..NewEvent::default() });
    }
    Ok(())
}

impl Command for Release {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        let id = whole_id(tx, &self.id).await?;
        let holder = (self.actor.role == Role::Executor).then_some(self.actor.id.as_str());
        let transition = Transition {
            requirements: asked_by(holder, self.attempt),
            changes: requeued(),
            ..Transition::new(self.actor.role, Action::Release, &id)
        };
        let row = transition.run(tx).await?;
        attempts::end(tx, &row.id, Action::Release, Ending::default()).await?;
        events::record(tx, &row, self.actor.did(Action::Release.as_str(), self.reason.as_str()));
        Ok(row.into())
    }
}
