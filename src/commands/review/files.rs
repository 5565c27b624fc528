//! Files that another agent handed in, perhaps on another machine: whether they are still what they
//! were. Their paths and sizes are whatever that agent said, so nothing but plain files is
//! opened, no more is read than was announced, and nobody waits for it.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use moss_api::Artifact;

use crate::commands::artifacts::digest;
use crate::render::lines::size;
use crate::system::plain_file;

/// Longest that looking at all files may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// A file this large, of which less than the part below is there, is made of holes.
const GIANT: u64 = 64 * 1024 * 1024;
/// Compressed files are smaller on the disk, too, but hardly by this factor.
const HOLES: u64 = 16;
/// What became of a file since it was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// There, and the same.
    Present,
    /// There, and another.
    Changed,
    /// Not there.
    Missing,
    /// Nobody looked into it, and why.
    Unchecked(String),
}

impl Presence {
    /// As it is shown.
    pub fn told(&self) -> String {
        match self {
            Self::Present => "present".to_owned(),
            Self::Changed => "changed".to_owned(),
            Self::Missing => "missing".to_owned(),
            Self::Unchecked(why) => format!("not checked: {why}"),
        }
    }
}

/// Looks at files, for no longer than `left` and [`PATIENCE`]. In a thread of its own, since not
/// everything that can hang can be interrupted: a file may lie on a server that is gone.
pub fn check(artifacts: &[Artifact], left: Duration) -> Vec<Presence> {
    let files = artifacts.to_vec();
    within(left.min(PATIENCE), artifacts.len(), move |end, tell| {
        for file in &files {
            tell(look(file, end).unwrap_or_else(|found| found));
        }
    })
}

/// What `look` tells one by one, filled up when the time is over.
fn within(
    limit: Duration,
    count: usize,
    look: impl FnOnce(Instant, &dyn Fn(Presence)) + Send + 'static,
) -> Vec<Presence> {
    let end = Instant::now() + limit;
    let (tell, told) = mpsc::channel();
    let looking = move || {
        look(end, &|found| {
            let _ = tell.send(found); // nobody waits any more
        });
    };
    let mut found = Vec::with_capacity(count);
    if thread::Builder::new().spawn(looking).is_ok() {
        while found.len() < count
            && let Ok(next) = told.recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            found.push(next);
        }
    }
    found.resize(count, late());
    found
}

/// What is said as soon as it is known is an error here, so that `?` ends the look.
fn look(artifact: &Artifact, end: Instant) -> Result<Presence, Presence> {
    let path = Path::new(&artifact.path);
    if !path.is_absolute() {
        return Err(unchecked("its path is not absolute"));
    }
    let meta = path.symlink_metadata().map_err(|e| failed(&e))?;
    if let Some(odd) = plain_file::oddity(path, &meta).map_err(|e| failed(&e))? {
        return Err(unchecked(odd));
    }
    if i64::try_from(meta.len()) != Ok(artifact.size) {
        return Err(Presence::Changed);
    }
    if is_sparse(&meta) {
        let (here, whole) = (size(signed(on_disk(&meta))), size(artifact.size));
        return Err(unchecked(&format!("it is sparse, {here} of {whole} are there")));
    }
    let mut file = plain_file::open_known(path, &meta).map_err(|e| failed(&e))?;
    let announced = Hasty { file: &mut file, end }.take(meta.len());
    let (read, sha256) = digest(announced).map_err(|e| failed(&e))?;
    // It may have grown meanwhile, or shrunk.
    let is_whole = read == artifact.size && file.metadata().is_ok_and(|m| m.len() == meta.len());
    let is_same = is_whole && sha256 == artifact.sha256;
    Ok(if is_same { Presence::Present } else { Presence::Changed })
}

/// Whether it is large only by name: a terabyte of zeros costs nobody but its reader.
fn is_sparse(meta: &Metadata) -> bool {
    meta.len() >= GIANT && on_disk(meta).saturating_mul(HOLES) < meta.len()
}

#[cfg(unix)]
fn on_disk(meta: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(meta).saturating_mul(512)
}

#[cfg(not(unix))]
fn on_disk(meta: &Metadata) -> u64 {
    meta.len()
}

/// A file until time is up.
struct Hasty<'a> {
    file: &'a mut File,
    end: Instant,
}

impl Read for Hasty<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.end {
            return Err(ErrorKind::TimedOut.into());
        }
        self.file.read(buffer)
    }
}

fn unchecked(why: &str) -> Presence {
    Presence::Unchecked(why.to_owned())
}

fn late() -> Presence {
    unchecked("there was no time for it")
}

fn failed(error: &io::Error) -> Presence {
    let kind = error.kind();
    if matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory) {
        return Presence::Missing;
    }
    if kind == ErrorKind::TimedOut { late() } else { unchecked(&error.to_string()) }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_a_file_that_hangs() {
        let found = within(Duration::from_millis(50), 3, |_, tell| {
            tell(Presence::Present);
            thread::sleep(Duration::from_secs(3600));
            tell(Presence::Present);
        });
        assert_eq!(found, [Presence::Present, late(), late()]);
    }

    #[test]
    fn reading_ends_when_time_is_up() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "hello").unwrap();
        let path = path.canonicalize().unwrap().to_str().unwrap().to_owned();
        let artifact = Artifact { path, size: 5, sha256: String::new(), note: None };
        assert_eq!(look(&artifact, Instant::now()), Err(late()));
        let later = Instant::now() + Duration::from_secs(60);
        assert_eq!(look(&artifact, later), Ok(Presence::Changed));
    }

    #[test]
    fn no_more_is_read_than_was_announced() {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "hello and more").unwrap();
        let mut file = File::open(&path).unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        let (read, sha256) = digest(Hasty { file: &mut file, end }.take(5)).unwrap();
        assert_eq!((read, &sha256[..8]), (5, "2cf24dba"));
    }
}
