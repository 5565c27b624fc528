//! The rules of the work, without HTTP and without SQL.
//!
//! Each change is a [`crate::store::Command`]: a value that runs inside a transaction. Each look
//! is a function on the reading connections.

pub mod access;
mod actor;
mod error;
pub mod logs;
pub mod planning;
pub mod resolve;
pub mod rules;
pub mod scores;
pub mod wake;
pub mod work;

pub use actor::{ADMIN, Actor};
pub use error::Refusal;
