//! Which servers are asked in clear across a network, and whether the user has been told.

use std::net::IpAddr;
use std::path::Path;

use reqwest::Url;

use crate::config::profile::ProfileDir;
use crate::config::profiles::Profiles;
use crate::system::files;

/// Most servers that are remembered in a place.
const MAX_REMEMBERED: usize = 100;

/// Whether the server is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// Whether everyone on the way can read what is sent there.
pub fn is_exposed(url: &Url) -> bool {
    url.scheme() == "http" && !is_loopback(url)
}

/// Whether this is the first time somebody is to be told that a server is asked in clear: it is
/// remembered beside the profile, else for the user. Where nothing can be written, it always is.
pub fn is_news(server: &Url, folder: Option<&ProfileDir>) -> bool {
    let user = Profiles::of_user().map(|profiles| profiles.plain_http_path());
    let places = folder.map(ProfileDir::plain_http_path).into_iter().chain(user);
    let places: Vec<_> = places.collect();
    if places.iter().any(|place| remembered(place).iter().any(|known| known == server.as_str())) {
        return false;
    }
    let _ = places.iter().any(|place| remember(place, server));
    true
}

fn remembered(place: &Path) -> Vec<String> {
    let text = files::read(place).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Whether it could be.
fn remember(place: &Path, server: &Url) -> bool {
    let mut servers = remembered(place);
    servers.truncate(MAX_REMEMBERED);
    servers.insert(0, server.to_string());
    let text = servers.join("\n") + "\n";
    place.parent().is_some_and(|folder| files::make_private_folder(folder).is_ok())
        && files::replace(place, &text).is_ok()
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::is_exposed;

    #[test]
    fn https_and_this_machine_are_not_exposed() {
        for safe in [
            "https://moss.example",
            "http://localhost:1",
            "http://127.9.9.9",
            "http://[::1]",
            "http://[::ffff:127.0.0.1]",
        ] {
            assert!(!is_exposed(&Url::parse(safe).unwrap()), "{safe}");
        }
        for exposed in ["http://moss", "http://10.0.0.1:6565", "http://localhost.example"] {
            assert!(is_exposed(&Url::parse(exposed).unwrap()), "{exposed}");
        }
    }
}
