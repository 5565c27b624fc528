//! What the server hands out as it is: the install script, releases, skills.

pub(super) mod install;
pub(super) mod original_client;
pub(super) mod pages;
mod releases;
mod skills;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of this folder.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .merge(install::routes())
        .merge(releases::routes())
        .merge(skills::routes())
        .merge(original_client::routes())
}
