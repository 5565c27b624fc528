//! What is only SQLite's: the file, its connections, its write-ahead log.

pub(super) mod checkpoint;
pub(super) mod connect;
pub(super) mod open;
