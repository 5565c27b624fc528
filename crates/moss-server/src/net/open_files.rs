//! As many open files as connections need.

/// Files the server opens besides agents' connections: the database, its log, downloads, the connections
/// of people.
#[cfg(unix)]
const OTHERS: u64 = 384;

/// Raises the limit of open files as far as so many connections need and the system allows.
/// Answers how many connections fit.
#[cfg(unix)]
pub fn room_for(connections: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = connections as u64 + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.unwrap_or(u64::MAX);
    if current >= wanted {
        return connections;
    }
    let raised = wanted.min(limit.maximum.unwrap_or(u64::MAX));
    let new = Rlimit { current: Some(raised), maximum: limit.maximum };
    let have = if setrlimit(Resource::Nofile, new).is_ok() { raised } else { current };
    let fit = usize::try_from(have.saturating_sub(OTHERS).max(have / 2)).unwrap_or(connections);
    if fit < connections {
        tracing::warn!("{have} open files are allowed: {fit} connections at once are served");
    }
    fit.min(connections)
}

/// As many connections as asked for: the system has no such limit.
#[cfg(not(unix))]
pub fn room_for(connections: usize) -> usize {
    connections
}
