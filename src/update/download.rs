//! An archive, fetched, verified and unpacked by `self_update`: over our own connection, within
//! our limits, in a folder beside the program.
//!
//! It installs the program where the next one is staged. What follows is ours alone: the program
//! proves itself, and the old one gets its second name before it loses the first.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use moss_api::release::{Asset, MAX_ARCHIVE_BYTES, Version};
use reqwest::Url;
use reqwest::header::HeaderMap;
use self_update::backends::custom::AsyncUpdate;
use self_update::http_client::{AsyncHttpClient, AsyncHttpResponse};
use self_update::{AsyncReleaseSource, Error as Trouble, Release, ReleaseAsset};

use crate::client::transport::Download;
use crate::error::{Error, Result};
use crate::render::progress;
use crate::system::version::{PROGRAM, TARGET};

use super::fetch::{Source, damaged, told};
use super::install_dir::{InstallDir, cannot_write};
use super::{archive, failed, keys, step};

/// Puts the program of an archive where the next one is staged, if the archive is the one a
/// release key has signed.
///
/// # Errors
/// When it is not, holds anything but a release, does not arrive whole and in time, or cannot be
/// written.
pub async fn download(
    source: &Source,
    (version, asset): (Version, &Asset),
    dir: &InstallDir,
    deadline: Instant,
) -> Result<()> {
    let name = asset.name.to_string();
    if asset.size > MAX_ARCHIVE_BYTES {
        let message =
            format!("{name} is {} bytes large, more than {MAX_ARCHIVE_BYTES}", asset.size);
        return Err(failed("too_large", message).hint("tell whoever made the release"));
    }
    let folder = dir.download();
    fs::create_dir(&folder).map_err(|e| cannot_write(&e))?;
    // Fails when it was overridden before, which only an earlier update of this process can have.
    let _ = tempfile::env::override_temp_dir(&folder);
    let ours = Ours::default();
    let fetch = Fetch {
        source: source.clone(),
        name: name.clone(),
        size: asset.size,
        deadline,
        ours: ours.clone(),
    };
    let top = name.trim_end_matches(archive::SUFFIX);
    let (file, in_hook) = (name.clone(), ours.clone());
    let update = AsyncUpdate::configure()
        .source(Only { version, asset: asset.clone(), url: source.url_of(asset) })
        .http_client_async(Arc::new(fetch))
        .target(TARGET)
        .current_version(version.to_string())
        .release_tag(version.to_string())
        .bin_name(PROGRAM)
        .bin_path_in_archive(archive::program_in(top))
        .bin_install_path(dir.staged())
        .verifying_keys(keys::keys()?.iter().map(|key| key.to_bytes()).collect::<Vec<_>>())
        .verify_archive(move |path| {
            step("verified");
            archive::check(path, &file).map_err(|error| in_hook.keep(error))
        })
        .show_output(false)
        .no_confirm(true)
        .build_async();
    let outcome = match update {
        Ok(update) => update.update_extended_async().await.map(|_| ()),
        Err(trouble) => Err(trouble),
    };
    let _ = fs::remove_dir_all(&folder); // nobody clears up after the last step
    outcome.map_err(|trouble| ours.take().unwrap_or_else(|| meaning(&trouble, &name)))
}

/// What an error of `self_update` means.
fn meaning(trouble: &Trouble, name: &str) -> Error {
    if matches!(trouble, Trouble::ChecksumMismatch { .. }) {
        return damaged(format!("the checksum of {name} is not the one announced"));
    }
    if matches!(trouble, Trouble::Signature(_) | Trouble::NoSignatures(_)) {
        return keys::unsigned(name);
    }
    // That the disk is full, not what was being done to which file.
    let mut cause: &dyn std::error::Error = trouble;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cannot_write(cause)
}

/// An error of ours on its way through `self_update`, which knows only its own.
#[derive(Clone, Default)]
struct Ours(Arc<Mutex<Option<Error>>>);

impl Ours {
    fn keep(&self, error: Error) -> Trouble {
        let trouble = Trouble::Io(std::io::Error::other(error.to_string()));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        trouble
    }

    fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The release that we have chosen, as the only one there is.
struct Only {
    version: Version,
    asset: Asset,
    url: Url,
}

impl AsyncReleaseSource for Only {
    async fn get_releases(&self) -> self_update::Result<Vec<Release>> {
        let asset = ReleaseAsset::new(self.asset.name.to_string(), self.url.as_str());
        let asset = asset.with_digest(self.asset.digest.to_string());
        Release::builder().version(self.version.to_string()).asset(asset).build().map(|r| vec![r])
    }
}

/// Our own connection, which keeps time, size and where a redirect may lead.
struct Fetch {
    source: Source,
    name: String,
    size: u64,
    deadline: Instant,
    ours: Ours,
}

impl Fetch {
    async fn open(&self, url: &str) -> Result<Arriving> {
        let url = Url::parse(url).map_err(|e| damaged(format!("{url}: {e}")))?;
        let answer = self.source.open(&url, self.deadline).await.map_err(in_transit)?;
        match answer.status() {
            200 => Ok(Arriving {
                answer,
                name: self.name.clone(),
                size: self.size,
                here: 0,
                progress: progress::Download::of(self.size),
                ours: self.ours.clone(),
            }),
            status => Err(damaged(format!("{url} answers {status}"))),
        }
    }
}

impl AsyncHttpClient for Fetch {
    fn get<'a>(
        &'a self,
        url: &'a str,
        _headers: &'a HeaderMap,
        _timeout: Option<Duration>,
    ) -> BoxFuture<'a, self_update::Result<Box<dyn AsyncHttpResponse>>> {
        Box::pin(async move {
            let arriving = self.open(url).await.map_err(|error| self.ours.keep(error))?;
            Ok(Box::new(arriving) as Box<dyn AsyncHttpResponse>)
        })
    }
}

/// An archive of which some is here.
struct Arriving {
    answer: Download,
    name: String,
    size: u64,
    here: u64,
    progress: progress::Download,
    ours: Ours,
}

impl Arriving {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let (name, size) = (&self.name, self.size);
        let Some(chunk) =
            self.answer.next().await.map_err(|l| in_transit(told(self.answer.url(), l)))?
        else {
            step("fetched");
            return match self.here {
                here if here < size => {
                    Err(damaged(format!("{name} ended after {here} of {size} bytes")))
                }
                _ => Ok(None),
            };
        };
        self.here += chunk.len() as u64;
        if self.here > size {
            return Err(damaged(format!("{name} is larger than the {size} bytes announced")));
        }
        self.progress.show(self.here);
        Ok(Some(chunk))
    }
}

impl AsyncHttpResponse for Arriving {
    fn headers(&self) -> &HeaderMap {
        self.answer.headers()
    }

    fn text(self: Box<Self>) -> BoxFuture<'static, self_update::Result<String>> {
        Box::pin(async { Err(Trouble::Io(std::io::Error::other("an archive is no text"))) })
    }

    fn bytes_stream(self: Box<Self>) -> BoxStream<'static, self_update::Result<Bytes>> {
        stream::try_unfold(self, |mut arriving| async move {
            let chunk = arriving.next().await.map_err(|error| arriving.ours.keep(error))?;
            Ok(chunk.map(|chunk| (chunk, arriving)))
        })
        .boxed()
    }
}

/// Whatever keeps an archive from arriving is tried again another time.
fn in_transit(error: Error) -> Error {
    if error.exit() == moss_api::Exit::Update { error } else { damaged(error.to_string()) }
}
