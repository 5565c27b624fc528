//! What is handed out: the programs, for which systems, and what lies beside each in its archive.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use moss_api::Role;
use moss_api::release::{MAX_ARCHIVE_BYTES, Version};

use super::archive::{Archive, Mode};
use super::folder::Built;
use crate::docs::skill_path;
use crate::workspace::{Profile, build, build_for, root};

/// Every system that a release is built for.
#[cfg_attr(not(test), expect(dead_code, reason = "a test holds the release workflow to it"))]
pub const TARGETS: [&str; 6] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
];

/// Largest `moss`, in bytes.
pub const MAX_MOSS_BYTES: usize = 8_000_000;
/// Largest `moss-server`, in bytes: SeaORM once for each of three databases is most of it, and each route of
/// the admin API adds its queries three times.
const MAX_SERVER_BYTES: usize = 40_000_000;

/// A program that is handed out.
pub struct Program {
    /// Of its package, its binary and its archives.
    pub name: &'static str,
    profile: Profile,
    /// Bytes; a larger one is not released.
    most: usize,
    /// What lies beside it in its archive.
    rest: fn(&mut Archive) -> Result<()>,
}

/// Everything that is handed out.
pub const PROGRAMS: [Program; 2] = [
    Program { name: "moss", profile: Profile::Dist, most: MAX_MOSS_BYTES, rest: beside_moss },
    // Not the dist profile: speed counts more than size here, and a panic must end its request
    // and not the server.
    Program {
        name: "moss-server",
        profile: Profile::Release,
        most: MAX_SERVER_BYTES,
        rest: beside_moss_server,
    },
];

/// The version of everything in this tree.
///
/// # Errors
/// Never, unless Cargo.toml names no version of ours.
pub fn version() -> Result<Version> {
    env!("CARGO_PKG_VERSION").parse().context("the workspace's version")
}

impl Program {
    /// Builds it for a target and packs it; `time` (seconds since 1970) is that of every file in it.
    ///
    /// # Errors
    /// When it cannot be built, or is too large.
    pub fn pack(&self, target: &str, time: u64) -> Result<Built> {
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
    add_texts(archive)?;
    // It is the same page everywhere, and one that was built for elsewhere does not run here.
    let moss = build("moss", "moss", Profile::Dev)?;
    let page = Command::new(moss).arg("man").output().context("running moss man")?;
    ensure!(page.status.success() && !page.stdout.is_empty(), "moss man failed");
    archive.add("moss.1", Mode::Plain, page.stdout);
    Ok(())
}

fn add_texts(archive: &mut Archive) -> Result<()> {
    archive.add_all(root(), "completions")?;
    for role in Role::ALL {
        archive.add_from(root(), &skill_path(*role))?;
    }
    Ok(())
}

fn beside_moss_server(archive: &mut Archive) -> Result<()> {
    for file in ["moss-server.service", "moss-server@.service", "haproxy.cfg"] {
        let content = std::fs::read(root().join("packaging").join(file)).context(file)?;
        archive.add(file, Mode::Plain, content);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_the_programs_is_there() {
        let mut archive = Archive::new("top");
        add_texts(&mut archive).unwrap();
        beside_moss_server(&mut archive).unwrap();
        assert!(archive.pack(0).is_ok());
    }
}
