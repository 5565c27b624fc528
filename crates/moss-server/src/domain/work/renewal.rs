//! Any call of a holder renews its leases (invariant 7), at the cost of one write in a while.

use std::time::Duration;

use moss_api::Timestamp;

use crate::domain::lately::Lately;
use crate::domain::queries::Db;
use crate::domain::{Command, Error};
use crate::store::{Tx, sub_tasks};

/// A lease is renewed by a call of its holder once this part of it is used up, so that a busy
/// holder costs one write in a while and not one a call.
const RENEW_AFTER_PART: u32 = 10;

/// When each agent's leases were looked at last.
pub struct Renewals {
    lease: Duration,
    pause: Duration,
    looked: Lately,
}

impl Renewals {
    /// For leases of this length.
    pub fn new(lease: Duration) -> Self {
        let pause = lease / RENEW_AFTER_PART;
        Self { lease, pause, looked: Lately::new(pause) }
    }

    /// Whether it is time to look whether this agent's leases want renewing; asks at most once
    /// in a tenth of a lease. The answer is the end before which a lease wants renewing.
    pub fn may_renew(&self, agent: &str, now: Timestamp) -> Option<Timestamp> {
        self.looked.is_first(agent, now).then(|| now + (self.lease - self.pause))
    }
}

/// Whether the agent holds a lease that ends before `soon`.
pub async fn is_due(db: &Db, agent: &str, soon: Timestamp) -> Result<bool, Error> {
    Ok(sub_tasks::holds_lease_before(db, agent, soon).await?)
}

/// Extends every lease of an agent: any call of a holder renews.
pub struct Renew {
    /// The holder's id.
    pub agent: String,
}

impl Command for Renew {
    type Output = ();

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        Ok(sub_tasks::renew(tx, &self.agent, tx.now + tx.timings.lease).await?)
    }
}
