//! Whether a profile can be believed: only where nobody else could have written it. Whoever
//! writes a profile decides which server an agent obeys.

use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::path::Path;

use moss_api::Exit;

use crate::error::{Error, Result};
use crate::hints;
use crate::system::files;
use crate::system::shell::quoted;

/// The word for a profile of another user, which says nothing to us.
const FOREIGN_PROFILE: &str = "foreign_profile";
/// The word for a profile that this user may not read.
const CLOSED_PROFILE: &str = "closed_profile";

/// Whether a profile says nothing to this user, who needs none to work with another server and key.
pub fn is_out_of_reach(error: &Error) -> bool {
    matches!(error.code(), FOREIGN_PROFILE | CLOSED_PROFILE)
}

/// Makes sure that a profile's folder is one, and that only its owner can change what is in it.
/// A folder that is not there is fine.
///
/// # Errors
/// When it is a symbolic link, another user's, or open to others.
pub fn check_folder(path: &Path) -> Result<()> {
    let Ok(meta) = path.symlink_metadata() else { return Ok(()) };
    if meta.is_symlink() {
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let message = format!("{} is a symbolic link, which leads anywhere", files::shown(path));
        let hint = format!("name the folder itself: --profile {}", shell_path(&real));
        return Err(unsafe_profile(message).hint(hint));
    }
    check(path, &meta)?;
    // Any name would do: what counts is whether one can be looked up.
    ensure_open(path, path.join(".").symlink_metadata())
}

/// The same for a folder of the user's configuration, which the user may have linked elsewhere.
///
/// # Errors
/// When it is another user's, or open to others.
pub fn check_place(path: &Path) -> Result<()> {
    path.canonicalize().map_or(Ok(()), |place| check_folder(&place))
}

/// The same for the profile in it.
///
/// # Errors
/// When it is no plain file, another user's, or can be changed by others.
pub fn check_file(path: &Path) -> Result<()> {
    let Ok(meta) = path.symlink_metadata() else { return Ok(()) };
    if !meta.is_file() {
        let message = format!("{} is a symbolic link or no file", files::shown(path));
        return Err(unsafe_profile(message).hint(hints::NO_PROFILE_FILE));
    }
    check(path, &meta)?;
    ensure_open(path, File::open(path))
}

/// Makes sure that a folder of the user's own is not closed to it. One that is not there is fine.
///
/// # Errors
/// When it is.
pub fn check_open(path: &Path) -> Result<()> {
    let Ok(place) = path.canonicalize() else { return Ok(()) };
    ensure_open(&place, place.join(".").symlink_metadata())?;
    ensure_open(&place, std::fs::read_dir(&place))
}

/// Makes sure that what was tried was not forbidden.
fn ensure_open<T>(path: &Path, tried: std::io::Result<T>) -> Result<()> {
    let Err(error) = tried else { return Ok(()) };
    if error.kind() != ErrorKind::PermissionDenied {
        return Ok(()); // told by whoever needs it
    }
    let message = format!("cannot read {}: {error}", files::shown(path));
    let hint = if is_own(path) {
        format!("chmod u+rwX {}", shell_path(path))
    } else {
        "run it as the user the agent runs as".to_owned()
    };
    Err(Error::new(Exit::NotAllowed, CLOSED_PROFILE, message).hint(hint))
}

/// Whether something is this user's own.
#[cfg(unix)]
pub fn is_own(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let me = rustix::process::geteuid().as_raw();
    path.symlink_metadata().is_ok_and(|meta| meta.uid() == me)
}

#[cfg(not(unix))]
pub fn is_own(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

#[cfg(unix)]
fn check(path: &Path, meta: &Metadata) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if !is_ours(path, meta) {
        let message = format!("{} belongs to another user", files::shown(path));
        return Err(Error::new(Exit::NotAllowed, FOREIGN_PROFILE, message).hint(format!(
            "work in a folder of your own; if it is yours: sudo chown -R \"$(id -un)\" {}",
            shell_path(path)
        )));
    }
    let mode = meta.permissions().mode();
    if mode & 0o022 == 0 {
        return Ok(());
    }
    let message = format!("others can change {} (mode {:03o})", files::shown(path), mode & 0o777);
    let hint = format!("see that nobody did, then: chmod go-w {}", shell_path(path));
    Err(unsafe_profile(message).hint(hint))
}

#[cfg(not(unix))]
fn check(_path: &Path, _meta: &Metadata) -> Result<()> {
    Ok(())
}

/// Whether something belongs to this user, or to one who may decide for it.
#[cfg(unix)]
pub fn is_ours(path: &Path, meta: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new(".")).metadata().ok().map(|meta| meta.uid());
    may_decide(rustix::process::geteuid().as_raw(), meta.uid(), above)
}

/// Root may decide for everybody. For root itself also the owner of the folder around it may:
/// containers run as root in a user's mounted workspace. Whoever only left something in a folder
/// that everybody can write, such as `/tmp`, does not own that folder.
#[cfg(unix)]
fn may_decide(me: u32, owner: u32, above: Option<u32>) -> bool {
    owner == me || owner == 0 || (me == 0 && above == Some(owner))
}

fn unsafe_profile(message: String) -> Error {
    Error::new(Exit::NotAllowed, "unsafe_profile", message)
}

fn shell_path(path: &Path) -> String {
    quoted(&path.display().to_string())
}

#[cfg(all(test, unix))]
mod tests {
    use super::may_decide;

    #[test]
    fn a_planted_profile_is_not_used() {
        for (me, owner, above, may) in [
            (1000, 1000, Some(0), true),
            (1000, 0, Some(0), true),
            (1000, 1001, Some(0), false),
            (1000, 1001, Some(1001), false),
            (0, 1000, Some(1000), true),
            (0, 1000, Some(0), false),
            (0, 1000, None, false),
        ] {
            assert_eq!(may_decide(me, owner, above), may, "{me} {owner} {above:?}");
        }
    }
}
