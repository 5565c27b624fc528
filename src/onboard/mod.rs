//! Getting an agent onto a host that wakes it on a timer.
//!
//! Everything here is done for a person, once, and can be done again: what is as it should be
//! stays, what is a person's own is kept, and when something fails the files are put back.

mod bootstrap;
pub mod cron;
pub mod diff;
pub mod every;
mod examine;
mod files;
pub mod gate;
mod known;
pub mod managed;
mod markers;
mod openclaw;
mod plan;
pub mod prompt;
mod report;
mod site;
pub mod skill;
mod version;
mod write;

pub use examine::{Finding, examine};
pub use files::{Files, Wrote, read};
pub use openclaw::{OpenClaw, Wish};
pub use plan::agent_id;
pub use site::Site;
