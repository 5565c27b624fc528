//! An archive, fetched, verified and unpacked by `self_update`: over our own connection, within
//! our limits, in a folder beside the program.
//!
//! It installs the program where the next one is staged. What follows is ours alone: the program
//! proves itself, and the old one gets its second name before it loses the first.

use std::fs;
use std::sync::Arc;
use std::time::Instant;

use moss_api::release::{Asset, MAX_ARCHIVE_BYTES, Version};
use reqwest::Url;
use self_update::backends::custom::AsyncUpdate;
use self_update::{AsyncReleaseSource, Error as Trouble, Release, ReleaseAsset};

use crate::error::{Error, Result};
use crate::system::version::{PROGRAM, TARGET};

use super::fetch::{Source, damaged};
use super::install_dir::{InstallDir, cannot_write};
use super::limited_client::{LimitedClient, OwnError};
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
    let own_error = OwnError::default();
    let client = LimitedClient {
        source: source.clone(),
        name: name.clone(),
        size: asset.size,
        deadline,
        own_error: own_error.clone(),
    };
    let top = name.trim_end_matches(archive::SUFFIX);
    let (file, in_hook) = (name.clone(), own_error.clone());
    let update = AsyncUpdate::configure()
        .source(Chosen { version, asset: asset.clone(), url: source.url_of(asset) })
        .http_client_async(Arc::new(client))
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
    outcome.map_err(|trouble| own_error.take().unwrap_or_else(|| meaning(&trouble, &name)))
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

/// The release that we have chosen, as the only one there is.
struct Chosen {
    version: Version,
    asset: Asset,
    url: Url,
}

impl AsyncReleaseSource for Chosen {
    async fn get_releases(&self) -> self_update::Result<Vec<Release>> {
        let asset = ReleaseAsset::new(self.asset.name.to_string(), self.url.as_str());
        let asset = asset.with_digest(self.asset.digest.to_string());
        Release::builder().version(self.version.to_string()).asset(asset).build().map(|r| vec![r])
    }
}
