//! How long a holder keeps what it holds (invariant 7).

use std::time::Duration;

use moss_api::SubTask;

use crate::domain::rules::Dialect;
use crate::store::Tx;
use crate::store::entity::sub_task::Model;
use crate::store::sub_tasks::NewLease;

/// A lease that begins now, for a holder who speaks this dialect: the original's client knows none,
/// and calls only when it has something to say.
pub(in crate::domain) fn new_lease(tx: &Tx, dialect: Dialect) -> NewLease {
    let lengths = match dialect {
        Dialect::Moss => tx.timings.leases,
        Dialect::Original => tx.timings.leases.at_least(tx.timings.original_client_lease),
    };
    NewLease { from: tx.now, lengths, limit: tx.now + tx.timings.max_attempt_age }
}

/// Less than this part of a lease is little.
const LITTLE: u32 = 5;

/// Whether little is left of the lease of a row. One that a planner gave with the assignment has no
/// length: it is `assignment` long.
pub(in crate::domain) fn ends_soon(
    row: &Model,
    now: moss_api::Timestamp,
    assignment: Duration,
) -> bool {
    let length = match row.lease_length {
        Some(micros) => Duration::from_micros(micros.unsigned_abs()),
        None => assignment,
    };
    row.status.0.is_held() && row.lease_until.is_some_and(|until| until.0 < now + length / LITTLE)
}

/// As its holder is told: with the warning, if there is one.
pub(in crate::domain) fn to_holder(tx: &Tx, row: Model) -> SubTask {
    let lease_ends_soon = ends_soon(&row, tx.now, tx.timings.assignment_lease);
    SubTask { lease_ends_soon, ..row.into() }
}
