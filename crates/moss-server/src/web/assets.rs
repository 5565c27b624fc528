//! What pages load: each under a name that has the hash of what it says, so that a browser keeps it for
//! ever and never has an old one.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::app::App;
use crate::security::secret::sha256_hex;

/// The one stylesheet.
pub static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("style.css", include_str!("style.css")));
/// What the set-up page does.
pub static SETUP: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("setup.js", include_str!("setup.js")));
/// What keeps an open page as things are.
pub static LIVE: LazyLock<Asset> = LazyLock::new(|| Asset::new("live.js", include_str!("live.js")));
/// What keeps what is written until it was sent.
pub static DRAFTS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("drafts.js", include_str!("drafts.js")));
/// What keys do.
pub static KEYS: LazyLock<Asset> = LazyLock::new(|| Asset::new("keys.js", include_str!("keys.js")));
/// What a browser shows beside the title.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon.svg", include_str!("icon.svg")));

/// A file that is part of the program, and its path.
pub struct Asset {
    content_type: &'static str,
    content: &'static str,
    path: String,
}

impl Asset {
    fn new(file: &str, content: &'static str) -> Self {
        let (name, ending) = file.split_once('.').unwrap_or((file, ""));
        let content_type = match ending {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
        let hash: String = sha256_hex(content.as_bytes()).chars().take(12).collect();
        Self { content_type, content, path: format!("/web/{name}-{hash}.{ending}") }
    }

    fn answer(&self) -> impl IntoResponse + use<> {
        let kept = "public, max-age=31536000, immutable";
        ([(CONTENT_TYPE, self.content_type), (CACHE_CONTROL, kept)], self.content)
    }

    /// Where it is served.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// The routes of all of them.
pub fn routes() -> Router<Arc<App>> {
    [&STYLE, &ICON, &SETUP, &DRAFTS, &LIVE, &KEYS].into_iter().fold(
        Router::new(),
        |router, asset| {
            let asset: &'static Asset = asset;
            router.route(asset.path(), get(async move || asset.answer()))
        },
    )
}
