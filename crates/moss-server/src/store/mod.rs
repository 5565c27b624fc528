//! The database: entities, migrations, and queries.
//!
//! Guarantees, for everything above this module:
//! - a write that was answered is on disk (SQLite: WAL, `synchronous=FULL`; PostgreSQL:
//!   `synchronous_commit`; invariant 4);
//! - every state change is a guarded UPDATE whose `rows_affected` decides, never a read before a
//!   write, never RETURNING, so that the same queries serve PostgreSQL and MySQL;
//! - reads never wait for the writer and never write.
//!
//! A function here whose doc names no error fails only when the database does.

pub mod agent_hosts;
pub mod agent_keys;
pub mod agents;
pub mod anomalies;
pub mod attempts;
mod bounded;
pub mod claimable;
mod column;
mod database;
pub mod deliveries;
pub mod dependencies;
pub(crate) mod dialect;
pub mod entity;
pub mod events;
pub mod idempotency;
mod insert;
pub mod invites;
pub mod jobs;
pub mod judgements;
mod key_cache;
pub mod late_submissions;
pub mod leftovers;
pub mod listed;
pub mod logs;
pub mod looks;
mod migration;
mod moving;
pub mod notices;
pub mod offers;
mod open;
pub mod paging;
pub mod prompts;
pub mod rates;
mod reads;
pub mod recurrences;
mod remote;
pub mod request_log;
pub mod reviews;
mod rows;
pub mod rules;
pub mod sessions;
pub mod settings;
mod sqlite;
pub mod sub_tasks;
pub mod tasks;
pub mod time;
mod tx;
mod verify;
pub mod versions;

pub use bounded::Part;
pub use column::{At, Word};
pub use database::{Database, Transaction};
pub(crate) use key_cache::Keys;
pub use key_cache::{KEYS_ARE_BELIEVED_FOR, KeyOwner};
pub use migration::newer_schema;
pub use moving::{Doing, IMPORTED, MoveError, Moved, NewRows, Progress, fill_new, move_all};
pub use open::{Store, look};
pub(crate) use open::{look_into, open_current, open_whole};
pub use reads::Reads;
pub use remote::error::RemoteError;
/// How a question fails, and what it is asked of when it is of no whole rows.
pub use sea_orm::{ConnectionTrait, DbErr};
pub use sqlite::backup::backup;
pub(crate) use sqlite::checkpoint::LogLimit;
pub use sqlite::error::OpenError;
pub(crate) use sqlite::in_place::{FILE_GONE, InPlace, LOCK_GONE};
pub use sqlite::restore::{Restored, restore};
pub use tx::Tx;
pub use verify::{Finding, Verified, verify};

/// A fresh random id.
pub fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
