//! A program shows that it works before it takes the place of one that does.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use moss_api::release::Version;

use crate::error::{Error, Result};
use crate::system::process::{self, Ended, Failed};

use super::failed;

/// How long each proof may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Lets a new program say its version and test itself, with nothing in its environment.
///
/// # Errors
/// When it is for another processor, cannot be run, hangs, crashes, or is not `version`.
pub fn prove(new: &Path, own: &Path, version: Version) -> Result<()> {
    // An emulator may well run it, at a tenth of the speed.
    if let (Some(its), Some(ours)) = (machine(new), machine(own))
        && its != ours
    {
        return Err(broken(version, "is for another processor"));
    }
    match version_of(new) {
        Ok(said) if said == version => {}
        Ok(said) => return Err(broken(version, &format!("says it is {said}"))),
        Err(why) => return Err(broken(version, &why)),
    }
    let tested = ended_well(run(new, "self-test"));
    tested.map(|_| ()).map_err(|why| broken(version, &format!("fails its self-test: it {why}")))
}

/// What a program says its version is, or what it does instead.
///
/// # Errors
/// A few words that go on where its name left off.
pub fn version_of(program: &Path) -> Result<Version, String> {
    let ended = ended_well(run(program, "--version"))?;
    let line = ended.stdout.strip_prefix("moss ").and_then(|rest| rest.strip_suffix('\n'));
    line.and_then(|version| version.parse().ok()).ok_or_else(|| {
        let said = crate::render::sanitize::line(&moss_api::clip(ended.stdout.trim(), 60));
        format!("says '{said}' where its version should be")
    })
}

fn run(program: &Path, argument: &str) -> Result<Ended, Failed> {
    process::finish(Command::new(program).arg(argument).env_clear(), None, LIMIT)
}

fn ended_well(outcome: Result<Ended, Failed>) -> Result<Ended, String> {
    match outcome {
        Ok(ended) if ended.is_good() => Ok(ended),
        other => Err(end(&other)),
    }
}

/// How a program ended, in words that go on where its name left off.
pub fn end(outcome: &Result<Ended, Failed>) -> String {
    match outcome {
        Ok(ended) => {
            let how = match ended.code {
                Some(code) => format!("ends with exit code {code}"),
                None => "crashes".to_owned(),
            };
            match ended.last_words().as_str() {
                "" => how,
                words => format!("{how}: {}", crate::render::sanitize::line(words)),
            }
        }
        Err(Failed::NotStarted(error)) => format!("cannot be started: {error}"),
        Err(Failed::Hangs) => "hangs".to_owned(),
    }
}

/// A program that does not work here.
pub fn broken(version: Version, what: &str) -> Error {
    failed("not_working", format!("moss {version} {what}; it was not installed"))
        .hint("it is not tried again by itself; the next release will be")
}

/// Width, byte order and processor of an ELF file; none for what is no such file.
fn machine(program: &Path) -> Option<[u8; 4]> {
    let mut head = [0; 20];
    File::open(program).ok()?.read_exact(&mut head).ok()?;
    match head {
        [0x7f, b'E', b'L', b'F', width, order, .., m1, m2] => Some([width, order, m1, m2]),
        _ => None,
    }
}
