//! The steps of an update, in the order in which each is worth taking.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant};

use moss_api::release::{Asset, Version};

use crate::config::active::ActiveProfile;
use crate::config::env::{KEY_VARIABLE, variable};
use crate::config::flags::GlobalFlags;
use crate::error::Result;

use super::install_dir::{InstallDir, cannot_write, create};
use super::{Own, Seen, Source, archive, check_binary, keys, step, swap, trial_wake};

/// How long the slow steps may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Fetching the archive.
    pub fetch: Duration,
    /// The server's answer to a wake-up on trial.
    pub trial: Duration,
}

/// How it ended, when nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// The new program is in its place.
    Done,
    /// Another update is under way.
    Busy,
    /// Another update, or somebody, has replaced this program since it started.
    Already(Version),
}

/// Replaces the running program by `version`, with what was `seen` of releases on the disk first.
///
/// # Errors
/// At the first step that fails; the running program stays in its place.
pub async fn install(
    own: &Own,
    (version, asset): (Version, &Asset),
    (source, seen): (&Source, &mut Seen),
    global: &GlobalFlags,
    limits: Limits,
) -> Result<Installed> {
    let place = InstallDir::of(own);
    let Some(_lock) = place.lock()? else { return Ok(Installed::Busy) };
    if let Ok(there) = check_binary::version_of(&place.moss)
        && there != own.version
    {
        return Ok(Installed::Already(there));
    }
    seen.keep(&place)?;
    let job = Job { own, place: &place, version, asset, global, limits };
    let outcome = job.run(source).await;
    place.clear();
    outcome.map(|()| Installed::Done).inspect_err(|error| {
        // What a release key has signed will be no other at the next try.
        if matches!(error.code(), "not_working" | "bad_archive") {
            place.remember_bad(version);
        }
    })
}

struct Job<'a> {
    own: &'a Own,
    place: &'a InstallDir,
    version: Version,
    asset: &'a Asset,
    global: &'a GlobalFlags,
    limits: Limits,
}

impl Job<'_> {
    async fn run(&self, source: &Source) -> Result<()> {
        let (place, new) = (self.place, self.place.staged());
        self.unpack(source, &new).await?;
        step("unpacked");
        check_binary::prove(&new, &place.moss, self.version)?;
        step("proven");
        self.try_out(&new)?;
        step("tried");
        place.mark(self.version)?;
        step("marked");
        swap::put(place, &new).inspect_err(|_| {
            let _ = fs::remove_file(place.unproven());
        })?;
        place.forgive(self.version);
        Ok(())
    }

    /// Fetches the archive and takes the program out, if it is the one a release key has signed.
    async fn unpack(&self, source: &Source, new: &Path) -> Result<()> {
        let name = self.asset.name.as_str();
        let mut archive = create(&self.place.archive(), 0o600).map_err(|e| cannot_write(&e))?;
        source.fetch(self.asset, &mut archive, Instant::now() + self.limits.fetch).await?;
        step("fetched");
        keys::verify_archive(&mut archive, name)?;
        step("verified");
        let mut program = create(new, 0o700).map_err(|e| cannot_write(&e))?;
        archive::extract(&mut archive, name, &mut program)?;
        let old = fs::metadata(&self.place.moss).map_err(|e| cannot_write(&e))?;
        let made = alike(&program, &old).and_then(|()| program.sync_all());
        made.map_err(|e| cannot_write(&e))?;
        let _ = fs::remove_file(self.place.archive()); // nobody clears up after the last step
        Ok(())
    }

    /// The new program asks the server for work as a timer would. When it cannot and the old one
    /// can, it is the new one's fault.
    fn try_out(&self, new: &Path) -> Result<()> {
        let is_somebody =
            ActiveProfile::find(self.global)?.is_some() || variable(KEY_VARIABLE).is_some();
        let asks = self.global.key_file.as_deref().is_some_and(|path| path == Path::new("-"));
        if !is_somebody || asks {
            return Ok(());
        }
        let wake = |program| trial_wake::wake(program, self.global, self.limits.trial);
        match wake(new) {
            Err(why) if wake(&self.own.path).is_ok() => {
                Err(check_binary::broken(self.version, &format!("fails to wake up: it {why}")))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Who may run the old program may run the new one, and it belongs to the same user.
fn alike(program: &File, old: &fs::Metadata) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
        let new = program.metadata()?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            let _ = fchown(program, Some(old.uid()), Some(old.gid())); // only root may
        }
        let mode = old.permissions().mode() & 0o777 | 0o500;
        program.set_permissions(fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = (program, old);
    Ok(())
}
