//! Where a request comes from: the peer, or whom a trusted proxy names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

use crate::app::App;
use crate::config::network::Network;

/// Written by reverse proxies, each of which adds its own peer at the end.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of whoever sent a request to this server.
pub(in crate::http) fn address_of(
    app: &App,
    extensions: &Extensions,
    headers: &HeaderMap,
) -> IpAddr {
    app.read_config(|config| client_address(extensions, headers, &config.server.trusted_proxies))
}

/// The address of whoever sent a request. Only a trusted proxy's word is taken for another's
/// address; without a network it is the unspecified one.
fn client_address(extensions: &Extensions, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip());
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return peer;
    }
    let values: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
    let named = values.iter().rev().flat_map(|value| {
        value.to_str().unwrap_or_default().rsplit(',').map(|one| parse(one.trim()))
    });
    let mut client = peer;
    // From the nearest proxy on: what stands before the first one that is not trusted, anybody may
    // have written.
    for address in named.map_while(|address| address) {
        client = address;
        if !is_trusted(address) {
            break;
        }
    }
    client
}

/// An address, also as some proxies write it: with a port, or in brackets.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = || text.trim_start_matches('[').trim_end_matches(']').parse().ok();
    text.parse::<SocketAddr>().map(|address| address.ip()).ok().or_else(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        let trusted: Vec<Network> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        client_address(&extensions, &headers, &trusted).to_string()
    }

    #[test]
    fn nobody_but_a_trusted_proxy_is_believed() {
        assert_eq!(client("10.0.0.9", &["1.2.3.4"], &[]), "10.0.0.9");
        assert_eq!(client("10.0.0.9", &["1.2.3.4"], &["127.0.0.1"]), "10.0.0.9");
        assert_eq!(client("127.0.0.1", &["1.2.3.4"], &["127.0.0.1"]), "1.2.3.4");
        assert_eq!(client("127.0.0.1", &[], &["127.0.0.1"]), "127.0.0.1");
    }

    #[test]
    fn what_the_client_wrote_itself_is_not_believed() {
        let proxies = ["127.0.0.1", "10.0.0.0/8"];
        assert_eq!(client("127.0.0.1", &["9.9.9.9, 1.2.3.4, 10.0.0.2"], &proxies), "1.2.3.4");
        assert_eq!(client("127.0.0.1", &["9.9.9.9, 1.2.3.4", "10.0.0.2"], &proxies), "1.2.3.4");
        assert_eq!(client("127.0.0.1", &["9.9.9.9, junk, 10.0.0.2"], &proxies), "10.0.0.2");
        assert_eq!(client("127.0.0.1", &["junk"], &proxies), "127.0.0.1");
        assert_eq!(client("127.0.0.1", &["[2001:db8::1]:443"], &proxies), "2001:db8::1");
        assert_eq!(client("127.0.0.1", &["1.2.3.4:5"], &proxies), "1.2.3.4");
    }
}
