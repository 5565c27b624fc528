//! What a start makes of the secrets in `config.yaml`, and what is said of it. Nothing is written
//! here.

use std::io::ErrorKind;
use std::path::Path;

use crate::config::known::{is_known_token, stores_known_password};
use crate::config::{Config, ConfigError, file};
use crate::security::password::Stored;

/// What is said of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The key or variable, and what becomes of it.
    pub text: String,
    /// Whether a start warns of it.
    pub warns: bool,
}

impl Note {
    /// Whether it says that there is no admin password.
    pub fn is_of_no_password(&self) -> bool {
        self.text == NO_PASSWORD
    }

    fn says(text: &str) -> Self {
        Self { text: text.to_owned(), warns: false }
    }

    fn warns(text: &str) -> Self {
        Self { text: text.to_owned(), warns: true }
    }
}

/// The variable that gives the admin password where the file has none.
pub(super) const PASSWORD_VARIABLE: &str = "MOSS_ADMIN__PASSWORD";

/// What is said where nobody can log in yet.
const NO_PASSWORD: &str = "admin.password is not set: a start prints a one-time link to set it";

/// What a change does with the file as it is.
const KEEPS_A_COPY: &str = "keeps the file as it is with .bak at the end of its name";
/// The same when there is a copy that says something else.
const LEAVES_A_COPY: &str = "keeps no copy: the file with .bak at the end of its name is older and \
                             is left alone";

impl Config {
    /// Decides which admin password counts and whether the registration token does: what everybody
    /// knows is none. Checks a hash against the known password, which takes its time. `keeps` says
    /// what a change does with the file as it is.
    fn settle(&mut self, keeps: &str) -> Vec<Note> {
        let mut notes = Vec::new();
        self.settle_password(&mut notes, keeps);
        if is_known_token(&self.agent.registration_token) {
            self.agent.registration_token.clear();
            notes.push(Note::warns(
                "agent.registration_token is the example's, which everybody knows: it lets nobody \
                 in; write another, or use moss-server invite",
            ));
        }
        self.look_at_reach(&mut notes);
        notes.extend(self.unfit_texts().into_iter().map(|unfit| Note::warns(&unfit.problem)));
        notes
    }

    /// Who can reach the server, and whom it believes. That it is reached without TLS a start says
    /// by itself.
    fn look_at_reach(&self, notes: &mut Vec<Note>) {
        if self.is_in_clear() {
            notes.push(Note::says(&format!(
                "warning: server.host {} is reachable from other machines without TLS; put a TLS \
                 proxy before it",
                self.server.host
            )));
        }
        for network in self.server.trusted_proxies.iter().filter(|network| network.is_everybody()) {
            notes.push(Note::warns(&format!(
                "server.trusted_proxies {network} believes everybody's X-Forwarded-For: whoever \
                 guesses passwords gives another address each time; name the proxy alone"
            )));
        }
    }

    fn settle_password(&mut self, notes: &mut Vec<Note>, keeps: &str) {
        if stores_known_password(&self.admin.password) {
            self.admin.password.clear();
            notes.push(Note::warns(
                "admin.password is the example's, which everybody knows: it counts as none",
            ));
        }
        let in_the_file = !self.admin.password.is_empty();
        match self.admin.from_environment.take().filter(|password| !password.is_empty()) {
            Some(_) if in_the_file => notes.push(Note::warns(&format!(
                "{PASSWORD_VARIABLE} is not used: the file has a password, and that one counts; \
                 empty admin.password there to use the variable"
            ))),
            Some(known) if stores_known_password(&known) => notes.push(Note::warns(&format!(
                "{PASSWORD_VARIABLE} is the example's, which everybody knows: it counts as none"
            ))),
            Some(password) => {
                self.admin.password = password;
                notes.push(Note::says(&format!(
                    "{PASSWORD_VARIABLE} is the admin password until one is set through the API"
                )));
            }
            None => {}
        }
        match Stored::read(&self.admin.password) {
            Ok(Stored::None) => notes.push(Note::says(NO_PASSWORD)),
            Ok(Stored::Plain(_)) if in_the_file => notes.push(Note::says(&format!(
                "admin.password is in plain text: a start puts its hash in its place, and {keeps}"
            ))),
            Ok(Stored::Bcrypt(_)) if in_the_file => notes.push(Note::says(
                "admin.password is a bcrypt hash: it stays and works; after the first login with it \
                 the database has an argon2id hash instead",
            )),
            Ok(Stored::Plain(_) | Stored::Bcrypt(_) | Stored::Argon2(_)) | Err(_) => {}
        }
    }

    /// Reads a file as a start does, and what there is to say of it. Before the first start there is
    /// none, and every key has its default.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn load_settled(
        path: &Path,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Vec<Note>), ConfigError> {
        match file::read(path) {
            Err(ConfigError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                Self::settled("", path, env)
            }
            text => Self::settled(&text?, path, env),
        }
    }

    /// The same of a text that stands in the file `path`, or would.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn settled(
        text: &str,
        path: &Path,
        env: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Vec<Note>), ConfigError> {
        let mut config = Self::of_text(text, path, env)?;
        let keeps = if Self::has_older_copy(path) { LEAVES_A_COPY } else { KEEPS_A_COPY };
        let mut notes = config.settle(keeps);
        let unknown = Self::unknown_keys(text).into_iter();
        notes.extend(unknown.map(|key| Note::warns(&format!("'{key}' is no key of this server"))));
        Ok((config, notes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a file's password and the environment's, and the beginnings of what is said.
    fn settled(file: &str, environment: Option<&str>) -> (String, Vec<String>) {
        let mut config = Config::parse(&format!("admin:\n  password: '{file}'\n")).unwrap();
        config.admin.from_environment = environment.map(str::to_owned);
        let notes = config.settle(KEEPS_A_COPY);
        let begins = |note: Note| {
            let words: Vec<_> = note.text.split(' ').take(5).collect();
            words.join(" ")
        };
        (config.admin.password, notes.into_iter().map(begins).collect())
    }

    #[test]
    fn the_files_password_counts_and_the_environments_where_there_is_none() {
        let bcrypt = format!("bcrypt:{}", bcrypt::hash("mine", 4).unwrap());
        let known = format!("bcrypt:{}", bcrypt::hash("admin123", 4).unwrap());
        let in_file = "MOSS_ADMIN__PASSWORD is not used: the";
        let example = "admin.password is the example's, which";
        let used = "MOSS_ADMIN__PASSWORD is the admin password";
        let unset = "admin.password is not set: a";
        let in_plain = "admin.password is in plain text:";
        let hashed = "admin.password is a bcrypt hash:";
        for (file, environment, password, said) in [
            ("", None, "", &[unset][..]),
            ("", Some(""), "", &[unset]),
            ("", Some("theirs"), "theirs", &[used]),
            ("mine", None, "mine", &[in_plain]),
            ("mine", Some("theirs"), "mine", &[in_file, in_plain]),
            (&bcrypt, None, &bcrypt, &[hashed]),
            (&bcrypt, Some("theirs"), &bcrypt, &[in_file, hashed]),
            ("admin123", None, "", &[example, unset]),
            (&known, None, "", &[example, unset]),
            (&known, Some("theirs"), "theirs", &[example, used]),
            ("", Some("admin123"), "", &["MOSS_ADMIN__PASSWORD is the example's, which", unset]),
        ] {
            let (kept, notes) = settled(file, environment);
            assert_eq!(
                (kept.as_str(), notes.as_slice()),
                (password, &said.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..]),
                "{file} {environment:?}"
            );
        }
    }

    #[test]
    fn the_examples_token_lets_nobody_in() {
        let text = "agent:\n  registration_token: openclaw-register-2024\n";
        let mut config = Config::parse(text).unwrap();
        let notes = config.settle(KEEPS_A_COPY);
        assert_eq!(config.agent.registration_token, "");
        assert!(
            notes
                .iter()
                .any(|note| note.warns && note.text.starts_with("agent.registration_token is"))
        );
    }
}
