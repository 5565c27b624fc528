//! Building this workspace's binaries with the cargo that runs us.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::docs::root;

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

/// Builds one binary and says where it lies.
pub fn build(package: &str, bin: &str, profile: Profile) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(root())
        .args(["build", "--quiet", "--message-format", "json-render-diagnostics"])
        .args(["--package", package, "--bin", bin])
        .stderr(Stdio::inherit());
    match profile {
        Profile::Dev => {}
        Profile::Release => {
            command.arg("--release");
        }
        Profile::Dist => {
            // With a target named, the flags reach what is built for it and not build scripts.
            let host = host()?;
            command.args(["--profile", "dist", "--target", &host]);
            command.env("CARGO_ENCODED_RUSTFLAGS", dist_flags(&host).join("\u{1f}"));
        }
    }
    let output = command.output().context("running cargo build")?;
    ensure!(output.status.success(), "cargo build of {bin} failed");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == bin)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .with_context(|| format!("cargo build named no executable for {bin}"))
}

/// What rustc is told beyond the profile; on Linux a seventh of the binary hangs on it.
fn dist_flags(target: &str) -> Vec<String> {
    let mut flags = vec!["-Ctarget-feature=+crt-static".to_owned()];
    if target.ends_with("-linux-gnu") {
        // Relocations in a few bits each instead of 24 bytes. A static binary undoes them with
        // the glibc it is built with, which has to be 2.36 or newer.
        flags.push("-Clink-arg=-Wl,-z,pack-relative-relocs".to_owned());
        // No unwind tables, even for std and glibc. A panic still says what and where; a back
        // trace of a stripped binary would be bare addresses anyway.
        let script = root().join("xtask/no-unwind.ld");
        flags.push(format!("-Clink-arg=-Wl,-T,{}", script.display()));
    }
    flags
}

/// The target triple of this machine.
fn host() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("running rustc")?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}
