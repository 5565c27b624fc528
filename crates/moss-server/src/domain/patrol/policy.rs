//! What the server does by itself about what is amiss with a sub-task, as far as `patrol.auto` lets
//! it. Everything it does is a guarded move: whoever was faster is right.

use moss_api::{
    Action, AnomalyKind, BlockClass, BlockOwner, PatrolAction, Role, SubTaskStatus, Timestamp,
};

use crate::domain::Error;
use crate::domain::work::requirement::Requirement;
use crate::domain::work::step_up::{Trouble, another_executor, pass_on, to_person};
use crate::domain::work::transition::{Transition, requeued};
use crate::store::Tx;
use crate::store::attempts::{self, Ending};
use crate::store::entity::sub_task::Model;
use crate::store::events::{self, NewEvent};

/// What was done about an anomaly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Act {
    /// What.
    pub action: PatrolAction,
    /// It is so all the same, and patrol need not look.
    pub stays: bool,
}

impl Act {
    const fn over(action: PatrolAction) -> Option<Self> {
        Some(Self { action, stays: false })
    }
}

/// Acts on a sub-task, if the policy says how. `why` is a sentence of ours.
pub(super) async fn act(
    tx: &Tx,
    kind: AnomalyKind,
    row: &Model,
    why: &str,
) -> Result<Option<Act>, Error> {
    let may = |action| tx.timings.patrol.auto.contains(&action);
    Ok(match kind {
        AnomalyKind::Orphan if may(PatrolAction::Release) => {
            let holder = row.assigned_agent.as_deref().unwrap_or_default();
            let holder = vec![Requirement::Legal, Requirement::Holder(holder)];
            let_go(tx, row, Action::LetGo, holder, why).await?
        }
        AnomalyKind::Timeout
            if may(PatrolAction::Release) && row.lease_until.is_some_and(|at| at.0 < tx.now) =>
        {
            let over = vec![Requirement::Legal, Requirement::LeaseExpired];
            let_go(tx, row, Action::Timeout, over, why).await?
        }
        // Whoever keeps its lease alive is there: that is for patrol to judge.
        AnomalyKind::Stuck if row.status.0 == SubTaskStatus::Rework => {
            let mut done = None;
            if may(PatrolAction::Reassign)
                && let Some(other) = another_executor(tx, &row.id).await?
            {
                done = match pass_on(tx, row, &other, trouble(why, row.attempt)).await {
                    Ok(_) => Act::over(PatrolAction::Reassign),
                    // Somebody was faster.
                    Err(Error::Refused(_)) => return Ok(None),
                    Err(error) => return Err(error),
                };
            }
            if done.is_none() && may(PatrolAction::Release) {
                let unchanged = vec![Requirement::Legal, Requirement::Attempt(row.attempt)];
                done = let_go(tx, row, Action::LetGo, unchanged, why).await?;
            }
            done
        }
        AnomalyKind::BlockedWithoutOwner
            if may(PatrolAction::Block)
                && row.block_owner.is_some_and(|owner| owner.0 == BlockOwner::Planner) =>
        {
            to_person(tx, row).await?.and(Act::over(PatrolAction::Block))
        }
        // What was rejected so often has gone up by itself: there is nothing more to do.
        AnomalyKind::ReworkOverflow if row.step > 0 => {
            let action = if row.step == 1 { PatrolAction::Reassign } else { PatrolAction::Block };
            Some(Act { action, stays: true })
        }
        AnomalyKind::Orphan
        | AnomalyKind::Timeout
        | AnomalyKind::Stuck
        | AnomalyKind::BlockedWithoutOwner
        | AnomalyKind::ReworkOverflow
        | AnomalyKind::ScoreDrop
        | AnomalyKind::Starved
        | AnomalyKind::ReviewBacklog
        | AnomalyKind::Unanswered
        | AnomalyKind::KeyRefused
        | AnomalyKind::Silent
        | AnomalyKind::Reported => None,
    })
}

fn trouble(why: &str, attempt: i64) -> Trouble<'static> {
    Trouble {
        class: BlockClass::Patrol,
        reason: why.to_owned(),
        requirements: vec![Requirement::Legal, Requirement::Attempt(attempt)],
        only_from: Some(SubTaskStatus::Rework),
        outcome: Action::PassOn,
        handed_in: Ending::default(),
    }
}

/// Offers it again to anyone.
async fn let_go(
    tx: &Tx,
    row: &Model,
    action: Action,
    requirements: Vec<Requirement<'_>>,
    why: &str,
) -> Result<Option<Act>, Error> {
    let transition = Transition {
        requirements,
        changes: requeued(),
        ..Transition::new(Role::Patrol, action, &row.id)
    };
    let Some(row) = transition.try_run(tx).await? else { return Ok(None) };
    attempts::end(tx, &row.id, action, Ending::default()).await?;
    let (action, detail) = (action.as_str(), why.to_owned());
    events::record(tx, &row, NewEvent { action, detail, ..NewEvent::default() });
    Ok(Act::over(PatrolAction::Release))
}

/// What is said of an anomaly of a sub-task: a sentence of ours without its subject.
pub(super) fn detail(kind: AnomalyKind, row: &Model, now: Timestamp) -> String {
    let (status, since) = (row.status.0, row.updated_at.0.minute());
    match kind {
        AnomalyKind::Timeout => match row.deadline {
            Some(deadline) if deadline.0 < now => {
                format!("is {status} after its deadline {}", deadline.0.minute())
            }
            Some(_) | None => format!("is {status}, and its lease is over"),
        },
        AnomalyKind::Stuck => format!("is {status} without progress since {since}"),
        AnomalyKind::Orphan => format!("is {status} with an agent that does not come"),
        AnomalyKind::ReworkOverflow => format!("was rejected {} times", row.rework_count),
        AnomalyKind::Starved => format!("may be claimed since {since}, and nobody does"),
        AnomalyKind::BlockedWithoutOwner => {
            let owner = row.block_owner.map_or_else(|| "nobody".to_owned(), |o| o.0.to_string());
            let due = row
                .block_due
                .map_or_else(String::new, |due| format!(", who had until {}", due.0.minute()));
            format!("is blocked and waits for the {owner}{due}")
        }
        AnomalyKind::ScoreDrop
        | AnomalyKind::ReviewBacklog
        | AnomalyKind::Unanswered
        | AnomalyKind::KeyRefused
        | AnomalyKind::Silent
        | AnomalyKind::Reported => String::new(),
    }
}
