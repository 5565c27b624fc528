//! Getting an agent onto a host that wakes it on a timer.
//!
//! Everything here is done for a person, once, and can be done again: what is as it should be
//! stays, what is a person's own is kept, and when something fails the files are put back.

mod checks;
pub mod cron;
pub mod diff;
mod edits;
pub mod interval;
pub mod managed_file;
mod marked_block;
pub mod offboard;
pub mod openclaw;
mod report;
pub mod skill;
mod workspace;
mod workspace_files;

pub use checks::{Finding, examine};
pub use edits::{Edits, Wrote, read};
pub use openclaw::commands::agent_id;
pub use openclaw::{OpenClaw, Wish};
pub use workspace::Workspace;
