//! Files in a person's workspace: read with suspicion, replaced whole, put back when it goes
//! wrong.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::system::files::{self, cannot, replace_openly};

/// Largest text of a person's that is taken for one, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// What a text file holds; none when there is no file.
///
/// # Errors
/// When it is no plain file, too large, no UTF-8, or cannot be read.
pub fn read(path: &Path) -> Result<Option<String>> {
    let shown = files::shown(path);
    let meta = match fs::symlink_metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|e| cannot("read", path, &e))?,
    };
    let odd = |what: &str| Error::refused(format!("{shown} is {what}")).hint("move it away first");
    if meta.is_dir() {
        return Err(odd("a directory"));
    }
    if meta.is_symlink() {
        return Err(odd("a symbolic link, which a new file would replace"));
    }
    if !meta.is_file() {
        return Err(odd("no plain file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|e| cannot("read", path, &e))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(odd("larger than 1 MiB"));
    }
    String::from_utf8(bytes).map(Some).map_err(|_| odd("not UTF-8 text"))
}

/// The first folder on the way from `top` down to a file that is a symbolic link: what is written
/// there lands elsewhere.
pub fn link_on_the_way(top: &Path, path: &Path) -> Option<PathBuf> {
    let folders = path.parent()?.ancestors().take_while(|folder| *folder != top);
    folders.filter(|folder| folder.is_symlink()).last().map(Path::to_owned)
}

/// Whether writing changed anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrote {
    /// It did.
    New,
    /// It was there already, the same.
    Same,
}

/// Files written so far, and what was there before.
#[derive(Debug, Default)]
pub struct Edits {
    before: Vec<(PathBuf, Option<String>)>,
    made: Vec<PathBuf>,
}

impl Edits {
    /// Makes a file hold a text, and the folders it needs.
    ///
    /// # Errors
    /// As [`read`], or when it cannot be written.
    pub fn put(&mut self, path: &Path, content: &str) -> Result<Wrote> {
        let before = read(path)?;
        if before.as_deref() == Some(content) {
            return Ok(Wrote::Same);
        }
        if let Some(folder) = path.parent() {
            self.make(folder)?;
        }
        replace_openly(path, content)?;
        self.before.push((path.to_owned(), before));
        Ok(Wrote::New)
    }

    /// Takes a file away.
    ///
    /// # Errors
    /// As [`read`], or when it cannot be removed.
    pub fn remove(&mut self, path: &Path) -> Result<()> {
        if let Some(before) = read(path)? {
            fs::remove_file(path).map_err(|e| cannot("remove", path, &e))?;
            self.before.push((path.to_owned(), Some(before)));
        }
        Ok(())
    }

    fn make(&mut self, folder: &Path) -> Result<()> {
        let missing: Vec<_> =
            folder.ancestors().take_while(|dir| fs::symlink_metadata(dir).is_err()).collect();
        for dir in missing.into_iter().rev() {
            fs::create_dir(dir).map_err(|e| cannot("make", dir, &e))?;
            self.made.push(dir.to_owned());
        }
        Ok(())
    }

    /// Puts everything back, last first. What fails to is left: there is an error to tell already.
    pub fn undo(&mut self) {
        while let Some((path, before)) = self.before.pop() {
            let _ = match before {
                Some(content) => replace_openly(&path, &content),
                None => fs::remove_file(&path).map_err(|e| cannot("remove", &path, &e)),
            };
        }
        while let Some(dir) = self.made.pop() {
            let _ = fs::remove_dir(dir); // refuses by itself when somebody put something there
        }
    }
}
