//! Pages for people, in a browser: each a plain function from what a query has found to markup, one file
//! a page. The routes and queries of the admin API are the other dress of the same things.
//!
//! No page loads anything from elsewhere, none has a style or a script in its markup, and everything but
//! set-up works without a script.

mod assets;
mod components;
mod export;
mod failure;
mod forms;
mod language;
mod layout;
mod list;
mod live;
mod pages;
mod person;
mod viewer;

use std::sync::Arc;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::app::App;
use crate::http::PeoplesPages;

/// What a page may load and send, and who may show it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// All pages and what they load.
pub fn pages() -> PeoplesPages {
    PeoplesPages {
        all: dressed(
            pages::routes()
                .merge(pages::setup::routes())
                .merge(live::routes())
                .merge(assets::routes()),
        ),
        setup: dressed(pages::setup::routes().merge(assets::routes())),
    }
}

fn dressed(routes: Router<Arc<App>>) -> Router<Arc<App>> {
    let set = |name: HeaderName, value| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    routes
        .layer(set(CONTENT_SECURITY_POLICY, POLICY))
        .layer(set(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(REFERRER_POLICY, "same-origin"))
        // What a session saw is nobody else's, and is asked again after it has ended.
        .layer(set(CACHE_CONTROL, "no-store"))
}
