//! The section `server`: where it listens, by what it is reached, and whom it believes.

use std::net::IpAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::config::network::Network;
use crate::config::origin::Origin;
use crate::config::sections::{is_empty, nothing};

/// `server`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// TCP port; 0 takes a free one.
    pub port: u16,
    /// Address to bind.
    #[serde(deserialize_with = "nothing::host")]
    pub host: IpAddr,
    /// How agents reach the server, if not at the address bound.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "nothing::external_url")]
    pub external_url: String,
    /// Whose word on where a request comes from is believed: reverse proxies that write
    /// `X-Forwarded-For`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<Network>,
    /// Whoever has it may read `/metrics` from other machines; empty for nobody.
    #[serde(skip_serializing_if = "String::is_empty", deserialize_with = "nothing::metrics_token")]
    pub metrics_token: String,
    /// Whose pages may ask from a browser, beside those of the server itself: each like
    /// `https://board.example.com`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cors_origins: Vec<Origin>,
    /// What it serves TLS with; without it, it serves plain HTTP.
    #[serde(skip_serializing_if = "ServerTls::is_off")]
    pub tls: ServerTls,
}

/// `server.tls`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerTls {
    /// The certificates it shows, its own first: PEM.
    #[serde(skip_serializing_if = "is_empty")]
    pub cert: PathBuf,
    /// Its private key: PEM.
    #[serde(skip_serializing_if = "is_empty")]
    pub key: PathBuf,
    /// Whose certificates clients must show; without it they need none.
    #[serde(skip_serializing_if = "is_empty")]
    pub client_ca: PathBuf,
}

impl ServerTls {
    /// Whether plain HTTP is served.
    pub fn is_off(&self) -> bool {
        self == &Self::default()
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            port: 6565,
            host: IpAddr::from([127, 0, 0, 1]),
            external_url: String::new(),
            trusted_proxies: Vec::new(),
            metrics_token: String::new(),
            cors_origins: Vec::new(),
            tls: ServerTls::default(),
        }
    }
}
