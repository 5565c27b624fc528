//! The releases this server hands out: a folder of files, and the manifest that names them.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use moss_api::Timestamp;
use moss_api::release::{
    BadKey, BadManifest, FileName, Freshness, MANIFEST_NAME, MAX_MANIFEST_BYTES, ReleaseKeys,
    SignedManifest, Stamp, Version,
};

/// How often somebody should call [`Releases::refresh`].
pub const REFRESH: Duration = Duration::from_secs(5);
/// Client versions newer than the server that are complained about.
const MAX_COMPLAINTS: usize = 16;

/// The folder, and what is known of it without asking the disk.
#[derive(Debug)]
pub struct Releases {
    dir: PathBuf,
    keys: ReleaseKeys,
    known: Mutex<Known>,
    outgrown_by: Mutex<Vec<Version>>,
}

/// What the manifest says, and which manifest that was.
#[derive(Debug, Default)]
struct Known {
    read: Option<Tag>,
    /// What was said of it last, by the clock.
    said: Option<Freshness>,
    signed: Option<(Stamp, ReleaseNotice)>,
}

/// What clients are told of their version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReleaseNotice {
    /// The newest release that was not recalled.
    pub newest: Option<Version>,
    /// The oldest client this server's releases work with.
    pub minimum: Option<Version>,
}

/// Which content a file has: two tags of one path are equal when nothing was changed in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    size: u64,
    modified: u128,
    /// Where the file is and when that was last changed: a copy that keeps its original's time
    /// differs in these.
    place: [i64; 3],
}

impl Tag {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        #[cfg(unix)]
        let place = {
            use std::os::unix::fs::MetadataExt;
            [metadata.ino().cast_signed(), metadata.ctime(), metadata.ctime_nsec()]
        };
        #[cfg(not(unix))]
        let place = [0; 3];
        Self { size: metadata.len(), modified: modified.unwrap_or_default().as_nanos(), place }
    }
}

/// As the `ETag` header has it, with its quotes.
impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [file, seconds, nanos] = self.place;
        write!(f, "\"{:x}-{:x}-{file:x}-{seconds:x}-{nanos:x}\"", self.size, self.modified)
    }
}

/// A file of the folder, open: it stays that file, whatever is put in its place.
#[derive(Debug)]
pub struct Opened {
    file: File,
    /// What it was when it was opened.
    pub tag: Tag,
}

impl Opened {
    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.tag.size
    }

    /// The next bytes of at most `limit`; none when `read` bytes, all there were, have been read.
    /// It blocks.
    ///
    /// # Errors
    /// When it cannot be read, or was written to since it was opened.
    pub fn next(&mut self, read: u64, limit: usize) -> io::Result<Vec<u8>> {
        let left = usize::try_from(self.size() - read.min(self.size())).unwrap_or(usize::MAX);
        let mut bytes = vec![0; left.min(limit)];
        self.file.read_exact(&mut bytes)?;
        if bytes.len() == left {
            let now = Tag::of(&self.file.metadata()?);
            // To be replaced changes where a file is, not what it says.
            if (now.size, now.modified) != (self.tag.size, self.tag.modified) {
                return Err(io::Error::other("it was written to while it was read"));
            }
        }
        Ok(bytes)
    }
}

impl Releases {
    /// Those in a folder, which need not exist yet; a manifest of another key says nothing.
    pub fn new(dir: PathBuf, keys: ReleaseKeys) -> Self {
        Self { dir, keys, known: Mutex::default(), outgrown_by: Mutex::default() }
    }

    /// Opens a plain file directly in the folder. It blocks.
    ///
    /// # Errors
    /// When there is none, or it cannot be read; links are none.
    pub fn open(&self, name: &FileName) -> io::Result<Opened> {
        open(&self.dir.join(name.as_str()))
    }

    /// What clients are told; asks the disk nothing.
    pub fn release_notice(&self) -> ReleaseNotice {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match (known.signed, known.said) {
            (Some((_, notice)), Some(said)) if said != Freshness::Expired => notice,
            _ => ReleaseNotice::default(),
        }
    }

    /// Reads the manifest again if it is another one than the last, and says whether it was. It
    /// blocks. A manifest that cannot be used, has expired or is about to is a warning in the log,
    /// once; in the first two cases clients are told of no release.
    pub fn refresh(&self, now: Timestamp) -> bool {
        let path = self.dir.join(MANIFEST_NAME);
        let found = std::fs::symlink_metadata(&path).ok().map(|metadata| Tag::of(&metadata));
        let is_another = self.known.lock().unwrap_or_else(PoisonError::into_inner).read != found;
        if is_another {
            let signed = match found.as_ref().map(|_| read(&path, &self.keys)) {
                None => None,
                Some(Ok(signed)) => Some(signed),
                Some(Err(problem)) => {
                    tracing::warn!("{}: {problem}; clients are told of no release", path.display());
                    None
                }
            };
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) =
                Known { read: found, said: None, signed };
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = known.signed.map(|(stamp, _)| (stamp, stamp.at(now)));
        if let Some((stamp, freshness)) = fresh.filter(|(_, now)| known.said != Some(*now)) {
            known.said = Some(freshness);
            if let Some(problem) = problem(&stamp, freshness) {
                tracing::warn!("{}: {problem}", path.display());
            }
        }
        is_another
    }

    /// Says once in the log that a client is newer than this server, which never updates itself.
    pub fn complain_if_newer(&self, client: Version) {
        if env!("CARGO_PKG_VERSION").parse().is_ok_and(|own: Version| client <= own) {
            return;
        }
        let mut known = self.outgrown_by.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() < MAX_COMPLAINTS && !known.contains(&client) {
            known.push(client);
            let own = env!("CARGO_PKG_VERSION");
            tracing::warn!("moss-server {own} is older than its clients ({client}): update it");
        }
    }
}

fn open(path: &Path) -> io::Result<Opened> {
    if !std::fs::symlink_metadata(path)?.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut options = OpenOptions::new();
    options.read(true);
    // Whatever was put there in the meantime: no link is followed, no pipe waited for.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        libc::O_NOFOLLOW | libc::O_NONBLOCK,
    );
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(Opened { file, tag: Tag::of(&metadata) })
}

/// What whoever runs the server should know of a manifest's age.
fn problem(stamp: &Stamp, freshness: Freshness) -> Option<String> {
    let (signed, expires) = (stamp.signed.minute(), stamp.expires.minute());
    match freshness {
        Freshness::Good => None,
        Freshness::EndsSoon => {
            Some(format!("it expires at {expires}: renew it (cargo xtask renew)"))
        }
        Freshness::Expired => Some(format!(
            "it expired at {expires}; clients are told of no release until it is renewed (cargo \
             xtask renew)"
        )),
        Freshness::SignedLater => {
            Some(format!("it was signed at {signed}, which is later than this machine's clock"))
        }
    }
}

fn read(path: &Path, keys: &ReleaseKeys) -> Result<(Stamp, ReleaseNotice), String> {
    let mut opened = open(path).map_err(|error| error.to_string())?;
    if opened.size() > MAX_MANIFEST_BYTES as u64 {
        return Err(BadManifest::too_large().to_string());
    }
    let json = opened.next(0, MAX_MANIFEST_BYTES).map_err(|error| error.to_string())?;
    let signed = SignedManifest::open(&json, keys).map_err(|error| error.to_string())?;
    let manifest = signed.manifest;
    let offered = manifest.releases.iter().filter(|release| release.recalled.is_none());
    let newest = offered.map(|release| release.version).max();
    Ok((signed.stamp, ReleaseNotice { newest, minimum: Some(manifest.minimum) }))
}

/// The public keys that releases are signed with.
///
/// # Errors
/// When this build has one that is none.
pub fn release_keys() -> Result<ReleaseKeys, BadKey> {
    // So that tests can sign; never in a build that is released.
    #[cfg(debug_assertions)]
    if let Ok(keys) = std::env::var("MOSS_TEST_RELEASE_KEYS") {
        return keys.parse();
    }
    ReleaseKeys::compiled_in()
}
