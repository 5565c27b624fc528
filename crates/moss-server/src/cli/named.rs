//! A database that is named on the command line, by a URL as `database.url` has it.

use std::path::Path;

use anyhow::{anyhow, bail};

use crate::config::{Address, Config, ConfigError};

/// The database of a URL. Paths start at the current folder. `option` is what the URL stands after,
/// and `password_option` names the file of its password.
///
/// # Errors
/// When it is none, or has a password: whoever is on the machine can read a command line.
pub fn database(
    url: &str,
    option: &str,
    password_file: Option<&Path>,
    password_option: &str,
) -> anyhow::Result<Address> {
    if has_password(url) {
        bail!(
            "{option} has a password, and whoever is on this machine can read a command line: leave \
             it out, and name the file that holds it with {password_option} FILE"
        );
    }
    let mut config = Config::default();
    url.clone_into(&mut config.database.url);
    config.database.password_file = password_file.map(Path::to_owned).unwrap_or_default();
    config.address(None).map_err(|error| {
        let said = match error {
            ConfigError::Bad { problem, .. } => problem,
            error @ (ConfigError::File { .. } | ConfigError::Env { .. }) => error.to_string(),
        };
        // The two are told by the names they have in a file.
        let said = said.replace("database.password_file", password_option);
        anyhow!("{}", said.replace("database.url", option))
    })
}

/// Whether there is a password between the user and the host.
fn has_password(url: &str) -> bool {
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?']).next());
    authority.and_then(|text| text.rsplit_once('@')).is_some_and(|(user, _)| user.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Result<String, String> {
        let address = database(url, "--to", None, "--to-password-file");
        address.map(|address| address.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_database_is_named_as_in_the_configuration() {
        for (url, shown) in
            [("sqlite:data/t.db", "data/t.db"), ("postgres://m@db/t", "postgres://m@db:5432/t")]
        {
            assert_eq!(of(url), Ok(shown.to_owned()));
        }
        for (url, says) in [
            ("oracle:x", "--to is written like sqlite:data/tasks.db, postgres://"),
            ("tasks.db", "--to is written like"),
            ("postgres://moss@db", "--to names no database"),
            ("postgres://moss:s3cret@db/t", "name the file that holds it with --to-password-file"),
            ("mysql://moss:s3c@ret@db/t", "--to has a password"),
        ] {
            let refusal = of(url).unwrap_err();
            assert!(refusal.contains(says) && !refusal.contains("s3c"), "{url}: {refusal}");
        }
    }
}
