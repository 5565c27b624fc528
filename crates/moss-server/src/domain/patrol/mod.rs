//! What is amiss with the work and the team: rules find it, the server acts on it, patrol judges what
//! is left, and people are told.

pub mod anomalies;
mod policy;
pub mod records;
pub mod rules;
pub mod sweep;
pub mod watch;
