//! PostgreSQL: how one is kept, and asked.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::{Cluster, program};

/// `keep` makes a cluster, says where it is, and takes it away when nobody holds its input any more.
/// Its texts are sorted as people sort them: what relies on bytes without saying so is found. It waits
/// for no disk: it is killed now and then, but the power stays on.
pub(super) const SCRIPT: &str = r#"
set -eu; umask 077; do=$1 bin=$2 folder=${3-}
start() { "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w start >/dev/null; }
stop() { "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null; }
if [ "$do" != keep ]; then "$do"; exit; fi
folder=$(mktemp -d "${TMPDIR:-/tmp}/moss-postgres.XXXXXX")
trap 'rm -rf "$folder"' EXIT
"$bin/initdb" -D "$folder/data" -U moss --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
    --locale-provider=icu --icu-locale=en --no-sync >/dev/null
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$folder'
unix_socket_permissions = 0777
max_connections = 200
fsync = off
END
chmod 711 "$folder"
start
echo "$folder"
cat >/dev/null
stop || true
"#;

/// Where its programs are, the newest first.
pub(super) fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    found.sort();
    found.retain(|folder| folder.join("initdb").is_file());
    found.pop()
}

pub(super) fn client(cluster: &Cluster, database: &str) -> Command {
    let mut psql = program(&programs().unwrap(), "psql");
    psql.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", "moss", "-d", database]);
    psql.arg("-h").arg(&cluster.folder).args(["-p", &cluster.port.to_string()]);
    psql
}

pub(super) fn set_password(cluster: &Cluster, password: &str) {
    for sql in [
        &format!("ALTER ROLE moss PASSWORD '{password}'"),
        "COPY (SELECT 'local all all scram-sha-256') TO PROGRAM 'cat > pg_hba.conf'",
        "SELECT pg_reload_conf()",
    ] {
        cluster.sql("postgres", sql);
    }
    std::thread::sleep(Duration::from_millis(300));
}

pub(super) fn hang_up(cluster: &Cluster, database: &str) {
    let all = format!(
        "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}'"
    );
    cluster.sql("postgres", &all);
}
