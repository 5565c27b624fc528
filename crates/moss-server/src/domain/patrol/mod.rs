//! What is amiss with the team, and who is told of it: once when it begins, once when it is over.

pub mod anomalies;
pub mod leave;
pub mod watch;
