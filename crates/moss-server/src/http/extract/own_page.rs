//! Whether a browser sent a request from a page of this server. What is no browser says nothing
//! of it, and passes.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};
use moss_api::ErrorCode;

use crate::app::App;
use crate::config::Server;
use crate::config::origin::Origin;
use crate::domain::Refusal;

/// How the page's site and the server's are to each other, as the browser sees it.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Refuses what a page of another site has sent, unless the configuration names that site.
///
/// A page is the server's own under that name, and under the address in the request as long as it
/// is an address: a name could be anybody's who lets it point here.
///
/// # Errors
/// [`ErrorCode::CrossSite`].
pub(in crate::http) fn must_be(headers: &HeaderMap, app: &App) -> Result<(), Refusal> {
    app.read_config(|config| must_be_of(headers, &config.server))
}

fn must_be_of(headers: &HeaderMap, server: &Server) -> Result<(), Refusal> {
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    if origin.and_then(Origin::of).is_some_and(|origin| server.cors_origins.contains(&origin)) {
        return Ok(());
    }
    judge(headers, &server.external_url, is_address)
}

/// The same before the server was set up, when nobody could have told it its name.
///
/// # Errors
/// [`ErrorCode::CrossSite`].
pub(in crate::http) fn must_be_whatever_the_name(headers: &HeaderMap) -> Result<(), Refusal> {
    judge(headers, "", |_| true)
}

fn judge(
    headers: &HeaderMap,
    external_url: &str,
    may_be_ours: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if !matches!(text(SEC_FETCH_SITE), None | Some("same-origin" | "none")) {
        return Err(refused());
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return Ok(()) };
    let host = text(header::HOST.as_str()).unwrap_or_default();
    let Some(origin) = Origin::of(origin) else { return Err(refused()) };
    let is_named = Origin::of(external_url).is_some_and(|ours| ours == origin);
    let authority = origin.authority();
    let is_asked = authority == host.to_ascii_lowercase() && may_be_ours(authority);
    if is_named || is_asked { Ok(()) } else { Err(refused()) }
}

/// Whether a host, perhaps with a port, is this machine or an address.
fn is_address(authority: &str) -> bool {
    let port = |c: char| c.is_ascii_digit();
    let host = authority.trim_end_matches(port).strip_suffix(':').unwrap_or(authority);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok()
}

fn refused() -> Refusal {
    let detail = "a page of another site sent this";
    Refusal::new(ErrorCode::CrossSite, detail)
        .hint("open the server at its own address; server.external_url says which name it has")
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "https://moss.example.com";

    fn passes(given: &[(&str, &str)]) -> bool {
        let named = Some("https://board.example.com".parse().unwrap());
        let server = Server {
            external_url: OURS.to_owned(),
            cors_origins: named.into_iter().collect(),
            ..Server::default()
        };
        must_be_of(&headers(given), &server).is_ok()
    }

    #[test]
    fn a_site_that_the_configuration_names_passes() {
        let page = |origin| [("origin", origin), ("host", "x"), ("sec-fetch-site", "cross-site")];
        assert!(passes(&page("https://board.example.com")));
        assert!(!passes(&page("http://board.example.com")));
        assert!(!passes(&page("https://board.example.com:8443")));
    }

    fn headers(given: &[(&str, &str)]) -> HeaderMap {
        given
            .iter()
            .map(|(name, value)| {
                (name.parse::<header::HeaderName>().unwrap(), value.parse().unwrap())
            })
            .collect()
    }

    #[test]
    fn what_is_no_browser_passes() {
        assert!(passes(&[]) && passes(&[("host", "127.0.0.1:6565")]));
    }

    #[test]
    fn the_servers_own_pages_pass() {
        for (origin, host) in [
            ("https://moss.example.com", "127.0.0.1:6565"),
            ("https://moss.example.com", "moss.example.com"),
            ("http://127.0.0.1:6565", "127.0.0.1:6565"),
            ("http://localhost:6565", "LOCALHOST:6565"),
            ("http://[::1]:6565", "[::1]:6565"),
            ("http://192.168.1.5", "192.168.1.5"),
        ] {
            let page = [("origin", origin), ("host", host), ("sec-fetch-site", "same-origin")];
            assert!(passes(&page), "{origin} {host}");
        }
    }

    #[test]
    fn other_sites_do_not() {
        let host = ("host", "127.0.0.1:6565");
        for site in ["cross-site", "same-site", "", "nonsense"] {
            assert!(!passes(&[host, ("sec-fetch-site", site)]), "{site}");
        }
        for origin in [
            "https://evil.example.com",
            "http://moss.example.com",
            "https://moss.example.com.evil.example.com",
            "http://127.0.0.1:8000",
            "http://192.168.1.66",
            "null",
            "",
            "file://",
        ] {
            assert!(!passes(&[host, ("origin", origin)]), "{origin}");
        }
    }

    #[test]
    fn a_name_that_was_pointed_here_is_not_ours() {
        let rebound = [
            ("origin", "http://evil.example.com:6565"),
            ("host", "evil.example.com:6565"),
            ("sec-fetch-site", "same-origin"),
        ];
        assert!(!passes(&rebound));
        assert!(must_be_whatever_the_name(&headers(&rebound)).is_ok());
    }
}
