//! The routes of the contract, one file a resource.

pub(super) mod agents;
pub(super) mod docs;
mod events;
mod feed;
mod health;
pub(super) mod invites;
mod late_submissions;
mod leftovers;
mod logs;
mod me;
mod metrics;
mod notices;
mod patrol;
mod plans;
mod questions;
mod recurring;
mod reference;
mod reviews;
mod rules;
mod scores;
pub(super) mod setup;
mod sub_tasks;
mod tasks;
mod wake;
mod web_ui;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of this folder.
pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new()
        .merge(agents::routes())
        .merge(docs::routes())
        .merge(events::routes())
        .merge(feed::routes())
        .merge(health::routes())
        .merge(invites::routes())
        .merge(late_submissions::routes())
        .merge(leftovers::routes())
        .merge(questions::routes())
        .merge(logs::routes())
        .merge(me::routes())
        .merge(metrics::routes())
        .merge(notices::routes())
        .merge(patrol::routes())
        .merge(plans::routes())
        .merge(recurring::routes())
        .merge(reference::routes())
        .merge(reviews::routes())
        .merge(rules::routes())
        .merge(scores::routes())
        .merge(setup::routes())
        .merge(sub_tasks::routes())
        .merge(tasks::routes())
        .merge(wake::routes())
        .merge(web_ui::routes())
}
