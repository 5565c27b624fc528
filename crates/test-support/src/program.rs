//! The binaries under test.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// `moss`. To the tests of its own package cargo says where it is.
pub fn moss() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        env::var_os("CARGO_BIN_EXE_moss").map_or_else(|| built()[0].clone(), PathBuf::from)
    })
}

/// Names another `moss-server` to run than the one of this build: a benchmark's.
pub const OTHER_SERVER: &str = "MOSS_TESTS_SERVER";

/// `moss-server`.
pub fn moss_server() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND
        .get_or_init(|| env::var_os(OTHER_SERVER).map_or_else(|| built()[1].clone(), PathBuf::from))
}

/// The folder `moss` is in, first of all folders programs are looked for in.
pub fn path_with_moss() -> String {
    format!("{}:{}", moss().parent().unwrap().display(), crate::needs::PATH)
}

/// Cargo, for whoever was started by cargo. What it tells a program of the program's package is kept from
/// it: a build script that looks at the same variables (ring's) would take them for its own, and
/// everything above it would be built anew, then and the next time.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let told = name.to_str().unwrap_or_default();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|of| told.starts_with(of)) {
            command.env_remove(&name);
        }
    }
    command
}

/// Both, brought up to date once a process: cargo builds only the binaries of the package under
/// test by itself.
///
/// The whole workspace is selected, with a test, so that every dependency has the features it has
/// under `cargo test --workspace`: after that nothing is left to build.
fn built() -> &'static [PathBuf; 2] {
    static BUILT: OnceLock<[PathBuf; 2]> = OnceLock::new();
    BUILT.get_or_init(|| {
        let this = env::current_exe().unwrap();
        // target/PROFILE/deps/THIS
        let profile = this.ancestors().nth(2).unwrap();
        let name = profile.file_name().unwrap().to_str().unwrap();
        let output = cargo()
            .args(["build", "--quiet", "--workspace", "--bin", "moss", "--bin", "moss-server"])
            .args(["--test", "programs", "--message-format", "json-render-diagnostics"])
            .args(["--profile", if name == "debug" { "dev" } else { name }])
            .arg("--target-dir")
            .arg(profile.parent().unwrap())
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "moss and moss-server cannot be built:\n{errors}");
        let messages = String::from_utf8_lossy(&output.stdout);
        ["moss", "moss-server"].map(|bin| {
            let made = messages
                .lines()
                .filter_map(|line| serde_json::from_str::<Value>(line).ok())
                .filter(|message| message["target"]["name"] == bin)
                .find_map(|message| message["executable"].as_str().map(PathBuf::from));
            made.unwrap_or_else(|| panic!("cargo build names no {bin}:\n{messages}"))
        })
    })
}
