//! The sweep: leases that run out, and failures whose time to retry has come.

use moss_api::{Action, Role, Timestamp, source_statuses};
use sea_orm::ConnectionTrait;

use crate::domain::work::transition::requeued;
use crate::domain::{Command, Refusal};
use crate::store::Tx;
use crate::store::attempts::{self, HandedIn};
use crate::store::entity::sub_task::Model;
use crate::store::events::{self, NewEvent};
use crate::store::sub_tasks::{self, Effect, Guard};

/// Rows one sweep takes; the next takes more.
const BATCH: u64 = 200;

/// Whether a sweep would find anything: asked by a read, so that an idle server writes nothing.
///
/// # Errors
/// When the database fails.
pub async fn is_due<C: ConnectionTrait>(db: &C, now: Timestamp) -> Result<bool, Refusal> {
    Ok(!sub_tasks::expired(db, now, 1).await?.is_empty()
        || !sub_tasks::to_retry(db, now, 1).await?.is_empty())
}

/// Offers again what nobody keeps alive (invariant 7), and what may be tried again.
pub struct Sweep;

impl Command for Sweep {
    /// How many were requeued.
    type Output = u64;

    async fn run(&self, tx: &Tx) -> Result<u64, Refusal> {
        let mut swept = 0;
        for row in sub_tasks::expired(tx.db(), tx.now, BATCH).await? {
            swept += u64::from(requeue(tx, &row, Action::Expire, "the lease ran out").await?);
        }
        for row in sub_tasks::to_retry(tx.db(), tx.now, BATCH).await? {
            swept += u64::from(requeue(tx, &row, Action::Release, "time to retry").await?);
        }
        Ok(swept)
    }
}

/// The server acts in the patrol's name; the row is unchanged unless it still is as it was found.
async fn requeue(tx: &Tx, row: &Model, action: Action, why: &str) -> Result<bool, Refusal> {
    let from = source_statuses(action, Role::Patrol)?;
    let guard = Guard {
        id: &row.id,
        from: &from,
        attempt: Some(row.attempt),
        lease_before: (action == Action::Expire).then_some(tx.now),
        retry_by: (action == Action::Release).then_some(tx.now),
        ..Guard::default()
    };
    if !sub_tasks::transition(tx, &guard, requeued(tx), Effect::default()).await? {
        return Ok(false);
    }
    attempts::end(tx, &row.id, action, HandedIn::default()).await?;
    let Some(now) = sub_tasks::find(tx.db(), &row.id).await? else { return Ok(false) };
    let event = NewEvent { action: action.as_str(), by: None, detail: why.to_owned() };
    events::record(tx, &now, event);
    Ok(true)
}
