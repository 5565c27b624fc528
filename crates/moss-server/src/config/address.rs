//! Where the database is: `database.url`, or the original's `database.type` and `database.path`.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::config::remote_address::{RemoteAddress, remote};
use crate::config::sections::Database;

/// What a URL of a database looks like.
pub(super) const FORMS: &str = "database.url is written like sqlite:data/tasks.db, \
                                postgres://USER@HOST:5432/DATABASE or \
                                mysql://USER@HOST:3306/DATABASE";

/// Where the database is.
#[derive(Clone, Debug)]
pub enum Address {
    /// The SQLite file.
    Sqlite(PathBuf),
    /// A database of a PostgreSQL, MySQL or MariaDB server.
    Remote(RemoteAddress),
}

impl From<&Path> for Address {
    fn from(path: &Path) -> Self {
        Self::Sqlite(path.to_owned())
    }
}

impl From<&PathBuf> for Address {
    fn from(path: &PathBuf) -> Self {
        Self::Sqlite(path.clone())
    }
}

impl From<&Self> for Address {
    fn from(address: &Self) -> Self {
        address.clone()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Remote(address) => address.fmt(f),
        }
    }
}

impl Address {
    /// The clock that counts there: of a database that servers share, its own.
    pub fn clock(&self) -> Clock {
        match self {
            Self::Sqlite(_) => Clock::system(),
            Self::Remote(_) => Clock::of_database(),
        }
    }

    /// The same, for a program that the database is to know by another name than a server's.
    #[must_use]
    pub fn seen_as(self, name: &str) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(path),
            Self::Remote(address) => Self::Remote(address.seen_as(name)),
        }
    }

    /// What the section says. Paths are as they are written, and the password of a file is not read.
    pub(super) fn of(section: &Database) -> Result<Self, String> {
        let url = section.url.as_str();
        if url.is_empty() {
            return Self::of_the_original(section);
        }
        let Some((scheme, rest)) = url.split_once(':') else { return Err(FORMS.to_owned()) };
        let address = match scheme {
            "sqlite" => sqlite(rest)?,
            "postgres" | "postgresql" | "mysql" | "mariadb" => {
                Self::Remote(remote(scheme, url, section.connections)?)
            }
            // What it is instead is not told: it may be a password.
            _ => return Err(FORMS.to_owned()),
        };
        match (&address, section.password_file.as_os_str().is_empty()) {
            (_, true) => Ok(address),
            (Self::Sqlite(_), false) => Err(NO_PASSWORD.to_owned()),
            (Self::Remote(it), false) if it.has_password() => Err(
                "database.url has a password and database.password_file another: leave one of them \
                 out"
                    .to_owned(),
            ),
            (Self::Remote(_), false) => Ok(address),
        }
    }

    fn of_the_original(
        Database { kind, path, password_file, .. }: &Database,
    ) -> Result<Self, String> {
        match kind.as_str() {
            "sqlite" if password_file.as_os_str().is_empty() => Ok(Self::Sqlite(path.clone())),
            "sqlite" => Err(NO_PASSWORD.to_owned()),
            "postgres" | "postgresql" | "mysql" | "mariadb" => Err(format!(
                "database.type is '{kind}', and where it is says database.url, like \
                 {kind}://USER@HOST/DATABASE"
            )),
            _ => Err(format!(
                "database.type is '{kind}': this server has sqlite, and PostgreSQL, MySQL and \
                 MariaDB by database.url"
            )),
        }
    }
}

const NO_PASSWORD: &str = "database.password_file is for a database.url of a server: an SQLite \
                           file has no password";

fn sqlite(rest: &str) -> Result<Address, String> {
    let path = match rest.strip_prefix("//") {
        Some(path) if path.starts_with('/') => path,
        Some(path) => {
            return Err(format!(
                "database.url: in sqlite://{path} the first word would be a machine; write \
                 sqlite:{path}"
            ));
        }
        None => rest,
    };
    if path.is_empty() || path.contains(['?', '#']) || path.contains(char::is_control) {
        return Err("database.url of SQLite is sqlite: and the path of the file alone, like \
                    sqlite:data/tasks.db"
            .to_owned());
    }
    Ok(Address::Sqlite(path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Result<Address, String> {
        Address::of(&Database { url: url.to_owned(), ..Database::default() })
    }

    #[test]
    fn a_database_is_named_by_a_url_or_as_the_original_does() {
        for (url, shown) in [
            ("", "data/tasks.db"),
            ("sqlite:data/t.db", "data/t.db"),
            ("sqlite:/srv/t.db", "/srv/t.db"),
            ("sqlite:///srv/t.db", "/srv/t.db"),
            ("postgres://moss@db/tasks", "postgres://moss@db:5432/tasks"),
            ("postgresql://moss:s3cret@db:6000/tasks", "postgres://moss@db:6000/tasks"),
            ("postgres://moss:p%40s%2Fs%23@db/t", "postgres://moss@db:5432/t"),
            ("postgres://m@h/t?sslmode=require", "postgres://m@h:5432/t"),
            ("postgres://m@localhost/t?host=/run/pg", "postgres://m@/run/pg/t"),
            ("postgres://m@[::1]/t?sslmode=verify-full", "postgres://m@[::1]:5432/t"),
            ("mysql://m@[::1]/t", "mysql://m@[::1]:3306/t"),
            ("mysql://moss:s3cret@db/tasks", "mysql://moss@db:3306/tasks"),
            ("mysql://moss:p%40s%2Fs%23@db:3307/t?ssl-mode=REQUIRED", "mysql://moss@db:3307/t"),
            ("mariadb://m@localhost/t?socket=/run/my", "mysql://m@/run/my/t"),
        ] {
            let address = of(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(address.to_string(), shown, "{url}");
            assert!(!format!("{address:?}").contains("s3cret"), "{address:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said_without_the_password() {
        for (url, says) in [
            ("s3cret", "written like"),
            ("http://moss:s3cret@db/t", "written like"),
            ("postgres:moss", "written like"),
            ("mysql:moss", "written like"),
            ("mysql://moss:s3cret@db/", "names no database"),
            ("mysql://moss:s3c@ret@db/t", "an @ or / in the wrong place"),
            ("mysql://db/t", "names no user"),
            ("mysql://moss:s3cret@db/t?sslmode=s3cret", "parameter that is not taken"),
            ("mysql://moss:s3cret@db/t?ssl-mode=s3cret", "does not fit: ssl-mode is one of"),
            ("mysql://moss:s3cret@db/t?ssl-mode=disabled&ssl-mode", "does not fit: ssl-mode is"),
            ("postgres://moss:s3cret@db", "names no database"),
            ("postgres://moss:s3cret@db/", "names no database"),
            ("postgres://moss:s3cret#@db/t", "a character that no URL has"),
            ("postgres://moss:s3cret @db/t", "a character that no URL has"),
            ("postgres://moss:s3crét@db/t", "a character that no URL has"),
            ("postgres://moss:s3c@ret@db/t", "an @ or / in the wrong place"),
            ("postgres://moss:s3c/ret@db/t", "an @ or / in the wrong place"),
            ("postgres://moss:s3cret@db:port/t", "invalid port number; in a password"),
            ("postgres://moss:s3cret@db/t?pasword=s3cret", "parameter that is not taken"),
            ("postgres://moss:s3cret@db/t?sslmode=s3cret", "does not fit: sslmode is one of"),
            ("postgres://moss:s3cret@db/t?sslmode=allow", "does not fit: sslmode is one of"),
            ("postgres://m@db/t?sslrootcert=s3c", "sslmode=verify-ca or verify-full only"),
            ("postgres://m@db/t?sslmode=require&sslrootcert=s3c", "which is looked at with"),
            ("mysql://m@db/t?ssl-ca=s3c", "ssl-mode=VERIFY_CA or VERIFY_IDENTITY only"),
            ("mysql://m@db/t?ssl-key=s3c", "needs both ssl-cert and ssl-key"),
            ("sqlite:", "the path of the file alone"),
            ("sqlite:t.db?mode=rwc", "the path of the file alone"),
            ("sqlite://data/t.db", "write sqlite:data/t.db"),
        ] {
            let refusal = of(url).unwrap_err();
            assert!(refusal.contains(says), "{url}: {refusal}");
            assert!(refusal.starts_with("database.url"), "{refusal}");
            assert!(!refusal.contains("s3c"), "{url}: {refusal}");
        }
    }

    #[test]
    fn there_is_one_password_and_only_where_there_is_one() {
        let of = |url: &str, kind: &str| {
            let (url, kind) = (url.to_owned(), kind.to_owned());
            Address::of(&Database { url, kind, password_file: "pw".into(), ..Database::default() })
        };
        assert!(of("postgres://moss@db/t", "sqlite").is_ok());
        assert!(of("mysql://moss@db/t", "sqlite").is_ok());
        for (url, kind, says) in [
            ("mysql://moss:s3cret@db/t", "sqlite", "leave one of them out"),
            ("postgres://moss:s3cret@db/t", "sqlite", "leave one of them out"),
            ("sqlite:t.db", "sqlite", "has no password"),
            ("", "sqlite", "has no password"),
            ("", "postgres", "where it is says database.url"),
            ("", "mysql", "like mysql://USER@HOST/DATABASE"),
            ("", "oracle", "database.type is 'oracle'"),
        ] {
            let refusal = of(url, kind).unwrap_err();
            assert!(refusal.contains(says) && !refusal.contains("s3cret"), "{refusal}");
        }
    }
}
