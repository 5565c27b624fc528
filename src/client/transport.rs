//! One HTTP exchange, with limits. Knows nothing of what is said in it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use moss_api::{DEVICE_COOKIE, MAX_ANSWER_BYTES, NEXT_OFFSET_HEADER, Timestamp, VERSION_HEADER};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};
use rustls::{AlertDescription, CertificateError};

use crate::config::plain_http::is_loopback;
use crate::config::tls_files::TlsFiles;
use crate::error::{Error, Result};
use crate::hints;
use crate::system::clock;

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Most redirects followed.
const MAX_REDIRECTS: usize = 3;

/// Where a redirect may lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// Within the same origin: for everything that carries a key or is believed.
    SameOrigin,
    /// Anywhere by https: for public files that are checked when they are here.
    AnyHttps,
}

impl Redirects {
    fn allow(self, from: &Url, to: &Url) -> bool {
        match self {
            Self::SameOrigin => to.origin() == from.origin(),
            Self::AnyHttps => to.scheme() == "https" && from.scheme() == "https",
        }
    }
}

/// Something to send. The same one can be sent again.
#[derive(Clone, Debug)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// With what.
    pub headers: HeaderMap,
    /// JSON.
    pub body: Option<Vec<u8>>,
}

/// What came back, whatever its status.
#[derive(Debug)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Whether it carries our server's version header.
    pub moss: bool,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
    /// When it was sent by the server's clock; by ours where no `Date` says so.
    pub date: Timestamp,
    /// So many rows are in it, and there are more; said of lists without pages alone.
    pub cut_after: Option<u64>,
    /// What to send at the next login, so that it waits for nobody else's guesses.
    pub device_mark: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Debug)]
pub enum Lost {
    /// No connection: nothing was sent.
    Unsent(String),
    /// It was sent, perhaps only in part, and no whole answer came.
    Unanswered(String),
    /// Time ran out, sent or not.
    TimedOut,
    /// The answer is one nobody should read: too large, or it leads elsewhere.
    Unfit(Error),
}

/// Connections to one server.
#[derive(Debug)]
pub struct Transport {
    http: reqwest::Client,
}

impl Transport {
    /// For `server`. TLS roots are only loaded when the URL is https: a timer's `moss wake` on
    /// loopback must not pay for them.
    ///
    /// # Errors
    /// When TLS cannot be set up, for want of a file among others.
    pub fn new(server: &Url, files: &TlsFiles) -> Result<Self> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("moss/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(Policy::none())
            .referer(false)
            .http1_only()
            .dns_resolver(LoopbackFirst)
            .tls_backend_preconfigured(tls((server.scheme() == "https").then_some(files))?);
        if is_loopback(server) {
            builder = builder.no_proxy();
        }
        match builder.build() {
            Ok(http) => Ok(Self { http }),
            Err(e) => Err(Error::local(format!("cannot set up HTTP: {}", root(&e)))),
        }
    }

    /// Sends and reads, until `deadline`.
    ///
    /// # Errors
    /// [`Lost`], which says whether the server can have seen it.
    pub async fn exchange(&self, request: &Request, deadline: Instant) -> Result<Response, Lost> {
        let answer = async { read(self.follow(request, Redirects::SameOrigin).await?).await };
        within(deadline, answer).await
    }

    /// Reads a public file piece by piece, without a key. Returns the status; what comes with
    /// another one than 200 is not read. Whoever takes the pieces says when it is too much.
    ///
    /// # Errors
    /// [`Lost`]; [`Lost::Unfit`] with the error of `take`.
    pub async fn download(
        &self,
        url: &Url,
        redirects: Redirects,
        deadline: Instant,
        mut take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<u16, Lost> {
        let request = Request {
            method: Method::GET,
            url: url.clone(),
            headers: HeaderMap::new(),
            body: None,
        };
        let whole = async {
            let mut response = self.follow(&request, redirects).await?;
            let status = response.status().as_u16();
            while status == 200
                && let Some(chunk) = response.chunk().await.map_err(|e| lost(&e))?
            {
                take(&chunk).map_err(Lost::Unfit)?;
            }
            Ok(status)
        };
        within(deadline, whole).await
    }

    pub(super) async fn follow(
        &self,
        request: &Request,
        redirects: Redirects,
    ) -> Result<reqwest::Response, Lost> {
        let mut url = request.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut builder = self
                .http
                .request(request.method.clone(), url.clone())
                .headers(request.headers.clone());
            if let Some(body) = &request.body {
                builder = builder.body(body.clone());
            }
            let response = builder.send().await.map_err(|e| lost(&e))?;
            match redirect(&response, request, &url, redirects)? {
                Some(next) => url = next,
                None => return Ok(response),
            }
        }
        Err(Lost::Unfit(not_moss(&request.url, "it redirects in a circle")))
    }
}

async fn within<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, Lost>>,
) -> Result<T, Lost> {
    let left = deadline.saturating_duration_since(Instant::now());
    match tokio::time::timeout(left, work).await {
        Ok(result) => result,
        Err(_) => Err(Lost::TimedOut),
    }
}

/// The answer of something that is no moss server.
pub fn not_moss(url: &Url, why: &str) -> Error {
    let mut base = url.clone();
    base.set_query(None);
    Error::new(
        moss_api::Exit::Fault,
        "not_moss",
        format!("{base} does not look like a moss server: {why}"),
    )
    .hint(hints::WHICH_SERVER)
}

/// Where to go on, when the answer is a redirect that keeps the request what it is: the key
/// never leaves for another origin, and a write is never turned into a read.
fn redirect(
    response: &reqwest::Response,
    request: &Request,
    url: &Url,
    redirects: Redirects,
) -> Result<Option<Url>, Lost> {
    let status = response.status().as_u16();
    let keeps_method = matches!(status, 307 | 308);
    if !keeps_method && !matches!(status, 301..=303) {
        return Ok(None);
    }
    let next = response
        .headers()
        .get(LOCATION)
        .and_then(|l| l.to_str().ok())
        .and_then(|l| url.join(l).ok());
    match next {
        Some(next)
            if redirects.allow(url, &next) && (keeps_method || request.method == Method::GET) =>
        {
            Ok(Some(next))
        }
        Some(next) => {
            let to = moss_api::clip(next.as_str(), 120);
            Err(Lost::Unfit(not_moss(&request.url, &format!("it redirects to {to}"))))
        }
        None => Err(Lost::Unfit(not_moss(&request.url, "it redirects to nowhere"))),
    }
}

pub(super) async fn read(mut response: reqwest::Response) -> Result<Response, Lost> {
    let url = response.url().clone();
    let status = response.status().as_u16();
    let headers = response.headers();
    let moss = headers.contains_key(VERSION_HEADER);
    let retry_after = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let date = headers
        .get(DATE)
        .and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok())
        .map_or_else(clock::now, clock::moment);
    let cut_after =
        headers.get(NEXT_OFFSET_HEADER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let device_mark = headers.get_all(SET_COOKIE).iter().find_map(|value| {
        let (name, rest) = value.to_str().ok()?.split_once('=')?;
        let mark = rest.split(';').next().filter(|_| name == DEVICE_COOKIE)?;
        Some(mark.to_owned())
    });
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| lost(&e))? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            let why = format!("its answer is larger than {MAX_ANSWER_BYTES} bytes");
            return Err(Lost::Unfit(not_moss(&url, &why)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, moss, retry_after, date, cut_after, device_mark, body })
}

fn lost(error: &reqwest::Error) -> Lost {
    if let Some(distrust) = distrust(error) {
        Lost::Unfit(distrust)
    } else if error.is_connect() {
        Lost::Unsent(root(error))
    } else if error.is_timeout() {
        Lost::TimedOut
    } else {
        Lost::Unanswered(root(error))
    }
}

/// Whether one side does not take the other for whom it should be: then nothing has been sent, and
/// asking again changes nothing.
fn distrust(error: &reqwest::Error) -> Option<Error> {
    let mut cause: &dyn std::error::Error = error;
    let tls = loop {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            break tls;
        }
        // What an I/O error is about is not what it calls its source.
        let about = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match about {
            Some(about) => about,
            None => cause.source()?,
        };
    };
    let server = error.url().map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    let untrusted = |message: String| Error::new(moss_api::Exit::Unreachable, "untrusted", message);
    if let rustls::Error::InvalidCertificate(why) = tls {
        let certificate = format!("certificate of {server}");
        return Some(if *why == CertificateError::UnknownIssuer {
            untrusted(format!("nobody known vouches for the {certificate}"))
                .hint(hints::NEEDS_CA_FILE)
        } else {
            untrusted(format!("the {certificate} cannot be trusted: {why}"))
                .hint(hints::ASK_OPERATOR)
        });
    }
    let wants_ours = matches!(
        tls,
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
                | AlertDescription::CertificateUnknown
                | AlertDescription::BadCertificate
                | AlertDescription::UnknownCA,
        )
    );
    wants_ours.then(|| {
        untrusted(format!("{server} lets in only who shows a certificate it trusts"))
            .hint(hints::NEEDS_CLIENT_CERT)
    })
}

/// The innermost cause: `Connection refused`, not the four layers around it. Never with the URL.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn tls(files: Option<&TlsFiles>) -> Result<rustls::ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let (roots, shown) = match files {
        Some(files) => (files.authorities()?, files.shown()?),
        None => (rustls::RootCertStore::empty(), None),
    };
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::local(format!("cannot set up TLS: {e}")))?;
    let builder = builder.with_root_certificates(roots);
    let mut config = match (files, shown) {
        (Some(files), Some((chain, key))) => {
            builder.with_client_auth_cert(chain, key).map_err(|error| files.mismatch(&error))?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

/// Knows `localhost` by itself (RFC 6761), so that a loopback call starts no resolver thread.
/// Addresses never get here.
struct LoopbackFirst;

impl Resolve for LoopbackFirst {
    fn resolve(&self, name: Name) -> Resolving {
        if name.as_str() == "localhost" {
            let both = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            let addresses: Addrs = Box::new(both.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            return Box::pin(std::future::ready(Ok(addresses)));
        }
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Addrs = Box::new(found.collect::<Vec<_>>().into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_lead_where_they_may() {
        for (from, to, same_origin, any_https) in [
            ("https://a/x", "https://a/y", true, true),
            ("https://a/x", "https://b/x", false, true),
            ("https://a/x", "https://a:444/x", false, true),
            ("https://a/x", "http://a/x", false, false),
            ("http://a/x", "https://a/x", false, false),
            ("http://a/x", "http://a/y", true, false),
        ] {
            let (from, to) = (Url::parse(from).unwrap(), Url::parse(to).unwrap());
            assert_eq!(Redirects::SameOrigin.allow(&from, &to), same_origin, "{from} {to}");
            assert_eq!(Redirects::AnyHttps.allow(&from, &to), any_https, "{from} {to}");
        }
    }
}
