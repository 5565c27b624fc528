//! This workspace: where it lies, and how the cargo that runs us builds its binaries.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// The repository's root.
pub fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// How a binary is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// As the tests build it.
    Dev,
    /// As a server runs.
    Release,
    /// As users download it: small, and static where the platform can.
    Dist,
}

/// Builds one binary for this machine and says where it lies.
pub fn build(package: &str, bin: &str, profile: Profile) -> Result<PathBuf> {
    match profile {
        Profile::Dev | Profile::Release => one(package, bin, profile, None),
        Profile::Dist => one(package, bin, profile, Some(&host()?)),
    }
}

/// Builds one binary as it is handed out: static where the platform can, and the same bytes
/// wherever it is built.
pub fn build_for(target: &str, package: &str, bin: &str, profile: Profile) -> Result<PathBuf> {
    one(package, bin, profile, Some(target))
}

/// Builds programs that are called like their packages as the tests build them, all at once, and
/// lets cargo show how far it is.
pub fn build_in_sight(programs: &[&str]) -> Result<Built> {
    let mut command = cargo_build();
    command.args(AS_TESTS);
    for program in programs {
        command.args(["--bin", program]);
    }
    run(command)
}

/// Selects what `cargo test` does: a selection of less has other features of what it depends on, and
/// whoever ran the tests would wait until all that is built once more.
const AS_TESTS: [&str; 3] = ["--workspace", "--test", "programs"];

/// With a target named, the flags reach what is built for it and not build scripts.
fn one(package: &str, bin: &str, profile: Profile, target: Option<&str>) -> Result<PathBuf> {
    let mut command = cargo_build();
    command.args(["--quiet", "--bin", bin]);
    match profile {
        Profile::Dev => command.args(AS_TESTS),
        Profile::Release => command.args(["--package", package, "--release"]),
        Profile::Dist => command.args(["--package", package, "--profile", "dist"]),
    };
    if let Some(target) = target {
        let flags = dist_flags(target)?.join("\u{1f}");
        command.args(["--locked", "--target", target]).env("CARGO_ENCODED_RUSTFLAGS", flags);
    }
    run(command)?.executable(bin)
}

fn cargo_build() -> Command {
    let mut command = cargo();
    command
        .current_dir(root())
        .args(["build", "--message-format", "json-render-diagnostics"])
        .stderr(Stdio::inherit());
    command
}

fn run(mut build: Command) -> Result<Built> {
    let output = build.output().context("running cargo build")?;
    ensure!(output.status.success(), "cargo build failed");
    Ok(Built(String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// What cargo says of everything it built, one JSON object a line.
pub struct Built(String);

impl Built {
    /// Where a binary lies.
    pub fn executable(&self, bin: &str) -> Result<PathBuf> {
        self.0
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["target"]["name"] == bin)
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .with_context(|| format!("cargo build named no executable for {bin}"))
    }
}

/// The cargo that runs us, without what it has told us of our own package: a build script that looks at
/// the same variables (ring's) would be run anew, and everything above it built anew. The tests have
/// the same in `test_support::program`, which is for Unix alone.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let told = name.to_str().unwrap_or_default();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|of| told.starts_with(of)) {
            command.env_remove(&name);
        }
    }
    command
}

/// What rustc is told beyond the profile.
fn dist_flags(target: &str) -> Result<Vec<String>> {
    let mut flags = vec!["-Ctarget-feature=+crt-static".to_owned()];
    if target.contains("-linux-") {
        // Random bytes from the kernel itself. Without this a static binary opens /dev/urandom,
        // and does not run where there is no /dev.
        flags.push("--cfg=getrandom_backend=\"linux_getrandom\"".to_owned());
    }
    if target.ends_with("-linux-gnu") {
        // An address that the start adds to takes a bit and not 24 bytes: see docs/decisions.md.
        flags.push("-Clink-arg=-Wl,-z,pack-relative-relocs".to_owned());
    }
    flags.extend(same_bytes_anywhere(target)?);
    Ok(flags)
}

/// What keeps the place and the time of a build out of its bytes.
fn same_bytes_anywhere(target: &str) -> Result<Vec<String>> {
    // The last one that fits counts: the target folder may lie in the checkout.
    let mut flags = vec![remap(&cargo_home()?, "/cargo"), remap(root(), "/moss")];
    flags.push(remap(&target_folder()?, "/target"));
    if target.contains("-linux-") {
        flags.push("-Clink-arg=-Wl,--build-id=none".to_owned());
    }
    if target.ends_with("-windows-msvc") {
        flags.push("-Clink-arg=/Brepro".to_owned());
    }
    Ok(flags)
}

fn remap(from: &Path, to: &str) -> String {
    format!("--remap-path-prefix={}={to}", from.display())
}

/// Where cargo keeps the sources of dependencies.
fn cargo_home() -> Result<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(".cargo"));
    named.or_else(home).context("neither CARGO_HOME nor a home folder is known")
}

/// Where cargo puts what it builds.
pub fn target_folder() -> Result<PathBuf> {
    let output = cargo()
        .current_dir(root())
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .stderr(Stdio::inherit())
        .output()
        .context("running cargo metadata")?;
    let metadata: Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let folder = metadata["target_directory"].as_str();
    Ok(folder.context("cargo metadata names no target folder")?.into())
}

/// The target triple of this machine.
pub fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("running rustc")?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}
