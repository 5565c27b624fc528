//! The life of a sub-task, one transition a file: from the claim to the verdict.

pub mod block;
pub mod claim;
pub mod expire;
pub mod fail;
pub mod heartbeat;
pub(super) mod lease;
pub mod look;
pub mod release;
pub mod renewal;
pub(super) mod requirement;
pub mod review;
pub mod session;
pub mod start;
pub mod submit;
pub(super) mod transition;
