//! Stable error codes, the HTTP status and exit code each one has, and the error body.

use serde::{Deserialize, Serialize};

use crate::wire::NextStep;

/// What `moss` exits with. Stable: scripts and timers act on these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done; for `wake --gate`: there is work.
    Done = 0,
    /// A fault of ours: an unexpected answer, a bug.
    Fault = 1,
    /// Wrong usage.
    Usage = 2,
    /// Nothing to do.
    Nothing = 3,
    /// Not allowed: key missing, unknown, disabled, or the wrong role.
    NotAllowed = 4,
    /// No such thing.
    NotFound = 5,
    /// Conflict: lost the claim, illegal transition, not yours, stale attempt.
    Conflict = 6,
    /// The server cannot be reached, or kept answering 5xx.
    Unreachable = 7,
    /// Input refused, by the server or before it got there.
    Refused = 8,
    /// An update was refused or failed; the old binary still runs.
    Update = 9,
}

impl Exit {
    /// Every code with its meaning, in order, for help texts and documents.
    pub const ALL: &[(Self, &'static str)] = &[
        (Self::Done, "done (for wake: there is work)"),
        (Self::Fault, "a fault of ours: unexpected answer, bug"),
        (Self::Usage, "wrong usage"),
        (Self::Nothing, "nothing to do"),
        (Self::NotAllowed, "not allowed: key missing, unknown or disabled, wrong role"),
        (Self::NotFound, "not found"),
        (Self::Conflict, "conflict: lost the claim, illegal transition, not yours, stale attempt"),
        (Self::Unreachable, "the server cannot be reached or is failing"),
        (Self::Refused, "input refused"),
        (Self::Update, "update refused or failed"),
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// One table: code, its word, HTTP status, exit code.
macro_rules! error_codes {
    ($($(#[doc = $doc:literal])* $variant:ident $word:literal $status:literal $exit:ident;)+) => {
        /// What went wrong, in a word that does not change between releases.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[doc = $doc])* $variant),+ }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for ErrorCode {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::openapi::words(
                    "What went wrong, in a word that does not change between releases.",
                    &[$(($word, concat!("(", $status, ") ", $($doc),+))),+],
                )
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for ErrorCode {}

        impl ErrorCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The HTTP status it is sent with.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// What `moss` exits with.
            pub const fn exit(self) -> Exit {
                match self { $(Self::$variant => Exit::$exit),+ }
            }

            /// The code of a word, if this build knows it.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

error_codes! {
    /// The body is not JSON.
    BadJson "bad_json" 422 Refused;
    /// A field is missing, of the wrong type or over its limit.
    Invalid "invalid" 422 Refused;
    /// A value is none of the allowed ones.
    BadValue "bad_value" 400 Refused;
    /// The body is not UTF-8.
    BadEncoding "bad_encoding" 400 Refused;
    /// The body is over the limit.
    TooLarge "too_large" 413 Refused;
    /// The body ends too early, or is not sent as HTTP has it.
    BrokenBody "broken_body" 400 Refused;
    /// The header that says who is calling is absent.
    MissingCredentials "missing_credentials" 422 NotAllowed;
    /// The key is of no agent.
    UnknownKey "unknown_key" 401 NotAllowed;
    /// Only the agent's newest key may do this.
    NotCurrentKey "not_current_key" 403 NotAllowed;
    /// The agent is disabled.
    AgentDisabled "agent_disabled" 403 NotAllowed;
    /// The role may never do this.
    WrongRole "wrong_role" 403 NotAllowed;
    /// A reviewer who worked on it may not judge it (invariant 9).
    OwnWork "own_work" 403 NotAllowed;
    /// Registration is switched off.
    RegistrationClosed "registration_closed" 403 NotAllowed;
    /// The registration token is wrong, or no such invite exists.
    BadRegistrationToken "bad_registration_token" 403 NotAllowed;
    /// The invite has let in as many agents as it was for.
    InviteUsedUp "invite_used_up" 403 NotAllowed;
    /// The invite's time is over.
    InviteExpired "invite_expired" 403 NotAllowed;
    /// The invite is for another role.
    InviteWrongRole "invite_wrong_role" 403 NotAllowed;
    /// The admin session is absent, wrong or over.
    BadAdminSession "bad_admin_session" 403 NotAllowed;
    /// The password is wrong.
    WrongPassword "wrong_password" 403 NotAllowed;
    /// A page of another site sent it.
    CrossSite "cross_site" 403 NotAllowed;
    /// Set-up has been done already.
    AlreadyInitialized "already_initialized" 403 NotAllowed;
    /// It is for those who run the server.
    NotForStrangers "not_for_strangers" 403 NotAllowed;
    /// The feed is not public.
    FeedClosed "feed_closed" 403 NotAllowed;
    /// The one-time set-up token is absent or wrong.
    BadSetupToken "bad_setup_token" 403 NotAllowed;
    /// No such thing.
    NotFound "not_found" 404 NotFound;
    /// No such route.
    NoRoute "no_route" 404 NotFound;
    /// The route does not take this method.
    MethodNotAllowed "method_not_allowed" 405 Fault;
    /// Several ids begin so.
    AmbiguousId "ambiguous_id" 400 Refused;
    /// The name is in use.
    NameTaken "name_taken" 400 Refused;
    /// Somebody else holds it (invariant 1).
    AlreadyClaimed "already_claimed" 409 Conflict;
    /// The caller does not hold it (invariant 3).
    NotHolder "not_holder" 403 Conflict;
    /// A newer attempt exists than the one named (invariants 2 and 9).
    StaleAttempt "stale_attempt" 409 Conflict;
    /// The reviewer was not shown what the verdict would be on (invariant 9).
    NotShown "not_shown" 409 Conflict;
    /// The state machine has no such move (invariant 6).
    IllegalTransition "illegal_transition" 409 Conflict;
    /// This round has its verdict (invariant 5).
    AlreadyJudged "already_judged" 409 Conflict;
    /// What it depends on is not done.
    NotReady "not_ready" 409 Conflict;
    /// Its task is not open.
    TaskNotOpen "task_not_open" 409 Conflict;
    /// The task still has open sub-tasks.
    OpenSubTasks "open_sub_tasks" 409 Conflict;
    /// The lease cannot be extended past the attempt's maximum age (invariant 7).
    AttemptTooOld "attempt_too_old" 409 Conflict;
    /// The dependencies go round in a circle.
    DependencyCycle "dependency_cycle" 400 Refused;
    /// The idempotency key was used for another request (invariant 8).
    KeyReused "idempotency_key_reused" 409 Refused;
    /// Too many attempts; wait.
    Throttled "throttled" 429 Unreachable;
    /// One caller asked more than a minute allows.
    RateLimited "rate_limited" 429 Unreachable;
    /// The server is shutting down or overloaded; try again.
    Unavailable "unavailable" 503 Unreachable;
    /// The database cannot be written (disk full, read-only); nothing was changed.
    StorageFailed "storage_failed" 507 Unreachable;
    /// A bug in the server; nothing was changed.
    Internal "internal" 500 Fault;
    /// This server leaves that to another tool.
    Gone "gone" 410 NotFound;
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// The body of every error: the original's `detail`, and ours beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// A sentence, or the original's list of validation errors.
    pub detail: serde_json::Value,
    /// An [`ErrorCode`] word; the original sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ErrorCode>))]
    pub code: Option<String>,
    /// What to know or do, in words that are no command of ours; the original sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What to do next; the original sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
    /// What the server's log calls the request; the original sends none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn words_are_unique_and_round_trip() {
        let words: HashSet<_> = ErrorCode::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(words.len(), ErrorCode::ALL.len());
        for &code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_word(code.as_str()), Some(code));
            assert!((400..600).contains(&code.status()), "{code}");
        }
    }

    #[test]
    fn exits_are_numbered_in_order() {
        for (at, (exit, _)) in Exit::ALL.iter().enumerate() {
            assert_eq!(usize::from(exit.code()), at);
        }
    }
}
