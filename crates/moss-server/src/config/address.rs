//! Where the database is: `database.url`, or the original's `database.type` and `database.path`.

use std::fmt;
use std::path::{Path, PathBuf};

use sqlx::postgres::PgConnectOptions;

use crate::config::sections::Database;

/// What a URL of a database looks like.
const FORMS: &str = "database.url is written like sqlite:data/tasks.db or \
                     postgres://USER@HOST:5432/DATABASE";
/// What to do with a password that does not fit into a URL as it is.
const ODD: &str = "in a password write every character besides letters, digits and -._~ as \
                   %XX, or put it into the file of database.password_file";

/// Where the database is.
#[derive(Clone, Debug)]
pub enum Address {
    /// The SQLite file.
    Sqlite(PathBuf),
    /// A database of a PostgreSQL server.
    Postgres(PostgresAddress),
}

/// A database of a PostgreSQL server, and who asks.
#[derive(Clone)]
pub struct PostgresAddress {
    /// With the password.
    pub options: Box<PgConnectOptions>,
    /// Most connections this server has to it.
    pub connections: u32,
    has_password: bool,
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
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

/// Never with the password, nor with what else the URL says.
impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let it = &self.options;
        let (user, host) = (it.get_username(), it.get_host());
        let database = it.get_database().unwrap_or(user);
        match it.get_socket() {
            Some(socket) => write!(f, "postgres://{user}@{}/{database}", socket.display()),
            None => write!(f, "postgres://{user}@{host}:{}/{database}", it.get_port()),
        }
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PostgresAddress {
    /// The same with the password of a file.
    #[must_use]
    pub(super) fn with_password(mut self, password: &str) -> Self {
        self.options = Box::new(self.options.password(password));
        self
    }
}

impl Address {
    /// The same, for a program that the database is to know by another name than a server's.
    #[must_use]
    pub fn seen_as(self, name: &str) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(path),
            Self::Postgres(mut address) => {
                address.options = Box::new(address.options.application_name(name));
                Self::Postgres(address)
            }
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
            "postgres" | "postgresql" => postgres(url, section.connections)?,
            "mysql" | "mariadb" => {
                return Err("database.url: this server has no MySQL or MariaDB yet; use sqlite: \
                            or postgres:"
                    .to_owned());
            }
            // What it is instead is not told: it may be a password.
            _ => return Err(FORMS.to_owned()),
        };
        match (&address, section.password_file.as_os_str().is_empty()) {
            (_, true) => Ok(address),
            (Self::Sqlite(_), false) => Err(NO_PASSWORD.to_owned()),
            (Self::Postgres(it), false) if it.has_password => Err(
                "database.url has a password and database.password_file another: leave one of them \
                 out"
                    .to_owned(),
            ),
            (Self::Postgres(_), false) => Ok(address),
        }
    }

    fn of_the_original(
        Database { kind, path, password_file, .. }: &Database,
    ) -> Result<Self, String> {
        match kind.as_str() {
            "sqlite" if password_file.as_os_str().is_empty() => Ok(Self::Sqlite(path.clone())),
            "sqlite" => Err(NO_PASSWORD.to_owned()),
            "postgres" | "postgresql" => Err(format!(
                "database.type is '{kind}', and where it is says database.url, like \
                 postgres://USER@HOST:5432/DATABASE"
            )),
            _ => Err(format!(
                "database.type is '{kind}': this server has sqlite, and PostgreSQL by database.url"
            )),
        }
    }
}

const NO_PASSWORD: &str = "database.password_file is for a database.url of PostgreSQL: an SQLite \
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

/// Parameters of the URL that are taken. Others are refused: the driver would tell them to the log
/// with their values.
const PARAMETERS: &[&str] =
    &["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "application_name"];

fn postgres(url: &str, connections: u32) -> Result<Address, String> {
    let Some((_, rest)) = url.split_once("://") else { return Err(FORMS.to_owned()) };
    let odd = |what: &str| Err(format!("database.url has {what}; {ODD}"));
    if !rest.chars().all(|c| c.is_ascii_graphic() && !"\"'`<>\\^{}|#".contains(c)) {
        return odd("a character that no URL has");
    }
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = place.split_once('/').unwrap_or((place, ""));
    if authority.matches('@').count() > 1 || database.contains(['@', '/']) {
        return odd("an @ or / in the wrong place");
    }
    if database.is_empty() {
        return Err(format!("database.url names no database after the host; {FORMS}"));
    }
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let name = parameter.split('=').next().unwrap_or_default();
        if !PARAMETERS.contains(&name) {
            return Err(format!(
                "database.url has a parameter that is not taken; there are {}",
                PARAMETERS.join(", ")
            ));
        }
    }
    let has_password = authority.split_once('@').is_some_and(|(user, _)| user.contains(':'));
    let mut options: PgConnectOptions = url.parse().map_err(|error: sqlx::Error| {
        // The driver says what of it does not fit, and not what stands there.
        let why = std::error::Error::source(&error).map(ToString::to_string);
        format!("database.url does not fit: {}; {ODD}", why.unwrap_or_default())
    })?;
    if options.get_application_name().is_none() {
        options = options.application_name("moss-server");
    }
    let options = Box::new(sqlx::ConnectOptions::disable_statement_logging(options));
    Ok(Address::Postgres(PostgresAddress { options, connections, has_password }))
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
            ("mysql://moss:s3cret@db/t", "no MySQL or MariaDB yet"),
            ("postgres://moss:s3cret@db", "names no database"),
            ("postgres://moss:s3cret@db/", "names no database"),
            ("postgres://moss:s3cret#@db/t", "a character that no URL has"),
            ("postgres://moss:s3cret @db/t", "a character that no URL has"),
            ("postgres://moss:s3crét@db/t", "a character that no URL has"),
            ("postgres://moss:s3c@ret@db/t", "an @ or / in the wrong place"),
            ("postgres://moss:s3c/ret@db/t", "an @ or / in the wrong place"),
            ("postgres://moss:s3cret@db:port/t", "invalid port number; in a password"),
            ("postgres://moss:s3cret@db/t?pasword=s3cret", "parameter that is not taken"),
            ("postgres://moss:s3cret@db/t?sslmode=never", "does not fit"),
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
        for (url, kind, says) in [
            ("postgres://moss:s3cret@db/t", "sqlite", "leave one of them out"),
            ("sqlite:t.db", "sqlite", "has no password"),
            ("", "sqlite", "has no password"),
            ("", "postgres", "where it is says database.url"),
            ("", "oracle", "database.type is 'oracle'"),
        ] {
            let refusal = of(url, kind).unwrap_err();
            assert!(refusal.contains(says) && !refusal.contains("s3cret"), "{refusal}");
        }
    }
}
