//! What admins change while the servers run. It is in the database, so that all servers on it agree.
//!
//! A configuration's file has its say, too, when it says something new. That is so when the same file
//! said something else at its last start, and of a file that is read for the first time when no other
//! said the same before. So a change made by hand counts, and two files that differ do not undo each
//! other's values at every start.

mod change;
mod remembered;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::{ADMIN_PASSWORD, Config, Settings};
use crate::domain::queries::Db;
use crate::domain::{Command, Error};
use crate::security::secret::sha256_hex;
use crate::store::settings::{self, Source};
use crate::store::{Tx, sessions};

pub(super) use change::password_stays;
pub use change::{Change, ChangePassword, RehashPassword, SetUp};
pub use remembered::Remembered;

/// How long a server goes by what it has read of the settings.
pub const SETTINGS_ARE_BELIEVED_FOR: std::time::Duration = std::time::Duration::from_secs(1);

/// A file, as it is known to the database, and what it says.
#[derive(Clone, Debug)]
pub struct File {
    /// What tells it from others.
    id: String,
    /// What it says.
    says: Settings,
    /// The password was written into it by hand, even if it is the one of before.
    password_is_new: bool,
}

impl File {
    /// The file with this id, and what stands in it.
    pub fn new(id: &str, config: &Config, password_is_new: bool) -> Self {
        Self { id: sha256_hex(id.as_bytes()), says: config.said(), password_is_new }
    }

    /// What counts of it, given what each file said when it was read last.
    fn what_counts(&self, files: &BTreeMap<String, Settings>) -> Settings {
        let before = files.get(&self.id);
        let defaults = Config::default().settings();
        let mut counts = Settings::new();
        for (key, default) in defaults {
            let says = self.says.get(&key);
            let is_new = match before {
                Some(before) => before.get(&key) != says,
                None => says.is_some() && files.values().all(|other| other.get(&key) != says),
            };
            if is_new || (key == ADMIN_PASSWORD && self.password_is_new) {
                counts.insert(key, says.cloned().unwrap_or(default));
            }
        }
        counts
    }

    /// Where it says something that is not so.
    pub fn overruled(&self, in_force: &Settings) -> Vec<String> {
        let is_so = |key: &String, value: &Value| in_force.get(key).is_none_or(|now| now == value);
        let overruled = self.says.iter().filter(|(key, value)| !is_so(key, value));
        overruled.map(|(key, _)| key.clone()).collect()
    }
}

/// What is in the database.
///
/// # Errors
/// When the database fails.
pub async fn in_force(db: &Db) -> Result<Settings, Error> {
    Ok(read(settings::all(db).await?))
}

fn read(rows: Vec<settings::Model>) -> Settings {
    let read = |row: settings::Model| Some((row.key, serde_json::from_str(&row.value).ok()?));
    rows.into_iter().filter_map(read).collect()
}

/// What a start with this file would make the settings, and what of the file would not count.
///
/// # Errors
/// When the database fails.
pub async fn after_start(db: &Db, file: &File) -> Result<(Settings, Vec<String>), Error> {
    let mut settings = in_force(db).await?;
    settings.extend(file.what_counts(&settings::files(db).await?));
    let overruled = file.overruled(&settings);
    Ok((settings, overruled))
}

/// The hashes of admin passwords that files or admins gave: a password in plain text that is one of
/// them keeps its hash, since sessions and marks of devices hang on that.
///
/// # Errors
/// When the database fails.
pub async fn known_passwords(db: &Db) -> Result<Vec<String>, Error> {
    let files = settings::files(db).await?;
    let mut all = vec![in_force(db).await?];
    all.extend(files.into_values());
    let password = |said: &Settings| Some(said.get(ADMIN_PASSWORD)?.as_str()?.to_owned());
    let mut known: Vec<String> = Vec::new();
    for hash in all.iter().filter_map(password) {
        if !known.contains(&hash) {
            known.push(hash);
        }
    }
    Ok(known)
}

/// A server starts with this file.
pub struct Start(pub File);

impl Command for Start {
    type Output = ();
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        let Self(file) = self;
        let mut password_changed = false;
        for (key, value) in file.what_counts(&settings::files(tx.db()).await?) {
            let changed = settings::put(tx, &key, &value, Source::File).await?;
            password_changed |= changed && key == ADMIN_PASSWORD;
        }
        if password_changed {
            sessions::end(tx, None).await?;
        }
        Ok(settings::note_file(tx, &file.id, &file.says).await?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What becomes of a project's name: each start is a file and the name it says; `!` is an
    /// admin's change.
    fn name_after(starts: &[(&str, &str)]) -> String {
        let mut files = BTreeMap::new();
        let mut name = json!("OpenMOSS");
        for (file, says) in starts {
            if *file == "!" {
                name = json!(says);
                continue;
            }
            let mut config = Config::default();
            config.project.name = (*says).to_owned();
            let file = File::new(file, &config, false);
            if let Some(counts) = file.what_counts(&files).remove("project.name") {
                name = counts;
            }
            files.insert(file.id, file.says);
        }
        name.as_str().unwrap().to_owned()
    }

    #[test]
    fn the_newest_change_wins() {
        for (starts, name) in [
            (&[("a", "x")][..], "x"),
            (&[("a", "x"), ("!", "z"), ("a", "x")], "z"),
            (&[("a", "x"), ("!", "z"), ("a", "y")], "y"),
            (&[("a", "x"), ("a", "y"), ("a", "x")], "x"),
            // What is taken out of a file is as if it had never been there.
            (&[("a", "x"), ("!", "z"), ("a", "OpenMOSS")], "OpenMOSS"),
            // A first file with its defaults says nothing.
            (&[("a", "x"), ("b", "OpenMOSS")], "x"),
            (&[("!", "z"), ("a", "OpenMOSS")], "z"),
            // Two files that differ: the later one counts, and neither undoes it later.
            (&[("a", "x"), ("b", "y")], "y"),
            (&[("a", "x"), ("b", "y"), ("a", "x"), ("b", "y"), ("a", "x")], "y"),
            // One file after the other is changed, and one server is started again in between.
            (&[("a", "x"), ("b", "x"), ("a", "w"), ("b", "x")], "w"),
            (&[("a", "x"), ("b", "x"), ("a", "w"), ("b", "x"), ("b", "w"), ("a", "w")], "w"),
            // A machine in the place of another says nothing new.
            (&[("a", "x"), ("!", "z"), ("c", "x")], "z"),
            (&[("a", "x"), ("!", "z"), ("c", "y")], "y"),
        ] {
            assert_eq!(name_after(starts), name, "{starts:?}");
        }
    }

    #[test]
    fn a_password_written_by_hand_counts_also_if_it_is_the_one_of_before() {
        let mut config = Config::default();
        config.admin.password = "hash".to_owned();
        let file = |is_new| File::new("a", &config, is_new);
        let files = BTreeMap::from([(file(false).id, config.said())]);
        assert_eq!(file(false).what_counts(&files), Settings::new());
        let counts = Settings::from([(ADMIN_PASSWORD.to_owned(), json!("hash"))]);
        assert_eq!(file(true).what_counts(&files), counts);
    }
}
