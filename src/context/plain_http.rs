//! The warning that keys cross a network in clear. It is said once for each server, since an agent
//! pays for every line; `moss doctor` says it always.

use reqwest::Url;

use crate::config::plain_http;
use crate::config::profile::ProfileDir;
use crate::hints;
use crate::render::out::note;

/// Warns of a server across a network without TLS, unless that has been said.
pub fn warn_once(server: &Url, folder: Option<&ProfileDir>) {
    if plain_http::is_exposed(server) && plain_http::is_news(server, folder) {
        note(&format!(
            "warning: keys and work go to {server} in clear, for everyone on the way to read; put \
             the server behind https, then: {}",
            hints::login_by_https(server.host_str().unwrap_or("HOST"))
        ));
    }
}
