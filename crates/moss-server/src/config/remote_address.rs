//! The address of a database that is a server: `database.url` of PostgreSQL, MySQL and MariaDB.

use std::fmt;
use std::path::{Path, PathBuf};

use sqlx::ConnectOptions;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::config::ConfigError;
use crate::config::address::FORMS;
use crate::config::tls::{self, Files, Words};

/// What to do with a password that does not fit into a URL as it is.
const ODD: &str = "in a password write every character besides letters, digits and -._~ as \
                   %XX, or put it into the file of database.password_file";

/// A database of a server, and who asks.
#[derive(Clone)]
pub struct RemoteAddress {
    /// Which, and how it is reached.
    pub engine: Engine,
    /// Most connections this server has to it.
    pub connections: u32,
    has_password: bool,
    /// Files for TLS.
    files: Files,
}

/// A database server, and how it is reached. With the password.
#[derive(Clone)]
pub enum Engine {
    /// PostgreSQL.
    Postgres(Box<PgConnectOptions>),
    /// MySQL or MariaDB, which are spoken to alike.
    MySql(Box<MySqlConnectOptions>),
}

impl RemoteAddress {
    /// The same with the password of a file.
    #[must_use]
    pub(super) fn with_password(mut self, password: &str) -> Self {
        self.engine = match self.engine {
            Engine::Postgres(options) => Engine::Postgres(Box::new(options.password(password))),
            Engine::MySql(options) => Engine::MySql(Box::new(options.password(password))),
        };
        self
    }

    /// The same with the files it names in this folder.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(super) fn in_folder(mut self, folder: &Path) -> Result<Self, ConfigError> {
        for (name, file) in std::mem::take(&mut self.files) {
            self.engine = self.engine.with_file(name, tls::found(name, folder, &file)?);
        }
        Ok(self)
    }

    /// The same under another name, where a program gives one.
    #[must_use]
    pub(super) fn seen_as(mut self, name: &str) -> Self {
        self.engine = match self.engine {
            Engine::Postgres(options) => Engine::Postgres(Box::new(options.application_name(name))),
            Engine::MySql(options) => Engine::MySql(options),
        };
        self
    }

    /// Whether TLS is not wanted.
    pub fn is_without_tls(&self) -> bool {
        match &self.engine {
            Engine::Postgres(it) => matches!(it.get_ssl_mode(), PgSslMode::Disable),
            Engine::MySql(it) => matches!(it.get_ssl_mode(), MySqlSslMode::Disabled),
        }
    }

    /// The parameters of its URL that say whether TLS is asked for and who signs its certificate.
    pub fn tls_parameters(&self) -> (&'static str, &'static str) {
        let Words { mode, files: [authority, ..], .. } = self.engine.words();
        (mode, authority)
    }

    pub(super) fn has_password(&self) -> bool {
        self.has_password
    }

    /// Who asks.
    pub fn user(&self) -> &str {
        match &self.engine {
            Engine::Postgres(options) => options.get_username(),
            Engine::MySql(options) => options.get_username(),
        }
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        match &self.engine {
            Engine::Postgres(options) => options.get_database(),
            Engine::MySql(options) => options.get_database(),
        }
        .unwrap_or_default()
    }
}

impl Engine {
    fn words(&self) -> Words {
        match self {
            Self::Postgres(_) => tls::POSTGRES,
            Self::MySql(_) => tls::MYSQL,
        }
    }

    /// Whether the certificate of the server is looked at.
    fn is_verified(&self) -> bool {
        match self {
            Self::Postgres(it) => {
                matches!(it.get_ssl_mode(), PgSslMode::VerifyCa | PgSslMode::VerifyFull)
            }
            Self::MySql(it) => {
                matches!(it.get_ssl_mode(), MySqlSslMode::VerifyCa | MySqlSslMode::VerifyIdentity)
            }
        }
    }

    fn with_file(self, name: &str, path: PathBuf) -> Self {
        match self {
            Self::Postgres(it) => Self::Postgres(Box::new(match name {
                "sslrootcert" => it.ssl_root_cert(path),
                "sslcert" => it.ssl_client_cert(path),
                _ => it.ssl_client_key(path),
            })),
            Self::MySql(it) => Self::MySql(Box::new(match name {
                "ssl-ca" => it.ssl_ca(path),
                "ssl-cert" => it.ssl_client_cert(path),
                _ => it.ssl_client_key(path),
            })),
        }
    }
}

/// Never with the password, nor with what else the URL says.
impl fmt::Display for RemoteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host, port, socket) = match &self.engine {
            Engine::Postgres(it) => ("postgres", it.get_host(), it.get_port(), it.get_socket()),
            Engine::MySql(it) => ("mysql", it.get_host(), it.get_port(), it.get_socket()),
        };
        let socket = socket.map(|path| path.display());
        let (user, database) = (self.user(), self.database());
        match socket {
            Some(socket) => write!(f, "{scheme}://{user}@{socket}/{database}"),
            None if host.contains(':') => {
                write!(f, "{scheme}://{user}@[{host}]:{port}/{database}")
            }
            None => write!(f, "{scheme}://{user}@{host}:{port}/{database}"),
        }
    }
}

impl fmt::Debug for RemoteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What the URL of a scheme may say of TLS, and its other parameters.
fn words(scheme: &str) -> (Words, &'static [&'static str]) {
    match scheme {
        "mysql" | "mariadb" => (tls::MYSQL, &["socket"]),
        _ => (tls::POSTGRES, &["host", "application_name"]),
    }
}

/// The address in a URL.
///
/// # Errors
/// What of it does not fit, without what stands there.
pub(super) fn remote(scheme: &str, url: &str, connections: u32) -> Result<RemoteAddress, String> {
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
    let ((words, others), mut files) = (words(scheme), Files::new());
    // Others are refused: one driver would tell them to the log with their values, the other would go
    // on without them.
    let taken: Vec<&str> =
        [words.mode].into_iter().chain(words.files).chain(others.iter().copied()).collect();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if !taken.contains(&name.as_ref()) {
            return Err(format!(
                "database.url has a parameter that is not taken; there are {}",
                taken.join(", ")
            ));
        }
        words.take(&name, &value, &mut files)?;
    }
    let user = authority.split_once('@').map(|(user, _)| user);
    let engine = match scheme {
        // Its driver would ask as root.
        "mysql" | "mariadb" if user.is_none_or(|user| user.is_empty() || user.starts_with(':')) => {
            return Err(format!("database.url names no user before the host; {FORMS}"));
        }
        "mysql" | "mariadb" => Engine::MySql(Box::new(mysql(url)?)),
        _ => Engine::Postgres(Box::new(postgres(url)?)),
    };
    words.suit(&files, engine.is_verified())?;
    let has_password = user.is_some_and(|user| user.contains(':'));
    Ok(RemoteAddress { engine, connections, has_password, files })
}

fn postgres(url: &str) -> Result<PgConnectOptions, String> {
    let mut options: PgConnectOptions = url.parse().map_err(unfit)?;
    if options.get_application_name().is_none() {
        options = options.application_name("moss-server");
    }
    let host = bare(options.get_host());
    options = options.host(&host);
    Ok(options.disable_statement_logging())
}

fn mysql(url: &str) -> Result<MySqlConnectOptions, String> {
    let options: MySqlConnectOptions = url.parse().map_err(unfit)?;
    let host = bare(options.get_host());
    let options = options.host(&host);
    Ok(options.disable_statement_logging())
}

/// A host as a certificate names it: without the brackets an address of IPv6 has in a URL.
fn bare(host: &str) -> String {
    host.trim_matches(['[', ']']).to_owned()
}

/// The driver says what of it does not fit, and not what stands there.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unfit(error: sqlx::Error) -> String {
    let why = std::error::Error::source(&error).map(ToString::to_string);
    format!("database.url does not fit: {}; {ODD}", why.unwrap_or_default())
}
