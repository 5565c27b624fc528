//! What pages load: each under a name that has the hash of what it says, so that a browser keeps it for
//! ever and never has an old one.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::get;

use crate::app::App;
use crate::security::secret::sha256_hex;

/// A file that is part of the program.
pub struct Asset {
    name: &'static str,
    ending: &'static str,
    content_type: &'static str,
    content: &'static str,
}

/// The one stylesheet.
pub static STYLE: LazyLock<Kept> = LazyLock::new(|| {
    Kept::new(Asset {
        name: "style",
        ending: "css",
        content_type: "text/css; charset=utf-8",
        content: include_str!("style.css"),
    })
});

/// What the set-up page does.
pub static SETUP: LazyLock<Kept> = LazyLock::new(|| {
    Kept::new(Asset {
        name: "setup",
        ending: "js",
        content_type: "text/javascript; charset=utf-8",
        content: include_str!("setup.js"),
    })
});

/// What keeps an open page as things are.
pub static LIVE: LazyLock<Kept> = LazyLock::new(|| {
    Kept::new(Asset {
        name: "live",
        ending: "js",
        content_type: "text/javascript; charset=utf-8",
        content: include_str!("live.js"),
    })
});

/// What a browser shows beside the title.
pub static ICON: LazyLock<Kept> = LazyLock::new(|| {
    Kept::new(Asset {
        name: "icon",
        ending: "svg",
        content_type: "image/svg+xml",
        content: include_str!("icon.svg"),
    })
});

/// An asset and its path.
pub struct Kept {
    asset: Asset,
    path: String,
}

impl Kept {
    fn new(asset: Asset) -> Self {
        let hash: String = sha256_hex(asset.content.as_bytes()).chars().take(12).collect();
        let path = format!("/web/{}-{hash}.{}", asset.name, asset.ending);
        Self { asset, path }
    }

    fn answer(&self) -> impl IntoResponse + use<> {
        let kept = "public, max-age=31536000, immutable";
        ([(CONTENT_TYPE, self.asset.content_type), (CACHE_CONTROL, kept)], self.asset.content)
    }

    /// Where it is served.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// The routes of all of them.
pub fn routes() -> Router<Arc<App>> {
    [&STYLE, &ICON, &SETUP, &LIVE].into_iter().fold(Router::new(), |router, kept| {
        let kept: &'static Kept = kept;
        router.route(kept.path(), get(async move || kept.answer()))
    })
}
