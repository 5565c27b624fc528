//! What is only so of a database that is a server of its own: it may be away, and come back.

mod connect;
pub(super) mod error;
pub(super) mod open;
pub(super) mod pool;
mod reach;
mod schema;
