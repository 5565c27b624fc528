//! What the server hands out as it is: the install script, releases, skills.

pub(super) mod install;
mod releases;
mod skills;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

/// The routes of this folder.
pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().merge(install::routes()).merge(releases::routes()).merge(skills::routes())
}
