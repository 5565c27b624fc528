//! Where this program is, whether it may be replaced there, and what is kept beside it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use moss_api::release::Version;

use crate::error::{Error, Result};
use crate::hints;
use crate::system::{files, process};

use super::{Own, failed};

/// Most versions remembered as bad; older ones are forgotten.
const MAX_BAD: usize = 20;
/// How long a package manager may think.
const PATIENCE: Duration = Duration::from_secs(5);

/// Folders that belong to a package manager as a whole, whose it is, and how it updates.
const MANAGED: &[(&str, &str, &str)] = &[
    ("/nix/store/", "Nix", "nix profile upgrade moss, or where your configuration pins it"),
    ("/gnu/store/", "Guix", "guix upgrade moss"),
    ("/Cellar/moss/", "Homebrew", "brew upgrade moss"),
    ("/snap/moss/", "snap", "snap refresh moss"),
];

/// Package managers that know the owner of a file, and how they update.
const MANAGERS: &[(&[&str], &str)] = &[
    (&["dpkg-query", "-S"], "apt-get update && apt-get install --only-upgrade moss"),
    (&["rpm", "-qf"], "dnf upgrade moss"),
    (&["apk", "info", "--who-owns"], "apk upgrade moss"),
    (&["pacman", "-Qo"], "pacman -Syu moss"),
];

/// The program's file and those beside it, all in one folder, so that renaming never copies.
#[derive(Clone, Debug)]
pub struct InstallDir {
    /// The program.
    pub moss: PathBuf,
}

impl InstallDir {
    /// Where `own` is.
    pub fn of(own: &Own) -> Self {
        Self { moss: own.path.clone() }
    }

    fn named(&self, prefix: &str, suffix: &str) -> PathBuf {
        let name = self.moss.file_name().unwrap_or_default().to_string_lossy();
        self.moss.with_file_name(format!("{prefix}{name}{suffix}"))
    }

    /// The program before this one.
    pub fn prev(&self) -> PathBuf {
        self.named("", ".prev")
    }

    /// The archive, while it is fetched.
    pub fn archive(&self) -> PathBuf {
        self.named(".", ".download")
    }

    /// The next program, until it takes its place.
    pub fn staged(&self) -> PathBuf {
        self.named(".", ".new")
    }

    /// A second name for a file that is about to get another.
    pub fn spare(&self) -> PathBuf {
        self.named(".", ".spare")
    }

    /// Names the version that has still to live through a wake-up.
    pub fn unproven(&self) -> PathBuf {
        self.named(".", ".unproven")
    }

    /// What was seen of releases.
    pub fn seen(&self) -> PathBuf {
        self.named(".", ".seen")
    }

    /// The same, while it is written.
    pub fn seen_staged(&self) -> PathBuf {
        self.named(".", ".seen.new")
    }

    /// Held by whoever writes it.
    pub fn seen_lock(&self) -> PathBuf {
        self.named(".", ".seen.lock")
    }

    fn bad_path(&self) -> PathBuf {
        self.named(".", ".bad")
    }

    /// Versions that failed here.
    pub fn bad(&self) -> Vec<Version> {
        let text = files::read(&self.bad_path()).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// Remembers that a version failed here: nothing installs it again by itself.
    pub fn remember_bad(&self, version: Version) {
        let mut bad = self.bad();
        bad.retain(|other| *other != version);
        bad.push(version);
        let from = bad.len().saturating_sub(MAX_BAD);
        self.write_bad(bad.get(from..).unwrap_or_default());
    }

    /// A version that was asked for and works is bad no more.
    pub fn forgive(&self, version: Version) {
        let mut bad = self.bad();
        if bad.contains(&version) {
            bad.retain(|other| *other != version);
            self.write_bad(&bad);
        }
    }

    /// Losing this costs another try.
    fn write_bad(&self, bad: &[Version]) {
        if bad.is_empty() {
            let _ = fs::remove_file(self.bad_path());
            return;
        }
        let lines: String = bad.iter().map(|version| format!("{version}\n")).collect();
        let _ = self.write(&self.bad_path(), 0o644, &lines);
    }

    /// Says which version has still to live through a wake-up.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn mark(&self, version: Version) -> Result<()> {
        self.write(&self.unproven(), 0o600, &format!("{version}\n")).map_err(|e| cannot_write(&e))
    }

    /// A whole small file, for who holds the lock: what is killed meanwhile leaves a name that the
    /// next one clears.
    fn write(&self, path: &Path, mode: u32, text: &str) -> std::io::Result<()> {
        let mut file = create(&self.spare(), mode)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(self.spare(), path)
    }

    /// Keeps every other update of this program out until the value is dropped; none when one is
    /// under way.
    ///
    /// # Errors
    /// When the folder cannot be written, or belongs to a package manager.
    pub fn lock(&self) -> Result<Option<File>> {
        self.check_managed()?;
        let path = self.named(".", ".lock");
        let file = files::lock_file(&path).map_err(|e| self.not_writable(&e))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            Ok(()) | Err(TryLockError::Error(_)) => {} // some file systems have no locks
        }
        self.clear();
        // A lock file of an earlier time opens also in a folder that became read-only.
        drop(create(&self.archive(), 0o600).map_err(|e| self.not_writable(&e))?);
        self.clear();
        Ok(Some(file))
    }

    /// Removes what an update that was killed, or this one, left half done.
    pub fn clear(&self) {
        for path in [self.archive(), self.staged(), self.spare()] {
            let _ = fs::remove_file(path);
        }
    }

    fn not_writable(&self, error: &std::io::Error) -> Error {
        let folder = files::shown(self.folder());
        failed("not_writable", format!("moss cannot be replaced in {folder}: {error}"))
            .hint(hints::update_as_owner(&self.moss.to_string_lossy()))
    }

    fn folder(&self) -> &Path {
        self.moss.parent().unwrap_or(Path::new("/"))
    }

    /// Refuses a folder that belongs to a package manager.
    ///
    /// # Errors
    /// When it does.
    pub fn check_managed(&self) -> Result<()> {
        let path = self.moss.to_string_lossy();
        let managed = |who: &str, how: &str| {
            let message =
                format!("{} belongs to {who}, which updates it", files::shown(&self.moss));
            Err(failed("managed", message).hint(how))
        };
        if let Some((_, who, how)) = MANAGED.iter().find(|(part, ..)| path.contains(part)) {
            return managed(who, how);
        }
        // None of them owns what is in a home or in /usr/local; asking takes its time.
        let system = ["/usr/", "/bin/", "/opt/"].iter().any(|top| path.starts_with(top));
        if !system || path.starts_with("/usr/local/") {
            return Ok(());
        }
        for (asks, how) in MANAGERS {
            let mut argv: Vec<String> = asks.iter().map(|&word| word.to_owned()).collect();
            argv.push(path.to_string());
            if process::run(&argv, None, PATIENCE).is_ok_and(|ended| ended.is_good()) {
                return managed(argv.first().map_or("", String::as_str), how);
            }
        }
        Ok(())
    }
}

/// A new file, in place of whatever has its name.
pub fn create(path: &Path, mode: u32) -> std::io::Result<File> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
        Ok(()) | Err(_) => {}
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    options.open(path)
}

/// A full disk above all.
pub fn cannot_write(error: &std::io::Error) -> Error {
    failed("cannot_write", format!("the new moss cannot be written: {error}"))
        .hint(hints::UPDATE_WITH_ROOM)
}
