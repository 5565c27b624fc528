//! The rules of the work, without HTTP and without SQL.
//!
//! Each change is a [`Command`]: a value that runs inside a transaction. What is only read is
//! asked of the reading connections: see [`queries`].

pub mod access;
mod actor;
mod command;
pub mod days;
mod error;
pub mod jobs;
pub mod lately;
pub mod logs;
pub mod names;
pub mod offers;
pub mod outbox;
pub mod patrol;
pub mod planning;
pub mod prompts;
pub mod queries;
pub mod rates;
pub mod readiness;
pub mod recurring;
pub mod resolve;
pub mod retention;
pub mod rules;
pub mod scores;
pub mod settings;
pub mod stream;
pub mod time;
pub mod versions;
pub mod wake;
pub mod webhooks;
pub mod work;

pub use actor::{ADMIN, Actor, must_be_active};
pub use command::Command;
pub use error::{Error, Refusal};
