//! Reporting that a sub-task cannot be done as things are. What becomes of it is decided by the kind
//! of failure, and by how often it was reported before.

use std::time::Duration;

use moss_api::{Action, BlockClass, BlockOwner, FailClass, SubTask, SubTaskStatus, Timestamp};

use crate::domain::work::requirement::Requirement;
use crate::domain::work::step_up::{Step, Trouble, another_executor, block, needs_person, pass_on};
use crate::domain::work::transition::{Transition, asked_by, released, whole_id};
use crate::domain::{Actor, Command, Error, Refusal};
use crate::store::attempts::{self, Ending};
use crate::store::entity::sub_task::Model;
use crate::store::sub_tasks::{Block, Change};
use crate::store::{Tx, events};

/// How far off a failed sub-task may be tried again.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// So many limits in a row a sub-task is parked for; then its planner is asked.
const MAX_PARKED: usize = 2;

/// Report that it cannot be done as things are.
pub struct Fail {
    /// Who holds it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// What kind of failure.
    pub class: FailClass,
    /// What happened and what was tried.
    pub detail: String,
    /// Release it by itself then.
    pub retry_at: Option<Timestamp>,
    /// The attempt the caller believes it holds.
    pub attempt: Option<i64>,
}

impl Command for Fail {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        if self.detail.trim().is_empty() {
            return Err(Refusal::bad_value("detail", "say what happened and what was tried").into());
        }
        if self.retry_at.is_some_and(|at| at > tx.now + MAX_RETRY_DELAY) {
            return Err(Refusal::bad_value("retry_at", "is more than 30 days ahead").into());
        }
        if self.retry_at.is_some_and(|at| at < tx.now) {
            return Err(Refusal::bad_value("retry_at", "is in the past").into());
        }
        let id = whole_id(tx, &self.id).await?;
        tx.flush().await?;
        let attempts = attempts::all_of(tx.db(), &id).await?;
        let before = attempts.iter().filter(|it| it.fail_class.map(|it| it.0) == Some(self.class));
        let help = help(self.class, before.count());
        let row = self.fail(tx, &id, help).await?;
        match help {
            Help::From(Step::Executor) => Ok(self.pass_on(tx, row).await?.into()),
            Help::From(Step::Person) => {
                needs_person(tx, &row).await?;
                Ok(row.into())
            }
            Help::From(Step::Planner) | Help::Time => Ok(row.into()),
        }
    }
}

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Help {
    /// It is tried again later.
    Time,
    /// Somebody else.
    From(Step),
}

/// What helps against a failure that was reported so often before. Whatever repeats goes up.
const fn help(class: FailClass, before: usize) -> Help {
    match (class, before) {
        (FailClass::Quota, ..MAX_PARKED) => Help::Time,
        (FailClass::Environment, 0) => Help::From(Step::Executor),
        (FailClass::Quota, MAX_PARKED)
        | (FailClass::Environment, 1)
        | (FailClass::Unclear | FailClass::Impossible | FailClass::Other, 0) => {
            Help::From(Step::Planner)
        }
        (
            FailClass::Quota
            | FailClass::Environment
            | FailClass::Unclear
            | FailClass::Impossible
            | FailClass::Other,
            _,
        ) => Help::From(Step::Person),
    }
}

impl Fail {
    fn reason(&self) -> String {
        format!("{}: {}", self.class, self.detail)
    }

    /// Blocks it; what somebody else may be able to do goes on from there.
    async fn fail(&self, tx: &Tx, id: &str, help: Help) -> Result<Model, Error> {
        let owner = match help {
            Help::From(Step::Person) => BlockOwner::Person,
            Help::From(Step::Executor | Step::Planner) | Help::Time => BlockOwner::Planner,
        };
        let retry_at = match help {
            Help::Time => Some(self.retry_at.unwrap_or(tx.now + tx.timings.recovery.quota)),
            // Time has not helped.
            Help::From(_) if self.class == FailClass::Quota => None,
            Help::From(Step::Person) => None,
            Help::From(Step::Executor | Step::Planner) => self.retry_at,
        };
        let blocked = block(tx, self.class.into(), owner, self.reason());
        let mut changes = released();
        changes.push(Change::Blocked(Block { retry_at, ..blocked }));
        let transition = Transition {
            requirements: asked_by(Some(&self.actor.id), self.attempt),
            changes,
            ..Transition::new(self.actor.role, Action::Fail, id)
        };
        let row = transition.run(tx).await?;
        let fail_class = Some(self.class);
        let ended = Ending { fail_class, ..Ending::default() };
        attempts::end(tx, &row.id, Action::Fail, ended).await?;
        events::record(tx, &row, self.actor.did(Action::Fail.as_str(), self.reason()));
        Ok(row)
    }

    /// Another machine may have what this one lacks. Where there is no other executor, it stays
    /// blocked for the planner.
    async fn pass_on(&self, tx: &Tx, row: Model) -> Result<Model, Error> {
        let Some(other) = another_executor(tx, &row.id).await? else { return Ok(row) };
        let trouble = Trouble {
            class: BlockClass::from(self.class),
            reason: self.reason(),
            requirements: vec![Requirement::Legal, Requirement::Attempt(row.attempt)],
            only_from: Some(SubTaskStatus::Blocked),
            outcome: Action::PassOn,
            handed_in: Ending::default(),
        };
        pass_on(tx, &row, &other, trouble).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_repeats_goes_up() {
        use Help::{From, Time};
        use Step::{Executor, Person, Planner};
        let course = |class| [0, 1, 2, 3, 9].map(|before| help(class, before));
        assert_eq!(
            course(FailClass::Quota),
            [Time, Time, From(Planner), From(Person), From(Person)]
        );
        let environment = [From(Executor), From(Planner), From(Person), From(Person), From(Person)];
        assert_eq!(course(FailClass::Environment), environment);
        for class in [FailClass::Unclear, FailClass::Impossible, FailClass::Other] {
            let [first, rest @ ..] = course(class);
            assert_eq!((first, rest), (From(Planner), [From(Person); 4]), "{class}");
        }
    }
}
