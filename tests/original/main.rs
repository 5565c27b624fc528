//! The real `moss` against the original's stand-in: what it does there through the old routes
//! alone, and what it says where they do not suffice.

mod dialect;
mod limits;
mod look_ups;
mod story;
mod switch;
mod team;
