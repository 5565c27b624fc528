//! MariaDB: how one is kept, and asked.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Cluster, program};
use crate::needs;

/// `keep` makes a server, says where it is, and takes it away when nobody holds its input any more.
/// By default its texts are in Latin letters and sorted as Swedes sort them: what relies on bytes,
/// or on every letter, without saying so is found. Nothing of it must outlive the power.
pub(super) const SCRIPT: &str = r#"
set -eu; umask 077; do=$1 bin=$2 folder=${3-}
start() {
    "$bin/mariadbd" --no-defaults --datadir="$folder/data" --socket="$folder/socket" \
        --pid-file="$folder/pid" --skip-networking --skip-name-resolve --max-connections=200 \
        --innodb-buffer-pool-size=64M --innodb-flush-method=nosync --skip-innodb-doublewrite \
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
folder=$(mktemp -d "${TMPDIR:-/tmp}/moss-mariadb.XXXXXX")
trap 'rm -rf "$folder"' EXIT
mariadb-install-db --no-defaults --datadir="$folder/data" --skip-test-db --skip-name-resolve \
    --auth-root-authentication-method=normal >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
chmod 711 "$folder"
start
mariadb --no-defaults --socket="$folder/socket" -u root -e "
    CREATE USER moss@localhost; GRANT ALL ON *.* TO moss@localhost WITH GRANT OPTION"
echo "$folder"
cat >/dev/null
stop || true
"#;

/// Where its programs are.
pub(super) fn programs() -> Option<PathBuf> {
    Some(needs::find("mariadbd")?.parent()?.to_owned())
}

pub(super) fn client(folder: &Path, database: &str, sql: &str) -> Command {
    let mut mariadb = program(Path::new("/usr/bin"), "mariadb");
    mariadb.args(["--no-defaults", "--default-character-set=utf8mb4", "-N", "-B", "-r"]);
    mariadb.arg("--init-command=SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'");
    mariadb.arg(format!("--socket={}/socket", folder.display()));
    mariadb.args(["-u", "root", "-e", sql, database]);
    mariadb
}

pub(super) fn hang_up(cluster: &Cluster, database: &str) {
    let all = format!(
        "SELECT CONCAT('KILL ', id) FROM information_schema.processlist WHERE db = '{database}'"
    );
    for kill in cluster.sql("mysql", &all).lines() {
        // It may be gone by itself.
        let kill = format!("DECLARE CONTINUE HANDLER FOR 1094 BEGIN END; {kill}");
        cluster.sql("mysql", &format!("BEGIN NOT ATOMIC {kill}; END"));
    }
}
