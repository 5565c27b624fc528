//! Taking over an installation of the original: its database, read and never written, becomes one of ours,
//! all of it or nothing.
//!
//! `source` reads the original's tables, `convert` makes our rows of them, `report` tells what did
//! not fit.

mod convert;
mod report;
mod source;
mod values;

use std::path::Path;

use jiff::tz::TimeZone;
use moss_api::Timestamp;

use crate::config::Address;
use crate::store::{MoveError, fill_new};

pub use report::{Report, Taken};
pub use source::{SourceError, is_original};

/// What is to be known besides the rows.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// When it is done.
    pub now: Timestamp,
    /// Where the original's local times are local.
    pub zone: TimeZone,
    /// How long whoever holds something has it from now on: the lease of the original's client.
    pub lease: std::time::Duration,
    /// How long an attempt may live.
    pub max_attempt: std::time::Duration,
    /// How long the planner has for what is blocked.
    pub planner: std::time::Duration,
}

/// Why nothing was taken over.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The original's database cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Ours cannot be written.
    #[error(transparent)]
    Target(#[from] MoveError),
}

/// Reads everything, and says what an import would make of it.
///
/// # Errors
/// When the original's database cannot be read.
pub fn dry_run(from: &Path, at: &Circumstances) -> Result<Report, ImportError> {
    Ok(convert::convert(source::read(from)?, at).1)
}

/// Takes everything over into a new database.
///
/// # Errors
/// When the original's database cannot be read, or ours not be written. Then ours is as it was.
pub async fn import(from: &Path, to: &Address, at: &Circumstances) -> Result<Report, ImportError> {
    let (rows, report) = convert::convert(source::read(from)?, at);
    Box::pin(fill_new(to, rows)).await?;
    Ok(report)
}
