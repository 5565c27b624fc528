//! The sweep: leases that run out, and failures whose time to retry has come.

use moss_api::{Action, BlockClass, BlockOwner, Role, Timestamp};

use crate::domain::work::requirement::Requirement;
use crate::domain::work::step_up::block;
use crate::domain::work::transition::{Transition, released, requeued};
use crate::domain::{Command, Error};
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

/// The server acts in the patrol's name; the row is unchanged unless it still is as it was found.
/// What nobody keeps alive is offered again, or blocked for the planner if that is the policy.
async fn requeue(tx: &Tx, row: Model, why: &Why) -> Result<bool, Error> {
    let blocks = why.action == Action::Timeout && tx.timings.blocks_on_expiry;
    let (action, changes) = if blocks {
        let mut changes = released();
        let (class, owner) = (BlockClass::Timeout, BlockOwner::Planner);
        changes.push(Change::Blocked(block(tx, class, owner, why.detail.to_owned())));
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
    Ok(true)
}
