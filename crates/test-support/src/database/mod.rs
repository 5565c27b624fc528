//! Database servers for the tests: each in a temporary folder, stopped when the test program ends
//! however it ends. With `MOSS_TEST_DATABASE=postgres` or `=mariadb` every test has a database of
//! its own in one of them.

mod authority;
mod mariadb;
mod postgres;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, panic};

use tempfile::TempDir;

use crate::needs;

pub use authority::{Authority, OPENSSL};

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

    /// The port it listens at unless it is told another.
    fn port(self) -> u16 {
        match self {
            Self::Postgres => 5432,
            Self::MariaDb => 3306,
        }
    }

    /// Runs the script, as a user the server runs as: none of them is root.
    fn command(self, what: &str) -> Command {
        self.command_after(Command::new("env"), what)
    }

    /// The same at the end of another command.
    fn command_after(self, mut command: Command, what: &str) -> Command {
        let programs = self
            .programs()
            .unwrap_or_else(|| panic!("no {need}: apt-get install {need}", need = self.need()));
        if is_root() {
            command.args(["runuser", "-u", self.user(), "--"]);
        }
        command.args(["sh", "-c", self.script(), "sh", what]).arg(programs).current_dir("/");
        command
    }
}

/// A server. Whoever is on the machine gets in as `moss`, and may do everything.
pub struct Cluster {
    kind: Kind,
    folder: PathBuf,
    port: u16,
    databases: AtomicUsize,
    keeper: Child,
    input: Option<ChildStdin>,
    // Last: removed after the server has gone.
    disk: Option<TempDir>,
}

impl Cluster {
    /// Makes one and waits until it answers.
    pub fn start(kind: Kind) -> Self {
        Self::kept_by(kind, kind.command("keep"))
    }

    /// One that lies on a disk of its own, which nobody else sees, with little room besides what it
    /// needs. Needs [`needs::MOUNTS`] and [`needs::ROOT`].
    pub fn on_a_small_disk(kind: Kind) -> Self {
        let megabytes = match kind {
            Kind::Postgres => "120",
            Kind::MariaDb => "300",
        };
        let disk = TempDir::new().unwrap();
        let mut namespace = needs::namespace();
        let script = r#"mount -t tmpfs -o size="$1"m none "$TMPDIR"; shift; exec "$@""#;
        namespace.args(["sh", "-ec", script, "sh", megabytes]);
        let mut command = kind.command_after(namespace, "keep");
        command.env("TMPDIR", disk.path());
        let mut cluster = Self::kept_by(kind, command);
        let root = PathBuf::from(format!("/proc/{}/root", cluster.keeper.id()));
        cluster.folder = root.join(cluster.folder.strip_prefix("/").unwrap());
        cluster.disk = Some(disk);
        if kind == Kind::MariaDb {
            // It keeps less in hand.
            cluster.sql("mysql", "SET GLOBAL innodb_autoextend_increment = 1");
        }
        cluster
    }

    fn kept_by(kind: Kind, mut command: Command) -> Self {
        // What ends the tests from outside must not end who cleans up after them.
        command.process_group(0);
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (keeper.stdin.take().unwrap(), keeper.stdout.take().unwrap());
        let mut folder = String::new();
        BufReader::new(output).read_line(&mut folder).unwrap();
        assert!(!folder.is_empty(), "the cluster did not start");
        let (folder, databases) = (folder.trim_end().into(), AtomicUsize::new(0));
        let (port, disk) = (kind.port(), None);
        Self { kind, folder, port, databases, keeper, input: Some(input), disk }
    }

    /// The same with these lines in its configuration, started again.
    #[must_use]
    pub fn configured(self, lines: &str) -> Self {
        self.stop();
        let file = self.folder.join(match self.kind {
            Kind::Postgres => "data/postgresql.conf",
            Kind::MariaDb => "my.cnf",
        });
        let mut file = std::fs::OpenOptions::new().append(true).open(file).unwrap();
        writeln!(file, "{lines}").unwrap();
        self.go_on();
        self
    }

    /// The same, listening at a port of 127.0.0.1, too.
    #[must_use]
    pub fn at_a_port(mut self) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let how = match self.kind {
            Kind::Postgres => "listen_addresses = '127.0.0.1'",
            Kind::MariaDb => "skip-networking = 0\nbind-address = 127.0.0.1",
        };
        self = self.configured(&format!("{how}\nport = {port}"));
        self.port = port;
        self
    }

    /// The same with a certificate of this authority.
    #[must_use]
    pub fn certified_by(self, authority: &Authority) -> Self {
        let [key, own, ca] = authority.certify(&self.folder);
        let (key, own, ca) = (key.display(), own.display(), ca.display());
        let lines = match self.kind {
            Kind::Postgres => format!(
                "ssl = on\nssl_key_file = '{key}'\nssl_cert_file = '{own}'\nssl_ca_file = '{ca}'"
            ),
            Kind::MariaDb => format!("ssl-key = {key}\nssl-cert = {own}\nssl-ca = {ca}"),
        };
        self.configured(&lines)
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
        // On a disk of its own it is seen by whom it is kept by.
        let keeper = format!("/proc/{}/root", self.keeper.id());
        let (mut command, folder) = match self.folder.strip_prefix(&keeper) {
            Err(_) => (self.kind.command(what), self.folder.clone()),
            Ok(inside) => {
                let mut there = Command::new("nsenter");
                there.args(["--mount", "--target", &self.keeper.id().to_string()]);
                (self.kind.command_after(there, what), Path::new("/").join(inside))
            }
        };
        let status = command.arg(folder).stdout(Stdio::null()).status();
        assert!(status.unwrap().success(), "{:?}: {what}", self.kind);
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(match self.kind {
            Kind::Postgres => format!(".s.PGSQL.{}", self.port),
            Kind::MariaDb => "socket".to_owned(),
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

    /// Its own client, as the one to whom all belongs.
    fn client(&self, database: &str) -> Command {
        match self.kind {
            Kind::Postgres => postgres::client(self, database),
            Kind::MariaDb => mariadb::client(self, database),
        }
    }

    /// Whether it takes this SQL.
    pub fn takes(&self, database: &str, sql: &str) -> bool {
        self.try_sql(database, sql).status.success()
    }

    fn try_sql(&self, database: &str, sql: &str) -> Output {
        let what = match self.kind {
            Kind::Postgres => "-c",
            Kind::MariaDb => "-e",
        };
        self.client(database).args([what, sql]).output().unwrap()
    }

    /// Runs SQL as the one to whom all belongs. Answers the rows, a line each.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let output = self.try_sql(database, sql);
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
            Kind::Postgres => {
                format!("postgres://{user}@localhost:{}/{database}?host={folder}", self.port)
            }
            Kind::MariaDb => format!("mysql://{user}@localhost/{database}?socket={folder}/socket"),
        }
    }

    /// The same by its port, under a name of this machine.
    pub fn url_by_port(&self, host: &str, database: &str) -> String {
        let (port, scheme) = (
            self.port,
            match self.kind {
                Kind::Postgres => "postgres",
                Kind::MariaDb => "mysql",
            },
        );
        format!("{scheme}://moss@{host}:{port}/{database}")
    }

    /// Clients that take every connection there is, and do nothing with them.
    pub fn crowd(&self, connections: usize) -> Crowd {
        let first = self.kind.first_database();
        let wait = || self.client(first).stdin(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut crowd = Crowd((0..connections).map(|_| wait().unwrap()).collect());
        let end = Instant::now() + Duration::from_secs(20);
        // Whoever looks may have taken the place of one that waits.
        while self.takes(first, "SELECT 1") {
            assert!(Instant::now() < end, "there is still a connection free");
            crowd.0.push(wait().unwrap());
            sleep(Duration::from_millis(50));
        }
        crowd
    }

    /// Takes all the room there is on the disk it lies on, until what it answers is dropped. The log
    /// of PostgreSQL has room to go on: without it, that stops.
    pub fn fill_disk(&self) -> Filler {
        if self.kind == Kind::Postgres {
            let own_piece = "CHECKPOINT; SELECT pg_switch_wal(); SELECT txid_current()";
            self.sql("postgres", own_piece);
        }
        let path = self.folder.join("filler");
        let mut file = File::create(&path).unwrap();
        for piece in [1 << 20, 4096, 1] {
            while file.write_all(&vec![b'x'; piece]).is_ok() {}
        }
        Filler(path)
    }

    /// An empty database of its own: its name.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(self.kind.first_database(), &format!("CREATE DATABASE {name}"));
        name
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.disk.is_some() {
            // The disk goes after whoever is at work on it.
            drop(self.input.take());
            let _ = self.keeper.wait();
        }
    }
}

/// Who takes all connections, until it is dropped.
pub struct Crowd(Vec<Child>);

impl Drop for Crowd {
    fn drop(&mut self) {
        for one in &mut self.0 {
            let _ = one.kill();
            let _ = one.wait();
        }
    }
}

/// A text of 8,000 letters that no database makes shorter.
pub fn noise(seed: usize) -> String {
    let mut state = seed as u64 + 1;
    let mut word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{:08x}", state >> 32)
    };
    (0..1_000).map(|_| word()).collect()
}

/// What fills a disk, until it is dropped.
pub struct Filler(PathBuf);

impl Drop for Filler {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
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
