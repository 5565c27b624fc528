//! Where releases come from, and getting them from there.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::time::Instant;

use moss_api::Exit;
use moss_api::release::{
    Asset, BadManifest, MANIFEST_NAME, MAX_ARCHIVE_BYTES, MAX_MANIFEST_BYTES, SignedManifest,
};
use reqwest::Url;
use sha2::{Digest, Sha256};

use crate::client::response::unreachable;
use crate::client::transport::{Lost, Redirects, Transport};
use crate::config::active::ActiveProfile;
use crate::config::env::{RELEASES_VARIABLE, variable};
use crate::config::flags::GlobalFlags;
use crate::config::tls_files::TlsFiles;
use crate::config::{self, Config};
use crate::error::{Error, Result};
use crate::hints;
use crate::render::progress;

use super::install_dir::cannot_write;
use super::{failed, keys};

/// A folder with a manifest and the archives it tells of.
#[derive(Debug)]
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
            return Self::at(manifest, &TlsFiles::given(global)?, redirects);
        }
        let Some(Config { server: mut manifest, tls, .. }) = Config::for_doctor(global, active)
        else {
            return Err(Error::usage("which server has the releases?").hint(format!(
                "run it in an agent's workspace, add --server URL, or set {RELEASES_VARIABLE}"
            )));
        };
        below(&mut manifest, &format!("releases/{MANIFEST_NAME}"));
        Self::at(manifest, &tls, Redirects::SameOrigin)
    }

    fn at(manifest: Url, tls: &TlsFiles, redirects: Redirects) -> Result<Self> {
        Ok(Self { transport: Transport::new(&manifest, tls)?, manifest, redirects })
    }

    /// What there is, as a release key has signed it. One request.
    ///
    /// # Errors
    /// When there is no answer, or it is no manifest of one of our keys.
    pub async fn manifest(&self, deadline: Instant) -> Result<SignedManifest> {
        let mut json = Vec::new();
        let take = |chunk: &[u8]| {
            json.extend_from_slice(chunk);
            if json.len() > MAX_MANIFEST_BYTES {
                return Err(self.bad_manifest(&BadManifest::too_large()));
            }
            Ok(())
        };
        let whom = self.manifest.host_str().unwrap_or_default();
        let status = progress::wait_for(whom, self.get(&self.manifest, deadline, take)).await?;
        match status {
            200 => SignedManifest::open(&json, &keys::keys()?).map_err(|e| self.bad_manifest(&e)),
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

    fn bad_manifest(&self, why: &BadManifest) -> Error {
        match why {
            BadManifest::Malformed(why) => {
                let why = crate::render::sanitize::line(&moss_api::clip(why, 200));
                let message = format!("{self} is no manifest of releases: {why}");
                failed("bad_manifest", message)
            }
            BadManifest::Unsigned => {
                let message = format!("no release key has signed {self}: it may be forged");
                failed("bad_signature", message)
            }
        }
        .hint("tell whoever runs the server; this moss goes on working")
    }

    /// Fetches an archive into a file, and checks that it is what the manifest says.
    ///
    /// # Errors
    /// When it is not, or does not arrive whole and in time, or cannot be written.
    pub async fn fetch(&self, asset: &Asset, to: &mut File, deadline: Instant) -> Result<()> {
        let (name, size) = (&asset.name, asset.size);
        if size > MAX_ARCHIVE_BYTES {
            let message = format!("{name} is {size} bytes large, more than {MAX_ARCHIVE_BYTES}");
            return Err(failed("too_large", message).hint("tell whoever made the release"));
        }
        let mut url = self.manifest.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop().push(asset.url.as_str());
        }
        let progress = progress::Download::of(size);
        let (mut hash, mut here) = (Sha256::new(), 0);
        let take = |chunk: &[u8]| {
            here += chunk.len() as u64;
            if here > size {
                return Err(damaged(format!("{name} is larger than the {size} bytes announced")));
            }
            hash.update(chunk);
            progress.show(here);
            to.write_all(chunk).map_err(|e| cannot_write(&e))
        };
        let status = self.get(&url, deadline, take).await.map_err(|error| {
            if error.exit() == Exit::Update { error } else { damaged(error.to_string()) }
        })?;
        if status != 200 {
            return Err(damaged(format!("{url} answers {status}")));
        }
        if here < size {
            return Err(damaged(format!("{name} ended after {here} of {size} bytes")));
        }
        if <[u8; 32]>::from(hash.finalize()) != asset.digest.0 {
            return Err(damaged(format!("the checksum of {name} is not the one announced")));
        }
        Ok(())
    }

    async fn get(
        &self,
        url: &Url,
        deadline: Instant,
        take: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<u16> {
        self.transport.download(url, self.redirects, deadline, take).await.map_err(
            |lost| match lost {
                Lost::Unsent(why) => unreachable(url, &format!("cannot be reached: {why}")),
                Lost::TimedOut => unreachable(url, "did not answer in time"),
                Lost::Unanswered(why) => damaged(format!("{url} broke off: {why}")),
                Lost::Unfit(error) if error.exit() == Exit::Update => error,
                Lost::Unfit(error) => failed("elsewhere", error.to_string())
                    .hint(format!("another place for releases: {RELEASES_VARIABLE}=URL")),
            },
        )
    }
}

/// The manifest's place.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.manifest.fmt(f)
    }
}

fn damaged(message: String) -> Error {
    failed("bad_download", message).hint(hints::UPDATE_AGAIN)
}

/// Adds to the path of a folder's URL.
fn below(url: &mut Url, path: &str) {
    url.set_path(&format!("{}/{path}", url.path().trim_end_matches('/')));
}
