//! What the server posts to webhooks by itself.

use serde::{Deserialize, Serialize};

use crate::lenient::OrUnknown;
use crate::time::Timestamp;
use crate::vocabulary::wire_enum;

wire_enum! {
    /// How far a notice is on its way to a webhook.
    pub enum DeliveryState {
        /// It will be posted, for the first time or again.
        Pending = "pending",
        /// It arrived.
        Delivered = "delivered",
        /// It was given up.
        Dead = "dead",
    }
}

/// A notice on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// UUID.
    #[cfg_attr(feature = "openapi", schema(format = "uuid"))]
    pub id: String,
    /// What is to be delivered. The receiver is sent it as `webhook-id`.
    pub notice_id: String,
    /// Where to: scheme, host and port, since the rest may be secret.
    pub webhook: String,
    /// How far it is.
    pub state: OrUnknown<DeliveryState>,
    /// When the notice came to be.
    pub at: Timestamp,
    /// So many tries there were.
    pub tries: i64,
    /// When the next is due.
    pub next_at: Option<Timestamp>,
    /// What came of the last try that failed.
    pub problem: Option<String>,
    /// When it was delivered, or given up.
    pub ended_at: Option<Timestamp>,
}

/// What came of a test of one webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookTest {
    /// Scheme, host and port.
    pub webhook: String,
    /// Whether it arrived.
    pub arrived: bool,
    /// Why not.
    pub problem: Option<String>,
}
