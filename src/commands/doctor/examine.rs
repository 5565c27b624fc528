//! What is right and what is wrong with an agent's set-up, and what mends it.

use crate::config::flags::GlobalFlags;

use super::report::Report;
use super::{host, local, server};

/// Looks at everything, in the order in which things depend on each other.
pub async fn examine(global: &GlobalFlags) -> Report {
    let mut report = Report::default();
    let active = local::profile(&mut report, global);
    let caller = local::key(&mut report, global);
    let ctx = server::examine(&mut report, global, caller, active.as_ref()).await;
    local::path(&mut report);
    if let Some(active) = &active {
        local::folder(&mut report, &active.folder);
    }
    if let Some(ctx) = &ctx {
        host::examine(&mut report, ctx).await;
    }
    report
}
