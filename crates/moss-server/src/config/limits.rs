//! The section `limits`: how much one caller may ask.

use serde::{Deserialize, Serialize};

/// `limits`. Requests in any minute; 0 sets no limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Of one agent, or one session of the person in charge.
    pub per_key: u32,
    /// Of one address, whoever asks from there. The server's own machine has no limit.
    pub per_address: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { per_key: 1_200, per_address: 6_000 }
    }
}
