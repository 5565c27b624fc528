//! Takes the program out of a signed archive.

use std::fs::File;
use std::io::{Read, Seek, Write};

use flate2::read::GzDecoder;
use tar::{Archive, EntryType};

use crate::error::{Error, Result};
use crate::system::version::PROGRAM;

use super::failed;

/// Most an archive may unpack to, in bytes.
const MAX_UNPACKED: u64 = 256 * 1024 * 1024;
/// Largest program, in bytes.
const MAX_PROGRAM: u64 = 64 * 1024 * 1024;

/// Writes the one program in the archive of this name to `to`. Everything in an archive is a
/// plain file or folder below the folder it is named after; one that is otherwise is refused
/// whole, however it was signed.
///
/// # Errors
/// When the archive is not such a one, or `to` cannot be written.
pub fn extract(archive: &mut File, name: &str, to: &mut File) -> Result<()> {
    archive.rewind().map_err(|e| unreadable(&e))?;
    let top = name.trim_end_matches(".tar.gz");
    let program = format!("{top}/{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let mut unpacked = Archive::new(GzDecoder::new(archive).take(MAX_UNPACKED));
    let mut found = false;
    // Raw: names that do not fit a plain header come as entries of their own kind, and are refused.
    for entry in unpacked.entries().map_err(|e| unreadable(&e))?.raw(true) {
        let mut entry = entry.map_err(|e| unreadable(&e))?;
        let path = entry.path_bytes().into_owned();
        let path = String::from_utf8(path).map_err(|_| odd("a name that is no text"))?;
        let kind = entry.header().entry_type();
        if kind != EntryType::Regular && kind != EntryType::Directory {
            return Err(odd(&format!("{}, which is no plain file", shown(&path))));
        }
        if !is_below(&path, top) {
            return Err(odd(&format!("{}, which is not in {top}", shown(&path))));
        }
        if path != program || kind == EntryType::Directory {
            continue;
        }
        if std::mem::replace(&mut found, true) {
            return Err(odd("two programs"));
        }
        let size = entry.size();
        if size > MAX_PROGRAM {
            return Err(odd(&format!("a program of {size} bytes")));
        }
        copy(&mut entry, to)?;
    }
    // The decoder was stopped there, and what followed was not seen.
    if unpacked.into_inner().limit() == 0 {
        return Err(odd(&format!("more than {MAX_UNPACKED} bytes")));
    }
    if found { Ok(()) } else { Err(odd(&format!("no {program}"))) }
}

/// Reading and writing fail for different reasons, and are told apart.
fn copy(from: &mut impl Read, to: &mut File) -> Result<()> {
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match from.read(&mut chunk).map_err(|e| unreadable(&e))? {
            0 => return Ok(()),
            n => {
                let bytes = chunk.get(..n).unwrap_or_default();
                to.write_all(bytes).map_err(|e| super::install_dir::cannot_write(&e))?;
            }
        }
    }
}

/// Whether a path is `top` or leads to something in it, and nowhere else on the way.
fn is_below(path: &str, top: &str) -> bool {
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']);
    let mut parts = path.strip_suffix('/').unwrap_or(path).split('/');
    parts.next() == Some(top) && parts.all(plain)
}

fn shown(path: &str) -> String {
    crate::render::sanitize::line(&moss_api::clip(path, 100))
}

fn odd(what: &str) -> Error {
    failed("bad_archive", format!("the archive is not one of a release: it holds {what}"))
        .hint("tell whoever made the release; nothing was changed")
}

fn unreadable(error: &std::io::Error) -> Error {
    failed("bad_archive", format!("the archive cannot be unpacked: {error}"))
        .hint("tell whoever made the release; nothing was changed")
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn paths_stay_in_the_folder_of_the_archive() {
        for good in ["top", "top/", "top/moss", "top/skills/a/SKILL.md"] {
            assert!(is_below(good, "top"), "{good}");
        }
        for bad in
            ["", "/", "/top/moss", "moss", "top/../moss", "top//moss", "./top/moss", "topper/moss"]
        {
            assert!(!is_below(bad, "top"), "{bad}");
        }
    }
}
