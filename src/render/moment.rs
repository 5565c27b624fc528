//! A moment in a line, as short as it can be.

use moss_api::Timestamp;

/// The time of day, or the whole time when that is another day than `from`.
pub fn until(at: Timestamp, from: Timestamp) -> String {
    if at.day() == from.day() { at.clock() } else { at.minute() }
}
