//! `cargo xtask dist --check-reproducible`: one commit, built twice as two people would.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::workspace::{cargo, root};

/// Two checkouts whose paths differ in name and length.
const PLACES: [&str; 2] = ["one", "another/with a longer name"];

/// Builds the current commit in two checkouts with target folders of their own, and compares.
///
/// # Errors
/// When a byte differs; then both checkouts stay for a look.
pub fn check(targets: &[String]) -> Result<()> {
    let scratch = tempfile::tempdir()?;
    let mut made = Vec::new();
    for place in PLACES {
        made.push(make(&scratch.path().join(place), targets)?);
    }
    let (one, other) = (&made[0], &made[1]);
    if one != other {
        let differs = |name: &&String| one.get(*name) != other.get(*name);
        let names: BTreeSet<&String> = one.keys().chain(other.keys()).filter(differs).collect();
        let names: Vec<_> = names.into_iter().map(String::as_str).collect();
        bail!("not the same twice: {} in {}", names.join(", "), scratch.keep().display());
    }
    for (name, digest) in one {
        println!("{digest}  {name}");
    }
    println!("the same {} files from two checkouts", one.len());
    Ok(())
}

/// The files of a release, built in a new checkout, by name; each with its digest.
fn make(checkout: &Path, targets: &[String]) -> Result<BTreeMap<String, String>> {
    println!("checking out into {}", checkout.display());
    let mut git = Command::new("git");
    let cloned = git.args(["clone", "--quiet"]).arg(root()).arg(checkout).status()?;
    ensure!(cloned.success(), "git clone failed");
    let out = checkout.join("target/releases");
    let mut dist = cargo();
    dist.current_dir(checkout).args(["xtask", "dist", "--out"]).arg(&out);
    for target in targets {
        dist.args(["--target", target]);
    }
    let status = dist.env_remove("CARGO_TARGET_DIR").status().context("running cargo")?;
    ensure!(status.success(), "cargo xtask dist failed in {}", checkout.display());
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(out)? {
        let entry = entry?;
        let digest = Sha256::digest(std::fs::read(entry.path())?);
        let hex = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        files.insert(entry.file_name().to_string_lossy().into_owned(), hex);
    }
    Ok(files)
}
