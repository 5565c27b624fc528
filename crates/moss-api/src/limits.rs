//! The limits of the wire, each with its unit. Both sides read them here.

/// Largest request body, in bytes; more is 413.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
/// Largest answer in JSON, in bytes: a client reads no more of it. Releases are no JSON.
pub const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// Largest request body of a caller nobody knows, in bytes; more is 413. Registration, login, set-up.
pub const MAX_STRANGER_BODY_BYTES: usize = 8 * 1024;
/// Deepest nesting of a request body; more is 422.
pub const MAX_BODY_DEPTH: usize = 32;
/// Most values in a request body, however nested; more is 413.
pub const MAX_BODY_VALUES: usize = 100_000;
/// Longest name, in characters.
pub const MAX_NAME_CHARS: usize = 200;
/// Longest agent name, in characters.
pub const MAX_AGENT_NAME_CHARS: usize = 64;
/// Longest free text field, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
/// Longest activity log summary, in bytes.
pub const MAX_SUMMARY_BYTES: usize = 16 * 1024;
/// Longest session id, idempotency key or plan key, in characters.
pub const MAX_TOKEN_CHARS: usize = 200;
/// Most artifacts in one submit.
pub const MAX_ARTIFACTS: usize = 200;
/// Most modules and sub-tasks together in one plan.
pub const MAX_PLAN_ITEMS: usize = 2_000;
/// Most sub-tasks one sub-task may wait for.
pub const MAX_DEPENDENCIES: usize = 200;
/// Rows in a page when the caller names no size.
pub const DEFAULT_PAGE_SIZE: i64 = 50;
/// Most rows in a page the caller sizes. A page has fewer when its rows are so long that they would
/// not fit into an answer, and says so by its size.
pub const MAX_PAGE_SIZE: i64 = 100;
/// Most rows when the caller asks for everything with `page_size=0`.
pub const MAX_UNPAGED_ROWS: i64 = 1_000;
/// Largest score change by hand, either way.
pub const MAX_SCORE_DELTA: i64 = 1_000_000;
/// How long a sub-task may stand still before it is stuck, in minutes, where nobody says.
pub const STUCK_MINUTES: u32 = 60;
/// How many packets a timer's agent may leave unanswered, where nobody says.
pub const UNANSWERED_PACKETS: u32 = 6;
/// How far a count of claimable work goes before it says "more than".
pub const CLAIMABLE_COUNT_CAP: u64 = 50;
/// Most agents one invite lets in.
pub const MAX_INVITE_USES: i64 = 1_000;
/// Seldom enough for any timer: seconds between two looks for work, at most.
pub const MAX_RHYTHM_SECONDS: i64 = 7 * 24 * 60 * 60;
/// Shortest life of an invite, in seconds.
pub const MIN_INVITE_SECONDS: i64 = 60;
/// Longest life of an invite, in seconds: 30 days.
pub const MAX_INVITE_SECONDS: i64 = 30 * 24 * 60 * 60;
/// Life of an invite when nobody says, in seconds: an hour.
pub const DEFAULT_INVITE_SECONDS: i64 = 60 * 60;
/// Most characters a command prints unless asked for all; hosts cut tool results at 16,000.
pub const MAX_OUTPUT_CHARS: usize = 12_000;

/// How many days back the activity log is shown at most; what is older is asked for in vain.
pub const MAX_LOG_DAYS: i64 = 60;

/// Most entries of the activity log in one answer.
pub const MAX_LOG_ENTRIES: i64 = 500;
