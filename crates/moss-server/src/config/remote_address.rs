//! The address of a database that is a server: `database.url` of PostgreSQL, MySQL and MariaDB.

use std::fmt;

use sqlx::ConnectOptions;
use sqlx::mysql::MySqlConnectOptions;
use sqlx::postgres::PgConnectOptions;

use crate::config::address::FORMS;

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
            None => write!(f, "{scheme}://{user}@{host}:{port}/{database}"),
        }
    }
}

impl fmt::Debug for RemoteAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Parameters of the URL that are taken. Others are refused: one driver would tell them to the log
/// with their values, the other would go on without them.
fn parameters(scheme: &str) -> &'static [&'static str] {
    match scheme {
        "mysql" | "mariadb" => &["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket"],
        _ => &["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "application_name"],
    }
}

/// What `ssl-mode` may say. Its driver would repeat what stands there instead.
const SSL_MODES: &[&str] = &["disabled", "preferred", "required", "verify_ca", "verify_identity"];

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
    let taken = parameters(scheme);
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        if !taken.contains(&name) {
            return Err(format!(
                "database.url has a parameter that is not taken; there are {}",
                taken.join(", ")
            ));
        }
        if name == "ssl-mode" && !SSL_MODES.contains(&value.to_ascii_lowercase().as_str()) {
            return Err(format!(
                "database.url does not fit: ssl-mode is one of {}",
                SSL_MODES.join(", ").to_ascii_uppercase()
            ));
        }
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
    let has_password = user.is_some_and(|user| user.contains(':'));
    Ok(RemoteAddress { engine, connections, has_password })
}

fn postgres(url: &str) -> Result<PgConnectOptions, String> {
    let mut options: PgConnectOptions = url.parse().map_err(unfit)?;
    if options.get_application_name().is_none() {
        options = options.application_name("moss-server");
    }
    Ok(options.disable_statement_logging())
}

fn mysql(url: &str) -> Result<MySqlConnectOptions, String> {
    let options: MySqlConnectOptions = url.parse().map_err(unfit)?;
    Ok(options.disable_statement_logging())
}

/// The driver says what of it does not fit, and not what stands there.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unfit(error: sqlx::Error) -> String {
    let why = std::error::Error::source(&error).map(ToString::to_string);
    format!("database.url does not fit: {}; {ODD}", why.unwrap_or_default())
}
