//! What is only SQLite's: the file, its connections, its write-ahead log.

pub(super) mod backup;
pub(super) mod checkpoint;
pub(super) mod connect;
mod connections;
pub(super) mod database;
pub(super) mod error;
pub(super) mod in_place;
mod lock;
pub(super) mod open;
pub(super) mod restore;
mod schema;
mod stamp;
mod values;
