//! What is amiss with the team: anomalies.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::vocabulary::wire_enum;

wire_enum! {
    /// What is amiss.
    pub enum AnomalyKind {
        /// An agent is woken by its timer and answers no packet.
        Ignored = "ignored",
        /// An agent comes with a key that is not let in.
        KeyRefused = "key_refused",
        /// An agent that had a timer is not heard from.
        Silent = "silent",
    }
}

wire_enum! {
    /// How bad it is.
    pub enum Severity {
        /// Work goes on, slower.
        Warning = "warning",
        /// Work that only this agent does stands still.
        Critical = "critical",
    }
}

/// One thing that is amiss: one for each kind and subject, opened again when it comes again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Anomaly {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// What is amiss.
    #[serde(rename = "type")]
    pub kind: OrUnknown<AnomalyKind>,
    /// With what: an agent's UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub subject: String,
    /// The subject's name.
    pub subject_name: String,
    /// How bad it is.
    pub severity: OrUnknown<Severity>,
    /// What was seen.
    pub detail: String,
    /// Since when.
    pub opened: Timestamp,
    /// Until when; absent while it is so.
    #[serde(default)]
    pub closed: Option<Timestamp>,
    /// How often it was opened.
    pub times: i64,
}
