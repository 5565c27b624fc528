//! What is only so of a database that is a server of its own: it may be away, and come back.

mod connect;
mod connections;
pub(super) mod error;
pub(super) mod mysql;
pub(super) mod open;
pub(super) mod pool;
pub(super) mod postgres;
mod reach;
mod schema;
