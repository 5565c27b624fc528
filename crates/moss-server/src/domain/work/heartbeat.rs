//! What a holder does besides working: prolong, name a session, give back, report failure.

use moss_api::{Action, FailClass, SubTask, SubTaskStatus, Timestamp};
use sea_orm::Set;

use crate::domain::Command;
use crate::domain::work::transition::{Shift, let_go, whole_id};
use crate::domain::{Actor, Refusal};
use crate::store::attempts::{self, HandedIn};
use crate::store::entity::sub_task::ActiveModel;
use crate::store::events::{self, Happened};
use crate::store::sub_tasks::{self, Effect};
use crate::store::{At, Tx};

/// How far off a failed sub-task may be tried again.
const MAX_RETRY_DELAY: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 60 * 60);

/// Prolong the lease.
pub struct Heartbeat {
    /// Who holds it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// The attempt the caller believes it holds.
    pub attempt: Option<i64>,
}

impl Command for Heartbeat {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Refusal> {
        let id = whole_id(tx, &self.id).await?;
        let lease = Some(tx.now + tx.policy.lease);
        let row = Shift {
            as_holder: true,
            not_too_old: true,
            attempt: self.attempt,
            effect: Effect { lease, only_with_limit: true, ..Effect::default() },
            ..Shift::new(&self.actor, Action::Heartbeat, &id, ActiveModel::default())
        }
        .run(tx)
        .await?;
        Ok(row.into())
    }
}

/// Name the session that works on it.
pub struct SetSession {
    /// Who holds it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// The session.
    pub session: String,
}

impl Command for SetSession {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Refusal> {
        let id = whole_id(tx, &self.id).await?;
        let change = ActiveModel {
            current_session_id: Set(Some(self.session.clone())),
            ..ActiveModel::default()
        };
        let shift = Shift::new(&self.actor, Action::Session, &id, change);
        let row = Shift { as_holder: true, ..shift }.run(tx).await?;
        attempts::set_session(tx, &row.id, &self.session).await?;
        Ok(row.into())
    }
}

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

impl Command for Release {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Refusal> {
        let id = whole_id(tx, &self.id).await?;
        let shift = Shift::new(&self.actor, Action::Release, &id, back_to_pending(tx));
        let as_holder = self.actor.role == moss_api::Role::Executor;
        let row = Shift { as_holder, attempt: self.attempt, ..shift }.run(tx).await?;
        attempts::end(tx, &row.id, Action::Release, HandedIn::default()).await?;
        let happened = Happened {
            action: Action::Release.as_str(),
            by: Some(&self.actor),
            detail: self.reason.clone(),
        };
        events::record(tx, &row, happened);
        Ok(row.into())
    }
}

/// The columns of a sub-task that anyone may claim again.
pub(in crate::domain) fn back_to_pending(tx: &Tx) -> ActiveModel {
    ActiveModel {
        assigned_agent: Set(None),
        block_reason: Set(None),
        retry_at: Set(None),
        ..let_go(SubTaskStatus::Pending, tx)
    }
}

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

    async fn run(&self, tx: &Tx) -> Result<SubTask, Refusal> {
        if self.detail.trim().is_empty() {
            return Err(Refusal::bad_value("detail", "say what happened and what was tried"));
        }
        if self.retry_at.is_some_and(|at| at > tx.now + MAX_RETRY_DELAY) {
            return Err(Refusal::bad_value("retry_at", "is more than 30 days ahead"));
        }
        if self.retry_at.is_some_and(|at| at < tx.now) {
            return Err(Refusal::bad_value("retry_at", "is in the past"));
        }
        let id = whole_id(tx, &self.id).await?;
        let reason = format!("{}: {}", self.class, self.detail);
        let change = ActiveModel {
            block_reason: Set(Some(reason.clone())),
            retry_at: Set(self.retry_at.map(At)),
            ..let_go(SubTaskStatus::Blocked, tx)
        };
        let shift = Shift::new(&self.actor, Action::Fail, &id, change);
        let row = Shift { as_holder: true, attempt: self.attempt, ..shift }.run(tx).await?;
        attempts::end(tx, &row.id, Action::Fail, HandedIn::default()).await?;
        let happened =
            Happened { action: Action::Fail.as_str(), by: Some(&self.actor), detail: reason };
        events::record(tx, &row, happened);
        Ok(row.into())
    }
}

/// Extends every lease of an agent: any call of a holder renews.
pub struct Renew {
    /// The holder's id.
    pub agent: String,
}

impl Command for Renew {
    type Output = ();

    async fn run(&self, tx: &Tx) -> Result<(), Refusal> {
        Ok(sub_tasks::renew(tx, &self.agent, tx.now + tx.policy.lease).await?)
    }
}
