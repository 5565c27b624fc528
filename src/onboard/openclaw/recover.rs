//! What OpenClaw itself tells of an agent whose `.moss/openclaw.json` is damaged or gone.

use std::path::Path;
use std::time::Duration;

use crate::error::Result;
use crate::onboard::openclaw::commands;
use crate::onboard::openclaw::job::Job;
use crate::onboard::openclaw::state::{HostAgent, Record};

/// An agent that works in a folder.
pub struct Found {
    /// What the file would say, as far as OpenClaw knows it.
    pub record: Record,
    /// Whether a timer of moss wakes it.
    pub has_timer: bool,
}

/// The agent in this workspace; none when OpenClaw has none there.
///
/// # Errors
/// When OpenClaw does not say.
pub fn found(workspace: &Path, limit: Duration) -> Result<Option<Found>> {
    let agents = HostAgent::all(limit)?;
    let here = agents.iter().find(|agent| agent.is_in(workspace));
    let Some(agent) = here.and_then(|agent| commands::agent_id(&agent.id).ok()) else {
        return Ok(None);
    };
    let key = commands::declaration(&agent);
    let job = Job::all(limit)?.into_iter().find(|job| job.declaration_key == key);
    let every = job.as_ref().and_then(|job| job.schedule.every());
    let record = Record {
        agent,
        every: every.map(|every| every.to_string()).unwrap_or_default(),
        heard: job.as_ref().is_some_and(|job| job.delivery.is_heard()),
        ..Record::default()
    };
    Ok(Some(Found { record, has_timer: job.is_some() }))
}
