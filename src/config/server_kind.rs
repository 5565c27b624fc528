//! Which server this is: ours, or the original.

use moss_api::{Health, SERVER_NAME};
use serde::{Deserialize, Serialize};

/// What answers at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServerKind {
    /// `moss-server`: every answer carries its version header.
    Moss,
    /// The original OpenMOSS: part A of the wire, nothing else.
    OpenMoss,
}

impl ServerKind {
    /// What a server says of itself.
    pub fn of(health: &Health) -> Self {
        match health.server.as_deref() {
            Some(SERVER_NAME) => Self::Moss,
            Some(_) | None => Self::OpenMoss,
        }
    }
}
