//! One file a page, each with its routes.

mod agents;
mod bulk;
mod feed;
mod home;
pub mod login;
mod logs;
mod look;
mod numbers;
mod patrol;
mod prompts;
mod reviews;
mod rules;
mod scores;
mod search;
mod settings;
pub mod setup;
mod sub_tasks;
mod system;
mod system_look;
mod tasks;
mod versions;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

/// The routes of all pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(agents::routes())
        .merge(feed::routes())
        .merge(home::routes())
        .merge(login::routes())
        .merge(logs::routes())
        .merge(look::routes())
        .merge(numbers::routes())
        .merge(patrol::routes())
        .merge(prompts::routes())
        .merge(reviews::routes())
        .merge(rules::routes())
        .merge(scores::routes())
        .merge(search::routes())
        .merge(settings::routes())
        .merge(sub_tasks::routes())
        .merge(system::routes())
        .merge(system_look::routes())
        .merge(tasks::routes())
}

/// An address of this server, and of no other: what a page is asked to lead back to.
fn here_only(path: &str) -> &str {
    let is_here = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if is_here && path.bytes().all(|byte| byte.is_ascii_graphic()) { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::here_only;

    #[test]
    fn nothing_leads_elsewhere() {
        assert_eq!(here_only("/tasks?page=2"), "/tasks?page=2");
        for elsewhere in ["", "//evil.example", "https://evil.example", "/\\evil", "/a\nb", "a"] {
            assert_eq!(here_only(elsewhere), "/", "{elsewhere}");
        }
    }
}
