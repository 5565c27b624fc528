//! What a test needs of the machine beyond Rust, a C compiler and git: programs by their names,
//! and rights.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::database::Kind;

/// Where programs are looked for, and the PATH of whatever a test starts.
pub const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// The right to mount in a namespace of one's own: disks that only one process sees.
pub const MOUNTS: &str = "unshare --mount";
/// The right to change the root and to make devices there.
pub const ROOT: &str = "the rights of root";
/// A PostgreSQL to make clusters with, by its package.
pub const POSTGRES: &str = "postgresql";
/// A MariaDB to make clusters with, by its package.
pub const MARIADB: &str = "mariadb-server";
/// What judges pages by the rules of accessibility, by its npm package, installed for all.
pub const AXE: &str = "axe-core";
/// Tests of what only SQLite has.
pub const SQLITE: &str = "SQLite, and MOSS_TEST_DATABASE names another";

/// Forbids a test to go without what it needs. Set where everything is installed.
const REQUIRED_VARIABLE: &str = "MOSS_TESTS_REQUIRE_TOOLS";
/// What neither Debian, npm nor PyPI has, and so nobody can be asked to install; and what is chosen.
const NOT_DEMANDED: &[&str] = &["pwsh", SQLITE];

/// Where a program of this machine is.
pub fn find(program: &str) -> Option<PathBuf> {
    let mut places = PATH.split(':').map(|folder| Path::new(folder).join(program));
    places.find(|place| place.is_file())
}

/// Where [`AXE`] is.
pub fn axe() -> Option<PathBuf> {
    let mut places = ["/usr/local/lib", "/usr/lib"]
        .map(|folder| Path::new(folder).join("node_modules/axe-core/axe.min.js"))
        .into_iter();
    places.find(|place| place.is_file())
}

/// Whether the machine lacks this program or right.
pub fn is_missing(need: &str) -> bool {
    match need {
        MOUNTS => namespace_flags().is_none(),
        ROOT => !is_root(),
        POSTGRES => Kind::Postgres.programs().is_none(),
        MARIADB => Kind::MariaDb.programs().is_none(),
        AXE => axe().is_none(),
        SQLITE => Kind::asked_for().is_some(),
        program => find(program).is_none(),
    }
}

/// Whether a test fails, rather than being skipped, where this is missing.
pub fn is_demanded(need: &str) -> bool {
    let set = env::var_os(REQUIRED_VARIABLE).is_some_and(|value| !value.is_empty());
    set && !NOT_DEMANDED.contains(&need)
}

/// A command that runs its arguments in a mount namespace of their own. Needs [`MOUNTS`].
pub fn namespace() -> Command {
    let mut unshare = Command::new("unshare");
    unshare.args(namespace_flags().expect(MOUNTS));
    unshare
}

/// How a mount namespace can be had here.
fn namespace_flags() -> Option<&'static [&'static str]> {
    static FLAGS: OnceLock<Option<&[&str]>> = OnceLock::new();
    let ways: [&'static [&str]; 2] = [&["--mount"], &["--map-root-user", "--mount"]];
    *FLAGS.get_or_init(|| {
        ways.into_iter().find(|flags| {
            let mut probe = Command::new("unshare");
            probe.args(*flags).args(["mount", "-t", "tmpfs", "none", "/mnt"]);
            probe.output().is_ok_and(|output| output.status.success())
        })
    })
}

fn is_root() -> bool {
    static IS: OnceLock<bool> = OnceLock::new();
    *IS.get_or_init(|| {
        let folder = tempfile::TempDir::new().unwrap();
        let null = folder.path().join("null");
        let made = Command::new("mknod").arg("-m666").arg(null).args(["c", "1", "3"]).output();
        let changed = Command::new("unshare").args(["-m", "chroot", "/", "true"]).output();
        [made, changed].iter().all(|ran| ran.as_ref().is_ok_and(|ran| ran.status.success()))
    })
}
