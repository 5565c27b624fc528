//! `cargo xtask dist`: what users download, from this tree. `sign` and `recall` work on what it
//! made.

mod archive;
mod folder;
mod keys;
#[cfg(test)]
mod packaging;
mod repeat;
mod sign;
mod source;
#[cfg(test)]
mod workflow;

pub use keys::make as release_keys;
pub use sign::Sign;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use ed25519_dalek::VerifyingKey;
use moss_api::Timestamp;
use moss_api::release::{MAX_ARCHIVE_BYTES, Version};

use crate::cargo::{Profile, build, build_for, host, target_folder};
use crate::docs::root;
use archive::{Archive, Mode};
use folder::{Built, Folder, Fresh};
use keys::ReleaseKey;

/// Every system that a release is built for.
#[cfg_attr(not(test), expect(dead_code, reason = "a test holds the release workflow to it"))]
const TARGETS: [&str; 6] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
];

/// A program that is handed out.
struct Program {
    name: &'static str,
    profile: Profile,
    /// Bytes; a larger one is not released.
    most: usize,
    /// What lies beside it in its archive.
    rest: fn(&mut Archive) -> Result<()>,
}

const PROGRAMS: [Program; 2] = [
    Program { name: "moss", profile: Profile::Dist, most: 5_000_000, rest: beside_moss },
    // Not the dist profile: speed counts more than size here, and a panic must end its request
    // and not the server.
    Program {
        name: "moss-server",
        profile: Profile::Release,
        most: 25_000_000,
        rest: beside_moss_server,
    },
];

/// Build what users download: archives, SHA256SUMS and manifest.json
#[derive(clap::Args)]
pub struct Dist {
    /// What it is to run on, as Rust names it, instead of this machine; again for more
    #[arg(long = "target", value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    to: To,
    /// Instead: build this commit twice, in two folders, and compare every byte
    #[arg(long, conflicts_with_all = ["key", "out", "minimum"])]
    check_reproducible: bool,
}

/// Where releases go, and with what signature.
#[derive(clap::Args)]
struct To {
    /// The secret key to sign with
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The folder of releases; what it has stays [default: releases in the target folder]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The oldest client that these releases' servers work with
    #[arg(long, value_name = "VERSION")]
    minimum: Option<Version>,
}

impl Dist {
    /// Builds, and says what is where.
    ///
    /// # Errors
    /// When something cannot be built, is too large, or may not be signed.
    pub fn run(self) -> Result<()> {
        if self.check_reproducible {
            return repeat::check(&self.targets);
        }
        let to = self.to.open()?;
        if to.key.is_some() {
            source::ensure_committed()?;
        }
        let targets = if self.targets.is_empty() { vec![host()?] } else { self.targets };
        for target in &targets {
            source::ensure_installed(target)?;
        }
        let time = source::time()?;
        let mut archives = Vec::new();
        for target in targets {
            for program in &PROGRAMS {
                archives.push(program.pack(&target, time)?);
            }
        }
        let date = Timestamp::from_micros(i64::try_from(time)?.saturating_mul(1_000_000));
        to.publish(Fresh { version: version()?, date, minimum: None, archives })
    }
}

/// The version of everything in this tree.
fn version() -> Result<Version> {
    env!("CARGO_PKG_VERSION").parse().context("the workspace's version")
}

impl Program {
    fn pack(&self, target: &str, time: u64) -> Result<Built> {
        let name = self.name;
        println!("building {name} for {target}");
        let binary = std::fs::read(build_for(target, name, name, self.profile)?)?;
        let size = binary.len();
        ensure!(
            size <= self.most,
            "{name} for {target} has {size} bytes, and may have {}",
            self.most
        );
        let mut archive = Archive::new(&format!("{name}-{}-{target}", version()?));
        let suffix = if target.contains("-windows-") { ".exe" } else { "" };
        archive.add(&format!("{name}{suffix}"), Mode::Program, binary);
        archive.add_from(root(), "LICENSE")?;
        (self.rest)(&mut archive)?;
        let bytes = archive.pack(time)?;
        ensure!(bytes.len() as u64 <= MAX_ARCHIVE_BYTES, "the archive of {name} is too large");
        println!("{name}: {size} bytes, {} packed", bytes.len());
        Ok(Built { program: name.to_owned(), target: target.to_owned(), bytes })
    }
}

fn beside_moss(archive: &mut Archive) -> Result<()> {
    archive.add_all(root(), "completions", None)?;
    archive.add_all(root(), "skills", Some("SKILL.md"))?;
    // It is the same page everywhere, and one that was built for elsewhere does not run here.
    let moss = build("moss", "moss", Profile::Dev)?;
    let page = Command::new(moss).arg("man").output().context("running moss man")?;
    ensure!(page.status.success() && !page.stdout.is_empty(), "moss man failed");
    archive.add("moss.1", Mode::Plain, page.stdout);
    Ok(())
}

fn beside_moss_server(archive: &mut Archive) -> Result<()> {
    let unit = "moss-server.service";
    let content = std::fs::read(root().join("packaging").join(unit)).context(unit)?;
    archive.add(unit, Mode::Plain, content);
    Ok(())
}

/// [`To`], looked at.
struct Opened {
    key: Option<ReleaseKey>,
    folder: Folder,
    path: PathBuf,
    minimum: Option<Version>,
}

impl To {
    fn open(self) -> Result<Opened> {
        let path = match self.out {
            Some(out) => out,
            None => target_folder()?.join("releases"),
        };
        let key = self.key.as_deref().map(ReleaseKey::read).transpose()?;
        let folder = open(&path, key.as_ref())?;
        Ok(Opened { key, folder, path, minimum: self.minimum })
    }
}

/// The folder, when a key of ours or the one given signed what is in it.
fn open(path: &Path, key: Option<&ReleaseKey>) -> Result<Folder> {
    let mut keys = keys::trusted(root())?;
    if let Some(key) = key {
        warn_unless_trusted(key, &keys);
        keys.push(key.public());
    }
    Folder::open(path, &keys)
}

impl Opened {
    /// Adds the release to the folder, and says so.
    fn publish(self, mut fresh: Fresh) -> Result<()> {
        fresh.minimum = self.minimum;
        let (version, path) = (fresh.version, self.path.display());
        self.folder.publish(fresh, self.key.as_ref())?;
        println!("{version} is in {path}");
        if self.key.is_none() {
            eprintln!(
                "warning: UNSIGNED: no moss updates to it, no installer that checks takes it\n\
                 hint: cargo xtask sign {path} --key FILE --out DIR"
            );
        }
        Ok(())
    }
}

fn warn_unless_trusted(key: &ReleaseKey, trusted: &[VerifyingKey]) {
    if !trusted.contains(&key.public()) {
        eprintln!("warning: the key is none of keys/*.pub: no moss built from this tree trusts it");
    }
}

/// Take a release back: every moss moves off it, downwards too
#[derive(clap::Args)]
pub struct Recalled {
    /// Which
    version: Version,
    /// One line that its users are shown
    #[arg(long)]
    reason: String,
    /// The secret key to sign with
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The folder of releases
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

impl Recalled {
    /// Changes the manifest, and says so.
    ///
    /// # Errors
    /// When there is no such release.
    pub fn run(self) -> Result<()> {
        let key = ReleaseKey::read(&self.key)?;
        open(&self.out, Some(&key))?.recall(self.version, &self.reason, &key)?;
        println!("{} is recalled in {}", self.version, self.out.display());
        Ok(())
    }
}
