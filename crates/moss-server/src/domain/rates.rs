//! How much each caller asks of all servers on the database together.
//!
//! Each server counts by itself (`security/rates.rs`), and tells the others of those callers that ask
//! much. So a limit is exact on one server, and of several each may let in a second's requests too
//! many, until it has heard of the others'.

use std::collections::HashMap;

use moss_api::Timestamp;

use crate::config::Limits;
use crate::domain::queries::Db;
use crate::domain::{Command, Error};
use crate::security::rates::{Counted, Minute, Rates, minute_of};
use crate::store::{Tx, rates};

impl Limits {
    /// Requests of this caller in any minute; 0 for no limit.
    pub fn of(&self, who: &Counted) -> u32 {
        if who.is_address() { self.per_address } else { self.per_key }
    }
}

/// Tells the other servers what this one has let in.
pub struct TellRates {
    /// This server.
    pub server: String,
    /// When.
    pub minute: Minute,
    /// Of whom, and how many.
    pub counts: Vec<(String, u32)>,
}

impl TellRates {
    /// What there is to tell; none while nobody asks much.
    pub fn of(rates: &Rates, limits: &Limits, server: &str, now: Timestamp) -> Option<Self> {
        let counts = rates.to_tell(|who| limits.of(who), now);
        let counts: Vec<_> =
            counts.into_iter().map(|(who, count)| (who.as_str().to_owned(), count)).collect();
        let minute = minute_of(now);
        (!counts.is_empty()).then(|| Self { server: server.to_owned(), minute, counts })
    }
}

impl Command for TellRates {
    type Output = ();

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        Ok(rates::tell(tx, &self.server, self.minute, &self.counts).await?)
    }
}

/// Hears what the others have let in of callers that are known here.
///
/// # Errors
/// When the database fails.
pub async fn hear(db: &Db, of: &Rates, server: &str, now: Timestamp) -> Result<(), Error> {
    let mut sums: HashMap<(String, Minute), u32> = HashMap::new();
    for told in rates::of_others(db, server, minute_of(now) - 1).await? {
        let sum = sums.entry((told.caller, told.minute)).or_default();
        *sum = sum.saturating_add(u32::try_from(told.requests).unwrap_or(u32::MAX));
    }
    for ((caller, minute), sum) in sums {
        of.hear(Counted::told(caller), minute, sum);
    }
    Ok(())
}
