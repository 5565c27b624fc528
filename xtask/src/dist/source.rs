//! What a release is made from: a commit, with its time; and what it takes to build it.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::workspace::root;

/// The time that every file of a release carries, in seconds since 1970: `SOURCE_DATE_EPOCH`
/// where it is set, else the commit's.
///
/// # Errors
/// When neither is known.
pub fn time() -> Result<u64> {
    let text = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text,
        Err(_) => git(&["log", "-1", "--format=%ct"])
            .context("no commit to take the time from\nhint: set SOURCE_DATE_EPOCH")?,
    };
    text.trim().parse().with_context(|| format!("{text:?} is no time in seconds"))
}

/// A signature says which commit a release was made from; so there has to be one.
///
/// # Errors
/// When there are changes.
pub fn ensure_committed() -> Result<()> {
    let changes = git(&["status", "--porcelain"])?;
    ensure!(
        changes.is_empty(),
        "changes that are in no commit are not signed:\n{changes}hint: commit them, or leave out --key"
    );
    Ok(())
}

/// Whether rustc can build for a target.
///
/// # Errors
/// When it cannot, with what mends it.
pub fn ensure_installed(target: &str) -> Result<()> {
    let mut rustc = Command::new("rustc");
    let output = rustc.args(["--print", "target-libdir", "--target", target]).output()?;
    let folder = String::from_utf8(output.stdout)?;
    let there = output.status.success() && std::path::Path::new(folder.trim()).is_dir();
    ensure!(there, "rustc cannot build for {target}\nhint: rustup target add {target}");
    Ok(())
}

fn git(arguments: &[&str]) -> Result<String> {
    let output =
        Command::new("git").current_dir(root()).args(arguments).output().context("running git")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "git {}: {}", arguments.join(" "), said.trim());
    Ok(String::from_utf8(output.stdout)?)
}
