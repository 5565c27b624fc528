//! How an agent is woken: where, how often, and by which `moss`.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::vocabulary::wire_enum;

wire_enum! {
    /// What wakes an agent.
    pub enum HostKind {
        /// OpenClaw's timer.
        OpenClaw = "openclaw",
        /// A crontab.
        Cron = "cron",
    }
}

/// What `moss onboard` told of an agent last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentHost {
    /// What wakes it.
    pub kind: OrUnknown<HostKind>,
    /// The version of `moss` that put it there.
    pub moss: String,
    /// SHA-256 of its skill's text, hexadecimal.
    pub skill: String,
    /// How often is looked for work, in seconds.
    pub every_seconds: i64,
    /// When this was told.
    pub reported_at: Timestamp,
}
