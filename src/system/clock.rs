//! The clock: what time this machine says it is.

use std::time::{SystemTime, UNIX_EPOCH};

use moss_api::Timestamp;

/// The current time, UTC. The start of 1970 when the machine's clock stands before it.
pub fn now() -> Timestamp {
    moment(SystemTime::now())
}

/// The same moment, to the microsecond; the start of 1970 for one before it.
pub fn moment(time: SystemTime) -> Timestamp {
    let since = time.duration_since(UNIX_EPOCH);
    let micros = since.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX));
    Timestamp::from_micros(micros)
}
