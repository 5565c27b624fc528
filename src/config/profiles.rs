//! The user's profiles: those kept in the user's configuration folder, and the workspaces of
//! agents registered elsewhere, by name.
//!
//! `profiles/NAME/` holds either a profile, or a file `workspace` with the path of the `.moss/`
//! folder that does. `current` holds the name to use where no workspace says otherwise.

use std::fs;
use std::path::PathBuf;

use moss_api::{Exit, quoted, text::Name};

use crate::config::env::variable;
use crate::config::profile::{Profile, ProfileDir};
use crate::config::trust;
use crate::error::{Error, Result};
use crate::hints;
use crate::system::{files, hash};

/// The file that says where an agent's workspace is.
const WORKSPACE: &str = "workspace";
/// Longest folder name, in bytes; what is longer ends in a hash.
const MAX_SLUG_BYTES: usize = 200;

/// The user's configuration folder.
pub struct Profiles {
    root: PathBuf,
}

/// One of the user's profiles.
pub struct NamedProfile {
    /// What `--profile` takes.
    pub name: String,
    /// Where it is.
    pub folder: ProfileDir,
    /// Whether it is an agent's workspace rather than kept here.
    pub workspace: bool,
    /// What says so, from the outermost folder on: whoever can write there decides who is obeyed.
    said_by: [PathBuf; 3],
}

impl NamedProfile {
    /// Who is registered there.
    ///
    /// # Errors
    /// When it cannot be read, others could have said that it is here, or it is an agent of another
    /// name: somebody has taken the folder over.
    pub fn profile(&self) -> Result<Profile> {
        self.said_by.iter().try_for_each(|folder| trust::check_place(folder))?;
        if self.workspace {
            let [.., own] = &self.said_by;
            trust::check_file(&own.join(WORKSPACE))?;
        }
        let profile = self.folder.profile()?;
        if !self.workspace || is_called(&profile, &self.name) {
            return Ok(profile);
        }
        let (name, at) = (quoted(&self.name), files::shown(self.folder.path()));
        let who = quoted(&profile.name);
        let message = format!("the profile {name} was in {at}, where {who} is registered now");
        Err(unknown(message).hint(hints::taken_over(&self.name)))
    }
}

impl Profiles {
    /// The user's; none for a user without a home, such as a bare timer.
    pub fn of_user() -> Option<Self> {
        // Without it the system's list of users would be asked, which a static binary cannot do safely.
        #[cfg(unix)]
        variable("HOME")?;
        let dirs = directories::ProjectDirs::from("", "", "moss")?;
        Some(Self { root: dirs.config_dir().to_owned() })
    }

    fn profiles(&self) -> PathBuf {
        self.root.join("profiles")
    }

    fn current_path(&self) -> PathBuf {
        self.root.join("current")
    }

    /// Which servers the user knows to be asked in clear.
    pub fn plain_http_path(&self) -> PathBuf {
        self.root.join("plain-http")
    }

    /// Where the admin's session with a server is kept.
    pub fn admin(&self, server: &str) -> ProfileDir {
        ProfileDir::exactly(self.root.join("admin").join(slug(server)))
    }

    /// Where a profile of this name is or would be kept.
    pub fn own(&self, name: &str) -> ProfileDir {
        ProfileDir::exactly(self.profiles().join(slug(name)))
    }

    /// The profile of this name.
    pub fn find(&self, name: &str) -> Option<NamedProfile> {
        let own = self.own(name);
        let said_by = [self.root.clone(), self.profiles(), own.path().to_owned()];
        let name = name.to_owned();
        if own.has_profile() {
            return Some(NamedProfile { name, folder: own, workspace: false, said_by });
        }
        let path = files::read(&own.path().join(WORKSPACE)).ok()?;
        let folder = ProfileDir::exactly(PathBuf::from(path.trim_end_matches('\n')));
        Some(NamedProfile { name, folder, workspace: true, said_by })
    }

    /// Every profile, by name. Workspaces that are gone are left out.
    pub fn list(&self) -> Vec<NamedProfile> {
        let entries = fs::read_dir(self.profiles()).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| unslug(entry.file_name().to_str()?));
        let mut list: Vec<NamedProfile> = names.filter_map(|name| self.find(&name)).collect();
        list.retain(|known| known.folder.has_profile());
        list.sort_by(|a, b| a.name.cmp(&b.name));
        list
    }

    /// Remembers the workspace of an agent by the agent's name, or by name and server when the
    /// name is in use for another one. Returns the name it has. Whoever was there before is
    /// forgotten.
    pub fn remember(&self, profile: &Profile, folder: &ProfileDir) -> Option<String> {
        let path = fs::canonicalize(folder.path()).ok()?;
        for known in self.list() {
            if known.workspace && known.folder.path() == path && !is_called(profile, &known.name) {
                let _ = self.remove(&known); // it is refused from now on
            }
        }
        names(profile).into_iter().find(|name| {
            let is_free = self.find(name).is_none_or(|known| {
                known.workspace && (known.folder.path() == path || known.profile().is_err())
            });
            let own = self.own(name);
            is_free
                && files::make_private_folder(own.path()).is_ok()
                && path
                    .to_str()
                    .is_some_and(|path| files::replace(&own.path().join(WORKSPACE), path).is_ok())
        })
    }

    /// The name in use where no workspace says otherwise.
    pub fn current(&self) -> Option<String> {
        files::read(&self.current_path()).ok().map(|name| name.trim_end().to_owned())
    }

    /// Makes sure that profiles that are not found are not there.
    ///
    /// # Errors
    /// When a folder is closed to this user.
    pub fn check_open(&self) -> Result<()> {
        trust::check_open(&self.root)?;
        trust::check_open(&self.profiles())
    }

    /// Makes sure that nobody else could have written that name.
    ///
    /// # Errors
    /// When its file or the folder is another user's, or open to others.
    pub fn check_current(&self) -> Result<()> {
        trust::check_place(&self.root)?;
        trust::check_file(&self.current_path())
    }

    /// Uses the profile of this name where no workspace says otherwise.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub fn set_current(&self, name: &str) -> Result<()> {
        files::make_private_folder(&self.root)?;
        files::replace(&self.current_path(), name)
    }

    /// No profile is in use any more if it is the one in this folder.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub fn drop_current(&self, folder: &ProfileDir) -> Result<()> {
        let Some(name) = self.current() else { return Ok(()) };
        let workspace = self.find(&name).and_then(|known| known.folder.path().canonicalize().ok());
        let is_it = self.own(&name) == *folder
            || workspace.is_some_and(|path| folder.path().canonicalize().is_ok_and(|p| p == path));
        if is_it { files::remove(&self.current_path()) } else { Ok(()) }
    }

    /// Forgets a profile: with its key when it is kept here, and only by name when it is a
    /// workspace.
    ///
    /// # Errors
    /// When a key or a file stays.
    pub fn remove(&self, known: &NamedProfile) -> Result<()> {
        if !known.workspace && known.folder.has_profile() {
            let _lock = known.folder.lock()?;
            known.folder.forget(&known.folder.profile()?)?;
        }
        let own = self.own(&known.name);
        fs::remove_dir_all(own.path()).map_err(|e| files::cannot("remove", own.path(), &e))?;
        if self.current().as_ref() == Some(&known.name) {
            files::remove(&self.current_path())?;
        }
        Ok(())
    }
}

/// What a workspace is known by, the first that is free: the agent's name, or name and server.
fn names(profile: &Profile) -> Vec<String> {
    let url = reqwest::Url::parse(&profile.server).ok();
    let host = url.as_ref().and_then(|url| {
        let port = url.port().map(|port| format!("-{port}")).unwrap_or_default();
        Some(url.host_str()?.trim_matches(['[', ']']).replace(':', ".") + &port)
    });
    let with_host = host.map(|host| format!("{}-{host}", profile.name));
    [Some(profile.name.clone()), with_host].into_iter().flatten().collect()
}

/// Whether a workspace may be known by this name. A long one is known by its folder's.
fn is_called(profile: &Profile, name: &str) -> bool {
    names(profile).iter().any(|its| slug(its) == slug(name))
}

/// The profile `--profile` or `MOSS_PROFILE` names: one of the user's by name, or a path.
///
/// # Errors
/// When there is none.
pub fn named(name: &str) -> Result<ProfileDir> {
    let profiles = Profiles::of_user();
    match profiles.as_ref().and_then(|profiles| profiles.find(name)) {
        Some(known) if known.folder.has_profile() => {
            return known.profile().map(|_| known.folder);
        }
        Some(known) => {
            let (at, name) = (files::shown(known.folder.path()), quoted(name));
            return Err(unknown(format!("the profile {name} was in {at}, which is gone")));
        }
        None => {}
    }
    if is_path(name) {
        let folder = ProfileDir::at(std::path::Path::new(name));
        if folder.has_profile() {
            return Ok(folder);
        }
        return Err(unknown(format!(
            "there is no profile in {}",
            files::shown(std::path::Path::new(name))
        )));
    }
    checked_name(name)?;
    profiles.as_ref().map_or(Ok(()), Profiles::check_open)?;
    Err(unknown(format!("you have no profile {}", quoted(name))))
}

/// Refuses what can be no profile's name.
///
/// # Errors
/// When it is too long, empty, or holds control characters.
pub fn checked_name(name: &str) -> Result<()> {
    match name.parse::<Name>() {
        Ok(_) => Ok(()),
        Err(why) => Err(Error::refused(format!("a profile's name {why}"))),
    }
}

/// Whether what was given for a profile can only be a path.
pub fn is_path(name: &str) -> bool {
    name.contains(std::path::is_separator)
}

fn unknown(message: String) -> Error {
    Error::new(Exit::NotFound, "no_profile", message).hint(hints::PROFILES)
}

/// A name as the name of a folder, on any file system.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for (at, c) in name.char_indices() {
        let ends = at == 0 || at + c.len_utf8() == name.len();
        if c.is_control() || r#"/\:*?"<>|%"#.contains(c) || (ends && matches!(c, '.' | ' ')) {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                slug.push_str(&format!("%{byte:02X}"));
            }
        } else {
            slug.push(c);
        }
    }
    if slug.len() > MAX_SLUG_BYTES {
        let hash: String = hash::sha256(name).chars().take(16).collect();
        let mut end = MAX_SLUG_BYTES - hash.len() - 1;
        while !slug.is_char_boundary(end) {
            end -= 1;
        }
        slug.truncate(end);
        slug = format!("{slug}~{hash}");
    }
    slug
}

/// The name behind the name of a folder. A name that was cut stays cut, and finds its folder.
fn unslug(slug: &str) -> Option<String> {
    percent_encoding::percent_decode_str(slug).decode_utf8().ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_folder_of_its_own_and_comes_back() {
        let names =
            ["AI-Wu", "a/b", "a%2Fb", "..", ".hidden", "日本語 agent", "c:\\x", "dot.", "a|b"];
        for name in names {
            let slug = slug(name);
            assert!(!slug.contains(['/', '\\', ':']) && !slug.starts_with('.'), "{slug}");
            assert_eq!(unslug(&slug).as_deref(), Some(name));
        }
        let (long, longer) = ("語".repeat(100), "語".repeat(99) + "文");
        assert!(slug(&long).len() <= MAX_SLUG_BYTES);
        assert_ne!(slug(&long), slug(&longer));
        assert_eq!(slug(&unslug(&slug(&long)).unwrap()), slug(&long));
    }
}
