//! The life of a sub-task, one transition a file: from the claim to the verdict.

pub mod block;
pub mod claim;
pub mod expire;
pub mod fail;
pub mod heartbeat;
pub mod late;
pub(super) mod lease;
pub mod look;
pub mod release;
pub mod renewal;
pub(super) mod requirement;
pub mod review;
pub mod session;
pub mod start;
pub(super) mod step_up;
pub mod submit;
pub(super) mod transition;
