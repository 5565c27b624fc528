//! The life of a sub-task, one transition a file: from the claim to the verdict.

pub mod block;
pub mod claim;
pub mod expire;
pub mod heartbeat;
pub mod review;
pub mod start;
pub mod submit;
pub(super) mod transition;
