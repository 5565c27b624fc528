//! Which profile a command runs under, and how it was found.

use serde::Serialize;

use crate::config::env::{PROFILE_VARIABLE, variable};
use crate::config::flags::GlobalFlags;
use crate::config::profile::{Profile, ProfileDir};
use crate::config::profiles::{self, Profiles};
use crate::error::{Error, Result};
use crate::system::files;
use crate::system::shell;

/// A profile and where it is.
#[derive(Clone, Debug)]
pub struct ActiveProfile {
    /// Where.
    pub folder: ProfileDir,
    /// What it says.
    pub profile: Profile,
    /// Why this one.
    pub found: FoundBy,
}

/// How a profile was found, first of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// `--as` named it.
    As,
    /// `--profile` named it.
    Flag,
    /// [`PROFILE_VARIABLE`] named it.
    Variable,
    /// The nearest `.moss/` from the working directory upwards.
    Nearest,
    /// The one the user set with `moss profile use`.
    Current,
}

impl FoundBy {
    /// As `whoami` tells it.
    pub const fn told(self) -> &'static str {
        match self {
            Self::As => "by --as",
            Self::Flag => "by --profile",
            Self::Variable => "by MOSS_PROFILE",
            Self::Nearest => "nearest to the working directory",
            Self::Current => "by moss profile use",
        }
    }
}

impl ActiveProfile {
    /// The one in force; none when there is none at all.
    ///
    /// # Errors
    /// When one is named that does not exist, or the one in force cannot be read.
    pub fn find(global: &GlobalFlags) -> Result<Option<Self>> {
        if let Some(name) = &global.profile {
            return Self::open(profiles::named(name)?, FoundBy::Flag).map(Some);
        }
        if let Some(name) = variable(PROFILE_VARIABLE) {
            return Self::open(profiles::named(&name)?, FoundBy::Variable).map(Some);
        }
        if let Some(folder) = ProfileDir::find(&files::here()?) {
            return Self::open(folder, FoundBy::Nearest).map(Some);
        }
        match Profiles::of_user().and_then(|profiles| profiles.current()) {
            Some(name) => Self::open(profiles::named(&name)?, FoundBy::Current).map(Some),
            None => Ok(None),
        }
    }

    /// The profile in a folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(folder: ProfileDir, found: FoundBy) -> Result<Self> {
        let profile = folder.profile()?;
        Ok(Self { folder, profile, found })
    }

    /// Where `register` and `login` put a profile: the folder or the user's own that is named, in
    /// the order of [`Self::find`], else the workspace they run in.
    ///
    /// # Errors
    /// When there is no such place.
    pub fn destination(global: &GlobalFlags) -> Result<ProfileDir> {
        let Some(name) = named(global) else { return Ok(ProfileDir::in_dir(&files::here()?)) };
        if profiles::is_path(&name) {
            return Ok(ProfileDir::at(std::path::Path::new(&name)));
        }
        profiles::checked_name(&name)?;
        Profiles::of_user().map(|profiles| profiles.own(&name)).ok_or_else(no_user)
    }
}

/// The profile that is named, by the command line or the environment.
pub fn named(global: &GlobalFlags) -> Option<String> {
    global.profile.clone().or_else(|| variable(PROFILE_VARIABLE))
}

/// The flag that names the profile again, for a command to type next on one line; empty without one.
pub fn flag(global: &GlobalFlags) -> String {
    let named = global.profile.as_deref().map(shell::quoted);
    named.map(|name| format!(" --profile {}", moss_api::visible::line(&name))).unwrap_or_default()
}

/// A profile's server, for a command to type next: never a file's words in its place.
pub fn server(profile: &Profile) -> String {
    crate::config::parse_server(&profile.server)
        .map_or_else(|_| "URL".to_owned(), |url| shell::quoted(url.as_str()))
}

/// Nobody's home is known.
pub fn no_user() -> Error {
    Error::local("there is no home folder to keep profiles in")
        .hint("set HOME, or work in the agent's workspace without --profile")
}
