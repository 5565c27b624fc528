//! Work that comes again: when, and what is made for each round.

mod copy;
pub mod open;
pub mod schedule;
pub mod set;
