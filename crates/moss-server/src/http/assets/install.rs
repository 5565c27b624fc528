//! `install.sh`, which knows this server and the keys that releases are signed with.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::http::assets::releases::CHECK_EACH_TIME;
use crate::http::extract::caller::AnyCaller;
use crate::http::openapi::routes;
use crate::http::response::Result;
use crate::http::response::etag::{Tagged, etag};
use crate::releases::release_keys;

pub(super) fn routes() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(install_script))
}

const SCRIPT: &str = include_str!("../../../../../install.sh");

/// The command that installs `moss` from the server at `url`.
pub(in crate::http) fn one_liner(url: &str) -> String {
    format!("curl -fsSL {url}/install.sh | sh")
}

/// The script that installs `moss` from this server.
#[utoipa::path(
    get, path = "/install.sh", tag = "delivery",
    responses((status = 200, content_type = "text/plain", body = String, description = "A shell script."))
)]
async fn install_script(caller: AnyCaller) -> Result<Tagged<Response>> {
    let script = filled(&caller.app.url(), &keys());
    let tag = etag(&script);
    Ok(Tagged::new(&caller.headers, &tag, || {
        let kind = (header::CONTENT_TYPE, "text/plain; charset=utf-8");
        ([kind], [CHECK_EACH_TIME], script).into_response()
    }))
}

/// The public keys releases are signed with, separated by spaces.
fn keys() -> String {
    // Without any the script says so, and installs nothing.
    release_keys().map(|keys| keys.texts().collect::<Vec<_>>().join(" ")).unwrap_or_default()
}

/// The script with its marked lines, `NAME='' # filled in by moss-server`, filled in.
fn filled(server: &str, keys: &str) -> String {
    [("SERVER", server), ("KEYS", keys)].into_iter().fold(
        SCRIPT.to_owned(),
        |script, (name, value)| {
            let marked = format!("\n{name}='' # filled in by moss-server\n");
            script.replacen(&marked, &format!("\n{name}={}\n", quoted(value)), 1)
        },
    )
}

/// A word of a shell script that means exactly this text.
fn quoted(text: &str) -> Cow<'_, str> {
    shlex::try_quote(text).unwrap_or_default() // no URL or key has a NUL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marked_lines_are_filled_in_and_nothing_else() {
        let script = filled("https://a'b", "k1 k2");
        assert!(!script.contains("# filled in by moss-server"), "{script}");
        assert_eq!(script.matches("\nSERVER=\"https://a'b\"\n").count(), 1);
        assert_eq!(script.matches("\nKEYS='k1 k2'\n").count(), 1);
        let lines = |text: &str| text.lines().count();
        assert_eq!(lines(&script), lines(SCRIPT));
    }

    #[test]
    fn both_release_keys_are_keys() {
        for key in keys().split(' ') {
            let fits = |b: u8| b.is_ascii_alphanumeric() || b"+/=".contains(&b);
            assert!(key.len() == 44 && key.bytes().all(fits), "{key}");
        }
        assert_eq!(keys().split(' ').count(), 2);
    }
}
