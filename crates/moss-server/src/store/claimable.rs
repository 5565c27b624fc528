//! The sub-tasks a batch gives to whoever takes the next best one.

use sea_orm::{ConnectionTrait, DbErr};

use crate::store::Tx;
use crate::store::dialect::{in_others_hands, is_shared};
use crate::store::entity::sub_task;
use crate::store::sub_tasks::{self, Change, GuardedUpdate, Move, Taken};

/// Most sub-tasks read ahead at a time.
const MAX_AHEAD: usize = 32;

/// A sub-task that may be claimed, best first; none when there is none. Whoever gets it
/// [takes](take) it.
///
/// Read ahead for the whole batch: its commands were sent at the same time, so claiming before
/// whatever else is in it is as good an order as any.
///
/// Where other servers give them out, too, those are passed over that one of them is just writing
/// to. If there are no others, the error says that they are in others' hands: nothing to claim
/// would be a guess.
pub async fn next(tx: &Tx) -> Result<Option<sub_task::Model>, DbErr> {
    if let Some(next) = tx.read_ahead().pop_front() {
        return Ok(Some(next));
    }
    // Those that were given out are not asked for again.
    tx.hand_out().await?;
    let ahead = tx.commands.clamp(1, MAX_AHEAD);
    let fresh = sub_tasks::lock_best_claimable(tx, ahead as u64).await?;
    let is_contended = fresh.is_empty() && is_shared(tx.db().get_database_backend());
    if is_contended && sub_tasks::count_claimable(tx.db()).await? > 0 {
        return Err(in_others_hands());
    }
    let mut claimable = tx.read_ahead();
    claimable.extend(fresh);
    Ok(claimable.pop_front())
}

/// Takes one that is next: the answer is the row as it is then. It is written with the others
/// that the batch gives out.
pub fn take(tx: &Tx, next: sub_task::Model, moves: &[Move], changes: &[Change]) -> sub_task::Model {
    let was = next.status.0;
    let id = next.id.clone();
    let update = GuardedUpdate { id: &id, moves, guards: Vec::new(), changes };
    let row = update.applied_to(next, tx);
    tx.add_taken(Taken { was, row: row.clone() });
    row
}
