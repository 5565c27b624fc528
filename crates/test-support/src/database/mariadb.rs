//! MariaDB: how one is kept, and asked.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Cluster, program};
use crate::needs;

/// `keep` makes a server, says where it is, and takes it away when nobody holds its input any more.
/// By default its texts are in Latin letters and sorted as Swedes sort them: what relies on bytes,
/// or on every letter, without saying so is found. It is in memory where there is enough: making
/// tables waits for the disk otherwise, each time.
pub(super) const SCRIPT: &str = r#"
set -eu; umask 077; do=$1 bin=$2 folder=${3-}
start() {
    "$bin/mariadbd" --defaults-file="$folder/my.cnf" --datadir="$folder/data" \
        --tmpdir="$folder/tmp" --socket="$folder/socket" --pid-file="$folder/pid" --skip-name-resolve \
        --innodb-buffer-pool-size=64M --innodb-log-file-size=32M --innodb-file-per-table=0 \
        --innodb-flush-method=nosync --skip-innodb-doublewrite --sync-frm=0 \
        --character-set-server=latin1 --collation-server=latin1_swedish_ci >/dev/null 2>>"$folder/log" </dev/null &
    until mariadb-admin --no-defaults --socket="$folder/socket" -u root ping >/dev/null 2>&1; do
        kill -0 $! || { cat "$folder/log" >&2; exit 1; }
        sleep 0.05
    done
}
stop() {
    pid=$(cat "$folder/pid")
    kill -9 "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
    rm -f "$folder/pid" "$folder/socket"
}
if [ "$do" != keep ]; then "$do"; exit; fi
place=${TMPDIR:-/tmp}
free=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
[ -n "${TMPDIR:-}" ] || [ "${free:-0}" -lt 4000000 ] || place=/dev/shm
folder=$(mktemp -d "$place/moss-mariadb.XXXXXX")
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/tmp" # each throws away at its start what others have in theirs
mariadb-install-db --no-defaults --datadir="$folder/data" --tmpdir="$folder/tmp" --skip-test-db --skip-name-resolve \
    --auth-root-authentication-method=normal >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
chmod 711 "$folder"
printf '[mariadbd]\nskip-networking\nmax-connections = 200\n' >"$folder/my.cnf"
start
mariadb --no-defaults --socket="$folder/socket" -u root -e "
    CREATE USER moss@localhost; GRANT ALL ON *.* TO moss@localhost WITH GRANT OPTION;
    CREATE USER moss@127.0.0.1; GRANT ALL ON *.* TO moss@127.0.0.1 WITH GRANT OPTION"
echo "$folder"
cat >/dev/null
stop || true
"#;

/// Where its programs are.
pub(super) fn programs() -> Option<PathBuf> {
    Some(needs::find("mariadbd")?.parent()?.to_owned())
}

pub(super) fn client(cluster: &Cluster, database: &str) -> Command {
    let mut mariadb = program(Path::new("/usr/bin"), "mariadb");
    mariadb.args(["--no-defaults", "--default-character-set=utf8mb4", "-N", "-B", "-r"]);
    mariadb.arg("--init-command=SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'");
    mariadb.arg(format!("--socket={}/socket", cluster.folder.display()));
    mariadb.args(["-u", "root", database]);
    mariadb
}

pub(super) fn hang_up(cluster: &Cluster, database: &str) {
    let all = format!(
        "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist \
         WHERE db = '{database}'"
    );
    let all = cluster.sql("mysql", &all);
    // One of them may be gone by itself.
    let done = client(cluster, "mysql").args(["--force", "-e", &all]).output().unwrap();
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.lines().all(|line| line.contains("1094") || !line.contains("ERROR")), "{said}");
}
