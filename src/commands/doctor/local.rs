//! What is on this machine: profile, key, folder, path.

use std::path::{Path, PathBuf};

use moss_api::Role;

use crate::config::active::ActiveProfile;
use crate::config::flags::GlobalFlags;
use crate::config::profile::ProfileDir;
use crate::config::{Caller, Config, no_profile};
use crate::render::sanitize::{self, word};
use crate::system::files::shown;
use crate::system::shell::quoted;

use super::report::Report;

/// Where a timer looks for programs when nobody tells it otherwise.
const TIMER_PATH: &[&str] = &["/usr/local/bin", "/usr/bin", "/bin"];

/// Which profile is in force.
pub(super) fn profile(report: &mut Report, global: &GlobalFlags) -> Option<ActiveProfile> {
    let found = match &global.as_agent {
        Some(_) => Config::for_agent(global).map(|config| config.active),
        None => ActiveProfile::find(global),
    };
    match found {
        Ok(Some(active)) => {
            let (name, role) =
                (sanitize::quoted(&active.profile.name), word::<Role>(&active.profile.role));
            let (at, found) = (shown(active.folder.path()), active.found.told());
            report.ok("profile", format!("{name} ({role}) in {at}, {found}"));
            Some(active)
        }
        // The environment or --as may say everything a profile would.
        Ok(None) if Config::for_agent(global).is_ok() => {
            report.ok("profile", "none; the command line and the environment suffice");
            None
        }
        Ok(None) => {
            report.fail("profile", &no_profile("nobody is registered"));
            None
        }
        // A stranger's, in a folder above.
        Err(error) if global.as_agent.is_none() && Config::for_agent(global).is_ok() => {
            report.warn(
                "profile",
                format!("not used: {error}"),
                error.advice().unwrap_or_default(),
            );
            None
        }
        Err(error) => {
            report.fail("profile", &error);
            None
        }
    }
}

/// Whether the key can be had, and from where.
pub(super) fn key(report: &mut Report, global: &GlobalFlags) -> Option<Config> {
    match Config::for_agent(global) {
        Ok(config) => {
            match &config.caller {
                Caller::Agent(key) => {
                    let finding = format!("from {}, for {} alone", key.source, config.server);
                    report.ok("key", finding);
                }
                Caller::Admin { session, .. } => {
                    report.ok("key", format!("none; the admin's session in {}", session.source));
                }
                Caller::Nobody => {}
            }
            Some(config)
        }
        Err(error) => {
            // Without a profile that has been said.
            if !report.checks.iter().any(|check| check.check == "profile" && check.exit != 0) {
                report.fail("key", &error);
            }
            None
        }
    }
}

/// Whether what a wake-up remembers can be written.
pub(super) fn folder(report: &mut Report, folder: &ProfileDir) {
    match folder.check_writable() {
        Ok(()) => report.ok("folder", format!("{} can be written", shown(folder.path()))),
        Err(error) => report.warn(
            "folder",
            format!("{error}: every packet repeats what the one before said"),
            format!("chown -R \"$(id -un)\" {}", quoted(&folder.path().display().to_string())),
        ),
    }
}

/// Whether a timer that knows only the usual folders finds this very program.
pub(super) fn path(report: &mut Report) {
    let Ok(me) = std::env::current_exe().and_then(std::fs::canonicalize) else { return };
    let found = TIMER_PATH.iter().map(|dir| Path::new(dir).join("moss")).find(|p| p.exists());
    let is_me = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path == me);
    match found {
        Some(path) if is_me(&path) => report.ok("path", format!("timers find {}", shown(&path))),
        Some(path) => report.warn(
            "path",
            format!("timers find another moss: {}, this is {}", shown(&path), shown(&me)),
            format!(
                "ln -sf {} {}",
                quoted(&me.display().to_string()),
                quoted(&path.display().to_string())
            ),
        ),
        None => report.warn(
            "path",
            format!("timers that look in {} do not find moss", TIMER_PATH.join(":")),
            format!("ln -s {} /usr/local/bin/moss", quoted(&me.display().to_string())),
        ),
    }
}
