//! One file a page, each with its routes.

mod agents;
mod home;
mod login;
mod look;
mod sub_tasks;
mod tasks;

use std::sync::Arc;

use axum::Router;

use crate::app::App;

/// The routes of all pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .merge(home::routes())
        .merge(login::routes())
        .merge(look::routes())
        .merge(tasks::routes())
        .merge(sub_tasks::routes())
        .merge(agents::routes())
}

/// Rows of one page of a list.
const ROWS: i64 = 50;

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
