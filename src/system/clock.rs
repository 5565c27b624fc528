//! The clock: what time this machine says it is.

use moss_api::Timestamp;

/// The current time, UTC. The start of 1970 when the machine's clock stands before it.
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let micros = since.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX));
    Timestamp::from_micros(micros)
}
