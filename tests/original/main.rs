//! The real `moss` against the original server: what it does there through the old routes alone,
//! and what it says where they do not suffice. The original is a stand-in of all its routes, or
//! answers what a test says.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod clock;
mod commands;
mod dialect;
mod hints;
mod holding;
mod ids;
mod limits;
mod look_ups;
mod old_dialect;
mod over;
mod story;
mod team;
