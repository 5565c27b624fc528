//! Who a key belongs to, as the server says.

use moss_api::Timestamp;
use serde::{Deserialize, Serialize};

/// An agent, as it sees itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Identity {
    /// UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its role's word; `?` when the server does not tell.
    pub role: String,
    /// Its score.
    pub total_score: i64,
    /// When the key ends, once it has been replaced.
    #[serde(default)]
    pub key_ends_at: Option<Timestamp>,
}
