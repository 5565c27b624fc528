//! Any call of a holder renews its leases (invariant 7), at the cost of one write in a while.

use std::time::Duration;

use moss_api::{MIN_LEASE_SECONDS, Timestamp};

use crate::domain::lately::Lately;
use crate::domain::queries::Db;
use crate::domain::{Command, Error};
use crate::store::{Tx, sub_tasks};

/// So long it is not asked again whether an agent's leases want renewing: a tenth of the shortest.
const PAUSE: Duration = Duration::from_secs(MIN_LEASE_SECONDS / 10);

/// When each agent's leases were looked at last.
pub struct Renewals {
    looked: Lately,
}

impl Default for Renewals {
    fn default() -> Self {
        Self { looked: Lately::new(PAUSE) }
    }
}

impl Renewals {
    /// Whether it is time to look whether this agent's leases want renewing.
    pub fn may_renew(&self, agent: &str, now: Timestamp) -> bool {
        self.looked.is_first(agent, now)
    }
}

/// Whether a call of the agent prolongs one of its leases.
pub async fn is_due(db: &Db, agent: &str, now: Timestamp) -> Result<bool, Error> {
    Ok(sub_tasks::holds_lease_to_renew(db, agent, now).await?)
}

/// Extends every lease of an agent: any call of a holder renews.
pub struct Renew {
    /// The holder's id.
    pub agent: String,
}

impl Command for Renew {
    type Output = ();

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        Ok(sub_tasks::renew(tx, &self.agent).await?)
    }
}
