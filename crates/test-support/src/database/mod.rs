//! Database servers for the tests: each in a temporary folder, stopped when the test program ends
//! however it ends. With `MOSS_TEST_DATABASE=postgres` or `=mariadb` every test has a database of
//! its own in one of them.

mod mariadb;
mod postgres;

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, panic};

use crate::needs;

/// Asks for the tests on another database than SQLite.
pub const VARIABLE: &str = "MOSS_TEST_DATABASE";

/// A database server of Debian's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Postgres,
    MariaDb,
}

impl Kind {
    /// The one the tests are asked to run on; none for SQLite.
    pub fn asked_for() -> Option<Self> {
        match env::var(VARIABLE).as_deref() {
            Err(_) | Ok("" | "sqlite") => None,
            Ok("postgres") => Some(Self::Postgres),
            Ok("mariadb") => Some(Self::MariaDb),
            Ok(other) => panic!("{VARIABLE} is {other:?}: there are sqlite, postgres and mariadb"),
        }
    }

    /// What a test needs that runs on it.
    pub const fn need(self) -> &'static str {
        match self {
            Self::Postgres => needs::POSTGRES,
            Self::MariaDb => needs::MARIADB,
        }
    }

    /// Where its programs are.
    pub(crate) fn programs(self) -> Option<PathBuf> {
        match self {
            Self::Postgres => postgres::programs(),
            Self::MariaDb => mariadb::programs(),
        }
    }

    /// Who it runs as, instead of root.
    fn user(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MariaDb => "mysql",
        }
    }

    /// What keeps, starts and stops one.
    fn script(self) -> &'static str {
        match self {
            Self::Postgres => postgres::SCRIPT,
            Self::MariaDb => mariadb::SCRIPT,
        }
    }

    /// A database that is always there.
    pub fn first_database(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MariaDb => "mysql",
        }
    }

    /// Runs the script, as a user the server runs as: none of them is root.
    fn command(self, what: &str) -> Command {
        let programs = self
            .programs()
            .unwrap_or_else(|| panic!("no {need}: apt-get install {need}", need = self.need()));
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", self.user(), "--", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        command.args(["-c", self.script(), "sh", what]).arg(programs).current_dir("/");
        command
    }
}

/// A server. Whoever is on the machine gets in as `moss`, and may do everything.
pub struct Cluster {
    kind: Kind,
    folder: PathBuf,
    databases: AtomicUsize,
    _keeper: Child,
    _input: ChildStdin,
}

impl Cluster {
    /// Makes one and waits until it answers.
    pub fn start(kind: Kind) -> Self {
        let mut command = kind.command("keep");
        // What ends the tests from outside must not end who cleans up after them.
        command.process_group(0);
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (keeper.stdin.take().unwrap(), keeper.stdout.take().unwrap());
        let mut folder = String::new();
        BufReader::new(output).read_line(&mut folder).unwrap();
        assert!(!folder.is_empty(), "the cluster did not start");
        let (folder, databases) = (folder.trim_end().into(), AtomicUsize::new(0));
        Self { kind, folder, databases, _keeper: keeper, _input: input }
    }

    /// The one of this kind that all tests of a program share.
    pub fn shared(kind: Kind) -> &'static Self {
        static SHARED: [OnceLock<Cluster>; 2] = [OnceLock::new(), OnceLock::new()];
        let [postgres, mariadb] = &SHARED;
        let shared = match kind {
            Kind::Postgres => postgres,
            Kind::MariaDb => mariadb,
        };
        shared.get_or_init(|| Self::start_or_end(kind))
    }

    /// The one that all tests of a program share, if they are asked to run on one.
    pub fn asked_for() -> Option<&'static Self> {
        Kind::asked_for().map(Self::shared)
    }

    /// Without it no test can run: the first that asks for it ends all.
    fn start_or_end(kind: Kind) -> Self {
        panic::catch_unwind(|| Self::start(kind)).unwrap_or_else(|_| process::exit(101))
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    fn control(&self, what: &str) {
        let status = self.kind.command(what).arg(&self.folder).stdout(Stdio::null()).status();
        assert!(status.unwrap().success(), "{:?}: {what}", self.kind);
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(match self.kind {
            Kind::Postgres => ".s.PGSQL.5432",
            Kind::MariaDb => "socket",
        })
    }

    /// Stops it as the power does.
    pub fn stop(&self) {
        self.control("stop");
    }

    /// Starts it again.
    pub fn go_on(&self) {
        self.control("start");
    }

    /// Runs SQL as the one to whom all belongs. Answers the rows, a line each.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut client = match self.kind {
            Kind::Postgres => postgres::client(&self.folder, database, sql),
            Kind::MariaDb => mariadb::client(&self.folder, database, sql),
        };
        let output = client.output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Lets `moss` in with this password only.
    pub fn set_password(&self, password: &str) {
        match self.kind {
            Kind::Postgres => postgres::set_password(self, password),
            Kind::MariaDb => {
                self.sql("mysql", &format!("ALTER USER moss@localhost IDENTIFIED BY '{password}'"));
            }
        }
    }

    /// Ends every connection to one of its databases.
    pub fn hang_up(&self, database: &str) {
        match self.kind {
            Kind::Postgres => postgres::hang_up(self, database),
            Kind::MariaDb => mariadb::hang_up(self, database),
        }
    }

    /// The URL of one of its databases, for this user.
    pub fn url(&self, user: &str, database: &str) -> String {
        let folder = self.folder.display();
        match self.kind {
            Kind::Postgres => format!("postgres://{user}@localhost/{database}?host={folder}"),
            Kind::MariaDb => format!("mysql://{user}@localhost/{database}?socket={folder}/socket"),
        }
    }

    /// An empty database of its own: its name.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(self.kind.first_database(), &format!("CREATE DATABASE {name}"));
        name
    }
}

/// Where the database of a server under test is.
pub enum Place {
    /// The file of SQLite.
    File(PathBuf),
    /// A database of a server, by its name.
    Server(&'static Cluster, String),
}

impl Place {
    /// A new one: in this folder, unless the tests are asked to run on a server.
    pub fn new(folder: &Path) -> Self {
        match Cluster::asked_for() {
            Some(cluster) => Self::Server(cluster, cluster.database()),
            None => Self::File(folder.join("tasks.db")),
        }
    }

    /// As a `config.yaml` in this folder says it.
    pub fn section(&self, folder: &Path) -> String {
        match self {
            Self::File(path) => {
                let path = path.strip_prefix(folder).unwrap_or(path);
                format!("database:\n  type: sqlite\n  path: {path:?}\n")
            }
            Self::Server(cluster, name) => {
                format!("database:\n  url: {:?}\n", cluster.url("moss", name))
            }
        }
    }
}

fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// A program in one of these folders.
fn program(folder: &Path, name: &str) -> Command {
    Command::new(folder.join(name))
}
