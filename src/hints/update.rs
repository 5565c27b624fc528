//! Replacing `moss` itself.

/// Replaces `moss` by a newer one.
pub const UPDATE: &str = "moss update";
/// Takes back the `moss` before this one.
pub const ROLL_BACK: &str = "moss update --rollback";
/// Where there is nothing to go back to.
pub const UPDATE_TO_ANOTHER: &str = "moss update --version V installs another";
/// After a release that was recalled.
pub const UPDATE_FROM_RECALLED: &str = "moss update takes the newest that was not";
/// After a release that was not built for this machine.
pub const UPDATE_OTHER_BUILD: &str = "another version may have been: moss update";
/// After a download that was damaged.
pub const UPDATE_AGAIN: &str = "try again: moss update; this moss goes on working";
/// On a full disk.
pub const UPDATE_WITH_ROOM: &str = "make room, then: moss update; the old one goes on working";
/// After a manifest whose time is over.
pub const RENEW_MANIFEST: &str = "tell whoever runs the server to renew it; if this clock is \
    wrong, set it; moss update --version V takes one version all the same";
/// Before a manifest's time is over.
pub const RENEW_SOON: &str = "tell whoever runs the server to renew it";
/// With a clock that is behind.
pub const SET_CLOCK: &str = "timedatectl set-ntp true";

/// Installs this version, even if it is older or failed before.
pub fn update_to(version: &str) -> String {
    format!("{UPDATE} --version {version}")
}

/// Where this user may not replace the program.
pub fn update_as_owner(moss: &str) -> String {
    format!("run moss update as the user that installed {moss}, or install it elsewhere")
}
