//! Posts to webhooks. Goes to addresses of the public internet and to networks that the configuration
//! allows, follows no redirect, and waits for nobody for long.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, Url};
use rustls::{ClientConfig, RootCertStore};

use crate::config::network::Network;
use crate::domain::webhooks::Failure;
use crate::net::public_address::is_public;

/// Longest wait for a connection, and for the whole of an answer's head.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(10);

/// What a message says of itself, besides its text.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// The receiver knows by it what it was sent before.
    pub id: String,
    /// Seconds since the epoch when it was sent.
    pub seconds: i64,
    /// See [`crate::security::webhook_signature`].
    pub signature: String,
}

/// Connections to webhooks.
pub struct WebhookClient {
    http: Client,
    guard: Guard,
}

/// What may be connected to.
#[derive(Clone)]
struct Guard(Arc<[Network]>);

/// An address that is not connected to.
#[derive(Debug)]
struct Refused(IpAddr);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(address) = self;
        write!(f, "{address} is not public; webhooks.allowed_networks in config.yaml may allow it")
    }
}

impl std::error::Error for Refused {}

impl Guard {
    fn check(&self, address: IpAddr) -> Result<(), Refused> {
        let is_allowed = self.0.iter().any(|network| network.contains(address));
        if is_allowed || is_public(address) { Ok(()) } else { Err(Refused(address)) }
    }
}

impl Resolve for Guard {
    /// Only what may be connected to: whatever a name is said to be the next moment, it is these
    /// addresses that are used.
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let (mut addresses, mut refused) = (Vec::<SocketAddr>::new(), None);
            for address in tokio::net::lookup_host((name.as_str(), 0)).await? {
                match guard.check(address.ip()) {
                    Ok(()) => addresses.push(address),
                    Err(no) => refused = Some(no),
                }
            }
            match refused {
                Some(no) if addresses.is_empty() => Err(no.into()),
                _ => Ok(Box::new(addresses.into_iter()) as Addrs),
            }
        })
    }
}

impl WebhookClient {
    /// One that may also connect to these networks.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(allowed_networks: &[Network]) -> anyhow::Result<Self> {
        let guard = Guard(allowed_networks.into());
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let tls =
            ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()?
                .with_root_certificates(roots)
                .with_no_client_auth();
        let http = Client::builder()
            .user_agent(concat!("moss-server/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(Policy::none())
            .referer(false)
            .http1_only()
            // A proxy would connect to whatever it is told.
            .no_proxy()
            .pool_max_idle_per_host(0)
            .dns_resolver(guard.clone())
            .tls_backend_preconfigured(tls)
            .build()?;
        Ok(Self { http, guard })
    }

    /// Posts a message once. Of the answer only the head is read.
    ///
    /// # Errors
    /// Whatever comes back but success, and when nothing does.
    pub async fn post(&self, url: &Url, stamp: &Stamp, body: Vec<u8>) -> Result<(), Failure> {
        // An address in the URL is not looked up.
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        if let Ok(address) = host.parse::<IpAddr>() {
            self.guard.check(address).map_err(|no| failure(no.to_string()))?;
        }
        let request = self
            .http
            .post(url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &stamp.id)
            .header("webhook-timestamp", stamp.seconds)
            .header("webhook-signature", &stamp.signature)
            .body(body);
        let answer = request.send().await.map_err(|error| failure(why(&error)))?;
        if answer.status().is_success() { Ok(()) } else { Err(refusal(&answer)) }
    }
}

fn failure(problem: String) -> Failure {
    Failure { problem, retry_after: None, is_gone: false }
}

fn refusal(answer: &Response) -> Failure {
    let status = answer.status();
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let problem = if status.is_redirection() && header(LOCATION).is_some() {
        format!("it answers {} and leads elsewhere, which is not followed", status.as_u16())
    } else {
        format!("it answers {}", status.as_u16())
    };
    let seconds = header(RETRY_AFTER).and_then(|text| text.trim().parse().ok());
    Failure {
        problem,
        retry_after: seconds.map(Duration::from_secs),
        is_gone: status == StatusCode::GONE,
    }
}

/// The innermost cause: the outer ones repeat the URL.
fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("it did not answer within {} s", TIMEOUT.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
