//! The wire: one table of HTTP cases against the original's stand-in and against our server, and
//! `moss` on the day a project moves from one to the other.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod case;
mod cases;
mod shape;
mod surface;
mod switch;
mod world;
