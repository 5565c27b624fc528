//! PostgreSQL for the tests: a cluster in a temporary folder, stopped when the test program ends
//! however it ends. With `MOSS_TEST_DATABASE=postgres` every test has a database of its own in it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use moss_server::config::{Address, Config};

/// Asks for the tests on another database than SQLite.
const VARIABLE: &str = "MOSS_TEST_DATABASE";

/// Makes a cluster, says where it is, and takes it away when nobody holds its input any more. Its
/// texts are sorted as people sort them: what relies on bytes without saying so is found.
const KEEPER: &str = r#"
set -eu; umask 077; bin=$1
folder=$(mktemp -d "${TMPDIR:-/tmp}/moss-postgres.XXXXXX")
trap 'rm -rf "$folder"' EXIT
"$bin/initdb" -D "$folder/data" -U moss --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=en --no-sync >/dev/null
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$folder'
unix_socket_permissions = 0777
max_connections = 200
END
chmod 711 "$folder"
"$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w start >/dev/null
echo "$folder"
cat >/dev/null
"$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null || true
"#;

/// A cluster.
pub struct Cluster {
    folder: PathBuf,
    databases: AtomicUsize,
    _keeper: Child,
    _input: ChildStdin,
}

/// Where the programs of PostgreSQL are, the newest first.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    found.sort();
    found.retain(|folder| folder.join("initdb").is_file());
    found.pop()
}

/// A program of PostgreSQL's, as a user it runs as: it refuses to be root.
fn as_nobody_special(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--"]).arg(program);
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

impl Cluster {
    /// Makes one and waits until it answers.
    pub fn start() -> Self {
        let programs = programs().unwrap_or_else(|| {
            panic!("{VARIABLE}=postgres, and there is no PostgreSQL: apt-get install postgresql")
        });
        let mut command = as_nobody_special(Path::new("sh"));
        command.args(["-c", KEEPER, "sh"]).arg(&programs).current_dir("/");
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (keeper.stdin.take().unwrap(), keeper.stdout.take().unwrap());
        let mut folder = String::new();
        BufReader::new(output).read_line(&mut folder).unwrap();
        assert!(!folder.is_empty(), "the cluster did not start");
        let (folder, databases) = (folder.trim_end().into(), AtomicUsize::new(0));
        Self { folder, databases, _keeper: keeper, _input: input }
    }

    /// The one that all tests share.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Where its socket is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Stops or starts it.
    pub fn control(&self, words: &[&str]) {
        let mut command = as_nobody_special(&programs().unwrap().join("pg_ctl"));
        command.arg("-D").arg(self.folder.join("data")).arg("-l").arg(self.folder.join("log"));
        let status = command.arg("-w").args(words).stdout(Stdio::null()).current_dir("/").status();
        assert!(status.unwrap().success(), "pg_ctl {words:?}");
    }

    /// Runs SQL as the one to whom all belongs.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let mut psql = Command::new(programs().unwrap().join("psql"));
        psql.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", "moss", "-d", database, "-c", sql]);
        let output = psql.arg("-h").arg(&self.folder).output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Lets nobody in without a password from now on.
    pub fn demand_passwords(&self) {
        let sql = "COPY (SELECT 'local all all scram-sha-256') TO PROGRAM \
                   'cat > pg_hba.conf'; SELECT pg_reload_conf()";
        for sql in sql.split("; ") {
            self.sql("postgres", sql);
        }
        std::thread::sleep(std::time::Duration::from_millis(300));
    }

    /// The URL of one of its databases, for this user.
    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@localhost/{database}?host={}", self.folder.display())
    }

    /// An empty database of its own: its name.
    pub fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        name
    }

    /// The same as a server opens it.
    pub fn address(&self) -> Address {
        let mut config = Config::default();
        config.database.url = self.url("moss", &self.database());
        config.address(None).unwrap()
    }
}

/// Whether the tests run on PostgreSQL.
pub fn is_asked_for() -> bool {
    match std::env::var(VARIABLE).as_deref() {
        Err(_) | Ok("" | "sqlite") => false,
        Ok("postgres") => true,
        Ok(other) => panic!("{VARIABLE} is {other:?}: there are sqlite and postgres"),
    }
}

/// Whether a test of what only SQLite has must not run; says so.
pub fn is_skipped(why: &str) -> bool {
    if is_asked_for() {
        eprintln!("SKIPPED on PostgreSQL: {why}");
    }
    is_asked_for()
}

/// Where the database of a test is: a new one, unless that of the folder is there already.
pub fn address_in(folder: &Path) -> Address {
    if is_asked_for() { Cluster::shared().address() } else { (&folder.join("tasks.db")).into() }
}
