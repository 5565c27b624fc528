//! Looking at what was handed in, and judging it.

use moss_api::placeholder::{WHAT_IS_WRONG, WHY};

/// What waits for a verdict.
pub const REVIEWS: &str = "moss review list";
/// What was handed in too late.
pub const LATE: &str = "moss review list --late";
/// After a verdict was not found.
pub const VERDICTS: &str = "moss review list --records";

/// What was handed in, as it is to be judged.
pub fn review_show(id: &str) -> String {
    format!("moss review show {id}")
}

/// The same, however much there is.
pub fn review_whole(id: &str) -> String {
    format!("{} --all", review_show(id))
}

/// The same with what a packet and a brief say already, for whoever has neither.
pub fn review_all(id: &str) -> String {
    format!("{}  # who, what was asked, scores", review_whole(id))
}

/// The two verdicts on an attempt. The original counts no attempts.
pub fn verdicts(id: &str, attempt: i64) -> [String; 2] {
    let attempt = if attempt > 0 { format!(" --attempt {attempt}") } else { String::new() };
    [
        format!("moss review approve {id}{attempt} --score 3-5 --comment \"{WHY}\""),
        format!("moss review reject {id}{attempt} --score 1-2 --issues \"{WHAT_IS_WRONG}\""),
    ]
}

/// The same, with what the scores mean.
pub fn scored_verdicts(id: &str, attempt: i64) -> [String; 2] {
    let [approve, reject] = verdicts(id, attempt);
    [format!("{approve}  # {GOOD}"), format!("{reject}  # {BAD}")]
}

/// What the scores of an approval mean. A command names several: the reviewer chooses.
pub const GOOD: &str = "5 better than asked, 4 as asked, 3 barely";
/// What the scores of a rejection mean.
pub const BAD: &str = "2 falls short, 1 not what was asked";

/// Takes a late submission.
pub fn adopt(id: &str) -> String {
    format!("moss review adopt {id}  # judge it as a new attempt")
}

/// Leaves a late submission.
pub fn dismiss(id: &str) -> String {
    format!("moss review dismiss {id}  # not wanted")
}
