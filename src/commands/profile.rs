//! `moss profile`.

use std::path::Path;

use clap::Subcommand;
use moss_api::{Exit, Role};
use serde::Serialize;
use serde_json::json;

use crate::commands::args::help;
use crate::config::active::{ActiveProfile, no_user};
use crate::config::flags::GlobalFlags;
use crate::config::key_store::KeyStore;
use crate::config::profile::Profile as Saved;
use crate::config::profiles::{NamedProfile, Profiles};
use crate::config::{no_profile, parse_server};
use crate::error::{Error, Result};
use crate::hints;
use crate::render::out::Out;
use crate::render::sanitize::{id, quoted, word};
use crate::system::files::shown;

/// Which agents you have, and which of them you are
#[derive(Subcommand, Debug)]
#[command(after_help = help::end(
    &["moss profile list", "moss profile use prod", "moss --profile prod wake"],
    help::LOOKS_UP,
))]
pub enum Profile {
    /// The profiles of this user: those kept for you, and the workspaces of agents
    #[command(after_help = help::end(&["moss profile list", "moss profile list --json=name,server"], &[]))]
    List,
    /// The profile in force here, or the one named
    #[command(after_help = help::end(&["moss profile show", "moss profile show AI-Wu"], help::LOOKS_UP))]
    Show {
        /// A name from the list; without it the one in force
        #[arg(value_name = "PROFILE")]
        name: Option<String>,
    },
    /// Use this profile wherever no workspace says otherwise
    #[command(after_help = help::end(&["moss profile use prod"], help::LOOKS_UP))]
    Use {
        /// A name from the list
        #[arg(value_name = "PROFILE")]
        name: String,
    },
    /// Forget a profile; a workspace keeps its key, others lose it
    #[command(after_help = help::end(&["moss profile remove prod"], help::LOOKS_UP))]
    Remove {
        /// A name from the list
        #[arg(value_name = "PROFILE")]
        name: String,
    },
}

/// A profile, as it is listed.
#[derive(Serialize)]
struct Entry {
    profile: String,
    name: String,
    role: String,
    server: String,
    key_store: Option<KeyStore>,
    folder: String,
    current: bool,
}

const HEAD: &[&str] = &["profile", "role", "server", "key", "folder", "use"];

impl Entry {
    fn new(known: &NamedProfile, current: Option<&String>) -> Self {
        let saved = known.profile();
        let folder = known.folder.path().display().to_string();
        let (profile, current) = (known.name.clone(), current == Some(&known.name));
        match saved {
            Ok(Saved { name, role, server, key_store, .. }) => {
                Self { profile, name, role, server, key_store: Some(key_store), folder, current }
            }
            Err(error) => Self {
                profile,
                name: String::new(),
                role: "unusable".to_owned(),
                server: error.to_string(),
                key_store: None,
                folder,
                current,
            },
        }
    }

    fn row(&self) -> Vec<String> {
        let key = match self.key_store {
            Some(KeyStore::File) => "file",
            Some(KeyStore::Keyring) => "keyring",
            None => "-",
        };
        let used = if self.current { "current" } else { "-" };
        let role =
            if self.key_store.is_some() { word::<Role>(&self.role) } else { self.role.clone() };
        vec![
            quoted(&self.profile),
            role,
            server(&self.server),
            key.to_owned(),
            shown(Path::new(&self.folder)),
            used.to_owned(),
        ]
    }
}

impl Profile {
    pub fn run(self, global: &GlobalFlags) -> Result<Exit> {
        let out = Out::new(global);
        match self {
            Self::List => list(&out)?,
            Self::Show { name } => show(&out, global, name)?,
            Self::Use { name } => {
                let (profiles, known) = known(&name)?;
                known.profile()?;
                profiles.set_current(&known.name)?;
                let said = format!("{} is used where no workspace says otherwise\n", quoted(&name));
                out.data(&Entry::new(&known, Some(&known.name)), || said)?;
            }
            Self::Remove { name } => {
                let (profiles, known) = known(&name)?;
                let entry = Entry::new(&known, None);
                profiles.remove(&known)?;
                out.data(&entry, || removed(&known))?;
            }
        }
        out.flush()?;
        Ok(Exit::Done)
    }
}

/// A URL as it is, and anything else in its place quoted.
fn server(text: &str) -> String {
    parse_server(text).map_or_else(|_| quoted(text), String::from)
}

fn list(out: &Out) -> Result<()> {
    let profiles = Profiles::of_user().ok_or_else(no_user)?;
    profiles.check_open()?;
    let current = profiles.current();
    let list = profiles.list();
    let entries: Vec<Entry> = list.iter().map(|k| Entry::new(k, current.as_ref())).collect();
    out.list(&entries, HEAD, Entry::row, hints::NO_PROFILES)
}

fn show(out: &Out, global: &GlobalFlags, name: Option<String>) -> Result<()> {
    let global = GlobalFlags { profile: name.or_else(|| global.profile.clone()), ..global.clone() };
    let active = ActiveProfile::find(&global)?.ok_or_else(|| no_profile("nobody is logged in"))?;
    let ActiveProfile { folder, profile, found } = &active;
    let told = json!({
        "name": profile.name, "role": profile.role, "agent_id": profile.agent_id,
        "server": profile.server, "key_store": profile.key_store,
        "folder": folder.path().display().to_string(), "found": found,
    });
    let facts = [
        ("agent", format!("{} ({})", quoted(&profile.name), word::<Role>(&profile.role))),
        ("id", id(&profile.agent_id)),
        ("server", server(&profile.server)),
        ("key", profile.key_store.place(&folder.key_path()).to_string()),
        ("folder", format!("{} ({})", shown(folder.path()), found.told())),
    ];
    out.facts(&told, &facts)
}

fn removed(known: &NamedProfile) -> String {
    let (name, at) = (quoted(&known.name), shown(known.folder.path()));
    if known.workspace {
        return format!("forgot where {name} is; {at} still has the key\n");
    }
    format!("removed {name} and its key; the server still knows it\n")
}

fn known(name: &str) -> Result<(Profiles, NamedProfile)> {
    let profiles = Profiles::of_user().ok_or_else(no_user)?;
    match profiles.find(name) {
        Some(known) => Ok((profiles, known)),
        None => {
            let message = format!("you have no profile {}", quoted(&moss_api::clip(name, 100)));
            Err(Error::new(Exit::NotFound, "no_profile", message).hint(hints::PROFILES))
        }
    }
}
