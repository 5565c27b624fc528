//! Moving a sub-task: one guarded UPDATE, and an explanation when it did not happen.

use moss_api::{Action, ErrorCode, NextStep, SubTaskStatus, short_id, source_statuses};
use sea_orm::Set;

use crate::domain::resolve::{holder_text, sub_task_id};
use crate::domain::{Actor, Refusal};
use crate::store::entity::sub_task::{ActiveModel, Model};
use crate::store::sub_tasks::{self, Effect, Guard};
use crate::store::{At, Tx, Word};

/// A move by an actor. The legal starting points come from the state machine.
pub(in crate::domain) struct Transition<'a> {
    pub actor: &'a Actor,
    pub action: Action,
    /// A whole id.
    pub id: &'a str,
    /// Narrows the legal starting points further.
    pub only_from: Option<SubTaskStatus>,
    /// The actor must hold it (invariant 3).
    pub as_holder: bool,
    /// The attempt the caller believes to be the newest.
    pub attempt: Option<i64>,
    /// It must be ready, in an open task.
    pub claimable: bool,
    /// The actor must never have worked on it (invariant 9).
    pub not_own_work: bool,
    /// The attempt must not have reached its maximum age (invariant 7).
    pub not_too_old: bool,
    pub change: ActiveModel,
    pub effect: Effect,
}

impl<'a> Transition<'a> {
    pub(in crate::domain) fn new(
        actor: &'a Actor,
        action: Action,
        id: &'a str,
        change: ActiveModel,
    ) -> Self {
        Self {
            actor,
            action,
            id,
            only_from: None,
            as_holder: false,
            attempt: None,
            claimable: false,
            not_own_work: false,
            not_too_old: false,
            change,
            effect: Effect::default(),
        }
    }

    /// Does it; answers the row as it is then.
    pub(in crate::domain) async fn run(self, tx: &Tx) -> Result<Model, Refusal> {
        match self.try_run(tx).await? {
            Some(row) => Ok(row),
            None => Err(self.explain(tx).await?),
        }
    }

    /// Does it if every guard holds.
    pub(in crate::domain) async fn try_run(&self, tx: &Tx) -> Result<Option<Model>, Refusal> {
        let from = self.legal_from()?;
        let guard = Guard {
            id: self.id,
            from: &from,
            holder: self.as_holder.then_some(self.actor.id.as_str()),
            attempt: self.attempt,
            claimable: self.claimable,
            never_by: self.not_own_work.then_some(self.actor.id.as_str()),
            limit_after: self.not_too_old.then_some(tx.now),
            ..Guard::default()
        };
        if self.not_own_work {
            tx.flush().await?;
        }
        if !sub_tasks::transition(tx, &guard, self.change.clone(), self.effect).await? {
            return Ok(None);
        }
        Ok(sub_tasks::find(tx.db(), self.id).await?)
    }

    fn legal_from(&self) -> Result<Vec<SubTaskStatus>, Refusal> {
        let mut from = source_statuses(self.action, self.actor.role)
            .map_err(|refusal| Refusal::wrong_role(refusal.to_string(), self.actor.role))?;
        if let Some(only) = self.only_from {
            from.retain(|&status| status == only);
        }
        Ok(from)
    }

    /// Says which guard failed, most telling first.
    pub(in crate::domain) async fn explain(&self, tx: &Tx) -> Result<Refusal, Refusal> {
        let Some(row) = sub_tasks::find(tx.db(), self.id).await? else {
            return Err(Refusal::not_found("sub-task", self.id));
        };
        let status = row.status.0;
        let holder = row.assigned_agent.as_deref();
        if self.action == Action::Claim && status.is_held() {
            let detail = holder_text(tx.db(), &row).await?;
            return Ok(
                Refusal::new(ErrorCode::AlreadyClaimed, detail).next(NextStep::ListAvailable)
            );
        }
        if self.as_holder && !status.is_final() && holder != Some(self.actor.id.as_str()) {
            let detail = holder_text(tx.db(), &row).await?;
            return Ok(Refusal::new(ErrorCode::NotHolder, detail).next(NextStep::Wake));
        }
        if let Some(attempt) = self.attempt.filter(|&attempt| attempt != row.attempt) {
            let detail = format!(
                "attempt {attempt} of sub-task {} is over: the newest is attempt {}",
                short_id(&row.id),
                row.attempt
            );
            return Ok(Refusal::new(ErrorCode::StaleAttempt, detail)
                .next(NextStep::Show { id: Some(short_id(&row.id).to_owned()) }));
        }
        if !self.legal_from()?.contains(&status) {
            return Ok(Refusal::illegal(self.action, &row.id, status));
        }
        if self.not_too_old && row.lease_limit.is_some_and(|limit| limit.0 <= tx.now) {
            let detail = "this attempt has reached its maximum age; its lease is not extended";
            return Ok(Refusal::new(ErrorCode::AttemptTooOld, detail)
                .next(NextStep::SubmitOrRelease { id: short_id(&row.id).to_owned() }));
        }
        if self.not_own_work {
            let detail = format!("you worked on sub-task {} yourself", short_id(&row.id));
            return Ok(Refusal::new(ErrorCode::OwnWork, detail)
                .hint("leave it to another reviewer")
                .next(NextStep::ListReviews));
        }
        if self.claimable && row.open_dependencies > 0 {
            let detail = format!(
                "sub-task {} waits for {} other{} to be done",
                short_id(&row.id),
                row.open_dependencies,
                if row.open_dependencies == 1 { "" } else { "s" }
            );
            return Ok(Refusal::new(ErrorCode::NotReady, detail)
                .next(NextStep::Show { id: Some(short_id(&row.id).to_owned()) }));
        }
        if self.claimable && !row.task_open {
            let detail = format!("the task of sub-task {} is not open", short_id(&row.id));
            return Ok(Refusal::new(ErrorCode::TaskNotOpen, detail)
                .next(NextStep::ActivateTask { id: short_id(&row.task_id).to_owned() }));
        }
        Ok(Refusal::new(ErrorCode::StaleAttempt, "it changed in the meantime").hint("try again"))
    }
}

/// The columns of a sub-task nobody holds any more.
pub(in crate::domain) fn released(status: SubTaskStatus, tx: &Tx) -> ActiveModel {
    ActiveModel {
        status: Set(Word(status)),
        current_session_id: Set(None),
        lease_until: Set(None),
        lease_limit: Set(None),
        updated_at: Set(At(tx.now)),
        ..ActiveModel::default()
    }
}

/// The columns of a sub-task that anyone may claim again.
pub(in crate::domain) fn requeued(tx: &Tx) -> ActiveModel {
    ActiveModel {
        assigned_agent: Set(None),
        block_reason: Set(None),
        retry_at: Set(None),
        ..released(SubTaskStatus::Pending, tx)
    }
}

/// Resolves what the caller typed; the transition that follows finds out whether it exists.
pub(in crate::domain) async fn whole_id(tx: &Tx, text: &str) -> Result<String, Refusal> {
    sub_task_id(tx.db(), text).await
}
