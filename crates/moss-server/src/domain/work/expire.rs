//! The sweep: leases that run out, and failures whose time to retry has come.

use moss_api::{
    Action, AnomalyKind, BlockClass, BlockOwner, PatrolAction, Role, Severity, SubjectKind,
    Timestamp,
};

use crate::domain::work::requirement::Requirement;
use crate::domain::work::step_up::{Step, block};
use crate::domain::work::transition::{Transition, released, requeued};
use crate::domain::{Command, Error};
use crate::store::anomalies::{self, Seen};
use crate::store::attempts::{self, Ending};
use crate::store::entity::sub_task::Model;
use crate::store::events::{self, NewEvent};
use crate::store::sub_tasks::Change;
use crate::store::{Reads, Tx, sub_tasks};

/// Rows one sweep takes; the next takes more.
const BATCH: u64 = 200;

/// Whether a sweep would find anything: asked by a read, so that an idle server writes nothing.
pub async fn is_due<C: Reads>(db: &C, now: Timestamp) -> Result<bool, Error> {
    Ok(!sub_tasks::expired(db, now, 1).await?.is_empty()
        || !sub_tasks::to_retry(db, now, 1).await?.is_empty())
}

/// Offers again what nobody keeps alive (invariant 7), and what may be tried again.
pub struct Sweep;

impl Command for Sweep {
    /// How many were requeued.
    type Output = u64;

    async fn run(&self, tx: &Tx) -> Result<u64, Error> {
        let mut swept = 0;
        for row in sub_tasks::expired(tx.db(), tx.now, BATCH).await? {
            swept += u64::from(requeue(tx, row, &EXPIRED).await?);
        }
        for row in sub_tasks::to_retry(tx.db(), tx.now, BATCH).await? {
            swept += u64::from(requeue(tx, row, &RETRIED).await?);
        }
        Ok(swept)
    }
}

/// Why a sub-task is offered again.
struct Why {
    action: Action,
    /// What must be so when it is written.
    due: Requirement<'static>,
    /// For the history.
    detail: &'static str,
}

const EXPIRED: Why =
    Why { action: Action::Timeout, due: Requirement::LeaseExpired, detail: "the lease ran out" };
const RETRIED: Why =
    Why { action: Action::Release, due: Requirement::RetryDue, detail: "time to retry" };

/// How many attempts at a sub-task ended so since it last went a step up.
async fn timeouts(tx: &Tx, id: &str) -> Result<i64, Error> {
    tx.flush().await?;
    let attempts = attempts::all_of(tx.db(), id).await?;
    let timeouts = attempts
        .iter()
        .rev()
        .take_while(|it| it.outcome.is_none_or(|outcome| outcome.0 == Action::Timeout));
    Ok(timeouts.filter(|it| it.outcome.is_some()).count().try_into().unwrap_or(i64::MAX))
}

/// For the history of patrol: what was amiss, and is over.
async fn remember(tx: &Tx, row: &Model, done: PatrolAction) -> Result<(), Error> {
    let kind = AnomalyKind::Timeout;
    let seen = Seen {
        kind,
        subject_kind: SubjectKind::SubTask,
        subject: row.id.clone(),
        severity: Severity::Warning,
        detail: EXPIRED.detail.to_owned(),
    };
    if anomalies::open(tx, &seen).await? {
        anomalies::acted(tx, kind, &row.id, done, false).await?;
    }
    Ok(())
}

/// The server acts in the patrol's name; the row is unchanged unless it still is as it was found.
/// What nobody keeps alive is offered again, or blocked for the planner if that is the policy.
async fn requeue(tx: &Tx, row: Model, why: &Why) -> Result<bool, Error> {
    let is_timeout = why.action == Action::Timeout;
    let times = if is_timeout { 1 + timeouts(tx, &row.id).await? } else { 0 };
    let goes_round = times >= tx.timings.patrol.timeouts;
    let blocks = is_timeout && (tx.timings.blocks_on_expiry || goes_round);
    let (action, changes) = if blocks {
        let mut changes = released();
        let (class, owner) = (BlockClass::Timeout, BlockOwner::Planner);
        let reason = match times {
            1 => why.detail.to_owned(),
            times => format!("{}, {times} times in all", why.detail),
        };
        changes.push(Change::Blocked(block(tx, class, owner, reason)));
        if goes_round {
            changes.push(Change::Step(Step::Planner.number(), row.rework_count));
        }
        (Action::Block, changes)
    } else {
        (why.action, requeued())
    };
    let transition = Transition {
        requirements: vec![Requirement::Legal, Requirement::Attempt(row.attempt), why.due],
        changes,
        ..Transition::new(Role::Patrol, action, &row.id)
    };
    let Some(row) = transition.try_run(tx).await? else { return Ok(false) };
    attempts::end(tx, &row.id, why.action, Ending::default()).await?;
    let (action, detail) = (action.as_str(), why.detail.to_owned());
    events::record(tx, &row, NewEvent { action, detail, ..NewEvent::default() });
    if is_timeout {
        let done = if blocks { PatrolAction::Block } else { PatrolAction::Release };
        remember(tx, &row, done).await?;
    }
    Ok(true)
}
