//! The wire: one table of HTTP cases against the original's stand-in and against our server, and
//! `moss` against the stand-in.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod case;
mod cases;
mod on_original;
mod shape;
mod standin;
#[path = "../support/mod.rs"]
mod support;
mod surface;
mod world;
