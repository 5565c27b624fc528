//! The releases this server hands out: a folder of files, and the manifest that names them.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use moss_api::release::{FileName, MANIFEST_NAME, MAX_MANIFEST_BYTES, Manifest, Version};

/// How often somebody should call [`Releases::refresh`].
pub const REFRESH: Duration = Duration::from_secs(5);
/// Client versions newer than the server that are complained about.
const MAX_COMPLAINTS: usize = 16;

/// The folder, and what is known of it without asking the disk.
#[derive(Debug)]
pub struct Releases {
    dir: PathBuf,
    known: Mutex<Known>,
    outgrown_by: Mutex<Vec<Version>>,
}

/// What the manifest says, and which manifest that was.
#[derive(Debug, Default)]
struct Known {
    read: Option<Tag>,
    release_notice: ReleaseNotice,
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
    /// Those in a folder, which need not exist yet.
    pub fn new(dir: PathBuf) -> Self {
        Self { dir, known: Mutex::default(), outgrown_by: Mutex::default() }
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
        self.known.lock().unwrap_or_else(PoisonError::into_inner).release_notice
    }

    /// Reads the manifest again if it is another one than the last, and says whether it was. It
    /// blocks. A manifest that cannot be used is a warning in the log, once, and nothing is known
    /// then.
    pub fn refresh(&self) -> bool {
        let path = self.dir.join(MANIFEST_NAME);
        let found = std::fs::symlink_metadata(&path).ok().map(|metadata| Tag::of(&metadata));
        if self.known.lock().unwrap_or_else(PoisonError::into_inner).read == found {
            return false;
        }
        let release_notice = match found.as_ref().map(|_| read(&path)) {
            None => ReleaseNotice::default(),
            Some(Ok(release_notice)) => release_notice,
            Some(Err(problem)) => {
                tracing::warn!("{}: {problem}; clients are told of no release", path.display());
                ReleaseNotice::default()
            }
        };
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) =
            Known { read: found, release_notice };
        true
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

fn read(path: &Path) -> Result<ReleaseNotice, String> {
    let mut opened = open(path).map_err(|error| error.to_string())?;
    if opened.size() > MAX_MANIFEST_BYTES as u64 {
        return Err(format!("it is larger than {MAX_MANIFEST_BYTES} bytes"));
    }
    let json = opened.next(0, MAX_MANIFEST_BYTES).map_err(|error| error.to_string())?;
    let manifest = Manifest::parse(&json).map_err(|error| error.to_string())?;
    let offered = manifest.releases.iter().filter(|release| release.recalled.is_none());
    Ok(ReleaseNotice {
        newest: offered.map(|release| release.version).max(),
        minimum: Some(manifest.minimum),
    })
}
