//! Where releases come from, and getting them from there.

use std::time::Instant;

use moss_api::release::{Asset, MANIFEST_NAME, MAX_MANIFEST_BYTES, Manifest};
use reqwest::Url;

use crate::client::response::unreachable;
use crate::client::transport::{Download, Lost, Redirects, Transport};
use crate::config::active::ActiveProfile;
use crate::config::env::{RELEASES_VARIABLE, variable};
use crate::config::flags::GlobalFlags;
use crate::config::{self, Config};
use crate::error::{Error, Result};
use crate::hints;
use crate::render::progress;

use super::failed;

/// A folder with a manifest and the archives it tells of.
#[derive(Clone, Debug)]
pub struct Source {
    transport: Transport,
    manifest: Url,
    redirects: Redirects,
}

impl Source {
    /// What the environment or the profile names, else the server's own.
    ///
    /// # Errors
    /// When nothing names any, or what does is no URL.
    pub fn find(global: &GlobalFlags, active: Option<&ActiveProfile>) -> Result<Self> {
        let named =
            variable(RELEASES_VARIABLE).or_else(|| active.and_then(|h| h.profile.releases.clone()));
        if let Some(named) = named {
            let folder = named.trim_end_matches(MANIFEST_NAME);
            let mut manifest = config::parse_server(folder)?;
            below(&mut manifest, MANIFEST_NAME);
            // A GitHub release answers from elsewhere; the signature decides what that is worth.
            let redirects = match manifest.scheme() {
                "https" => Redirects::AnyHttps,
                _ => Redirects::SameOrigin,
            };
            return Self::at(manifest, redirects);
        }
        let Some(Config { server: mut manifest, .. }) =
            Config::for_doctor(global, active.map(|active| &active.profile))
        else {
            return Err(Error::usage("which server has the releases?").hint(format!(
                "run it in an agent's workspace, add --server URL, or set {RELEASES_VARIABLE}"
            )));
        };
        below(&mut manifest, &format!("releases/{MANIFEST_NAME}"));
        Self::at(manifest, Redirects::SameOrigin)
    }

    fn at(manifest: Url, redirects: Redirects) -> Result<Self> {
        Ok(Self { transport: Transport::new(&manifest)?, manifest, redirects })
    }

    /// What there is. One request.
    ///
    /// # Errors
    /// When there is no answer, or it is no manifest.
    pub async fn manifest(&self, deadline: Instant) -> Result<Manifest> {
        let url = &self.manifest;
        let mut answer = self.open(url, deadline).await?;
        let mut json = Vec::new();
        let status = answer.status();
        while status == 200
            && let Some(chunk) = answer.next().await.map_err(|lost| told(url, lost))?
        {
            json.extend_from_slice(&chunk);
            if json.len() > MAX_MANIFEST_BYTES {
                let why = format!("it is larger than {MAX_MANIFEST_BYTES} bytes");
                return Err(self.bad_manifest(&why));
            }
        }
        match status {
            200 => Manifest::parse(&json).map_err(|e| self.bad_manifest(&e.to_string())),
            404 => Err(failed(
                "no_releases",
                format!("there are no releases at {}", self.manifest),
            )
            .hint(format!(
                "whoever runs the server puts them there; another place: {RELEASES_VARIABLE}=URL"
            ))),
            _ => Err(unreachable(&self.manifest, &format!("answers {status}"))),
        }
    }

    fn bad_manifest(&self, why: &str) -> Error {
        failed("bad_manifest", format!("{} is no manifest of releases: {why}", self.manifest))
            .hint("tell whoever runs the server; this moss goes on working")
    }

    /// Where an archive is: beside the manifest.
    pub fn url_of(&self, asset: &Asset) -> Url {
        let mut url = self.manifest.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop().push(asset.url.as_str());
        }
        url
    }

    /// Begins to read a file, until `deadline`.
    ///
    /// # Errors
    /// When there is no answer, or it leads elsewhere.
    pub async fn open(&self, url: &Url, deadline: Instant) -> Result<Download> {
        let answer = self.transport.download(url, self.redirects, deadline);
        let whom = url.host_str().unwrap_or_default();
        progress::wait_for(whom, answer).await.map_err(|lost| told(url, lost))
    }
}

/// Why there is nothing from `url`.
pub fn told(url: &Url, lost: Lost) -> Error {
    match lost {
        Lost::Unsent(why) => unreachable(url, &format!("cannot be reached: {why}")),
        Lost::TimedOut => unreachable(url, "did not answer in time"),
        Lost::Unanswered(why) => damaged(format!("{url} broke off: {why}")),
        Lost::Unfit(error) => failed("elsewhere", error.to_string())
            .hint(format!("another place for releases: {RELEASES_VARIABLE}=URL")),
    }
}

/// What is here is not what was announced.
pub fn damaged(message: String) -> Error {
    failed("bad_download", message).hint(hints::UPDATE_AGAIN)
}

/// Adds to the path of a folder's URL.
fn below(url: &mut Url, path: &str) {
    url.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
}
