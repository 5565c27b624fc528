//! What is right and what is wrong with an agent's set-up, and what mends it.

use crate::cli::Global;

use super::report::Report;
use super::{host, local, server};

/// Looks at everything, in the order in which things depend on each other.
pub async fn examine(global: &Global) -> Report {
    let mut report = Report::default();
    let home = local::profile(&mut report, global);
    let caller = local::key(&mut report, global);
    let profile = home.as_ref().map(|home| &home.profile);
    let ctx = server::examine(&mut report, global, caller, profile).await;
    local::path(&mut report);
    if let Some(home) = &home {
        local::folder(&mut report, &home.folder);
    }
    if let Some(ctx) = &ctx {
        host::examine(&mut report, ctx).await;
    }
    report
}
