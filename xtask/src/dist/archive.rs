//! A `.tar.gz` whose bytes depend on nothing but what is put in: no clock, no owner, no umask.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use flate2::{Compression, GzBuilder};
use tar::{Builder, EntryType, Header};

/// gzip's number for "made on an unknown system".
const UNKNOWN_SYSTEM: u8 = 255;

/// Whether a file can be run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Read by everyone.
    Plain,
    /// Read and run by everyone.
    Program,
}

/// What goes into an archive, all under one top folder.
pub struct Archive {
    top: String,
    files: Vec<(String, Mode, Vec<u8>)>,
}

impl Archive {
    /// An empty one.
    pub fn new(top: &str) -> Self {
        Self { top: top.to_owned(), files: Vec::new() }
    }

    /// Puts a file in; `path` is relative to the top folder, with `/` between its parts.
    pub fn add(&mut self, path: &str, mode: Mode, content: Vec<u8>) {
        self.files.push((path.to_owned(), mode, content));
    }

    /// Puts a file of the repository in, where it lies there.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn add_from(&mut self, root: &Path, path: &str) -> Result<()> {
        let content = std::fs::read(root.join(path)).with_context(|| path.to_owned())?;
        self.add(path, Mode::Plain, content);
        Ok(())
    }

    /// Puts in all files of a folder, under their names in it.
    ///
    /// # Errors
    /// When something cannot be read, or nothing is there.
    pub fn add_all(&mut self, root: &Path, folder: &str) -> Result<()> {
        let entries = std::fs::read_dir(root.join(folder)).with_context(|| folder.to_owned())?;
        let mut some = false;
        for entry in entries {
            let name = entry?.file_name();
            let name = name.to_str().with_context(|| format!("{}: no UTF-8", name.display()))?;
            self.add_from(root, &format!("{folder}/{name}"))?;
            some = true;
        }
        ensure!(some, "{folder} is empty");
        Ok(())
    }

    /// The archive's bytes, its files in the order of their names, all of them from `time`
    /// (seconds since 1970).
    ///
    /// # Errors
    /// When a name does not fit, or stands for two files.
    pub fn pack(mut self, time: u64) -> Result<Vec<u8>> {
        self.files.sort();
        let twice = self.files.windows(2).find(|pair| pair[0].0 == pair[1].0);
        ensure!(twice.is_none(), "two files with one name in {}", self.top);
        let gzip = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM);
        let mut tar = Builder::new(gzip.write(Vec::new(), Compression::best()));
        for (path, mode, content) in &self.files {
            let mut header = Header::new_ustar();
            header.set_entry_type(EntryType::Regular);
            header.set_mode(match mode {
                Mode::Plain => 0o644,
                Mode::Program => 0o755,
            });
            header.set_uid(0);
            header.set_gid(0);
            header.set_mtime(time);
            header.set_size(content.len() as u64);
            let path = format!("{}/{path}", self.top);
            tar.append_data(&mut header, &path, content.as_slice()).context(path)?;
        }
        let mut gzip = tar.into_inner()?;
        gzip.flush()?;
        Ok(gzip.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(order: [usize; 2], time: u64) -> Vec<u8> {
        let files =
            [("moss", Mode::Program, b"run me".to_vec()), ("LICENSE", Mode::Plain, b"MIT".into())];
        let mut archive = Archive::new("moss-1.2.3-there");
        for index in order {
            let (path, mode, content) = files[index].clone();
            archive.add(path, mode, content);
        }
        archive.pack(time).unwrap()
    }

    #[test]
    fn the_same_files_are_the_same_bytes() {
        assert_eq!(packed([0, 1], 1_700_000_000), packed([1, 0], 1_700_000_000));
        assert_ne!(packed([0, 1], 1_700_000_000), packed([0, 1], 1_700_000_001));
    }

    #[test]
    fn it_says_nothing_of_who_made_it_and_when() {
        let bytes = packed([0, 1], 1_700_000_000);
        assert_eq!(bytes[..4], [0x1f, 0x8b, 8, 0], "gzip with a name, a comment or more");
        assert_eq!(bytes[4..8], [0; 4], "gzip's time");
        assert_eq!(bytes[9], UNKNOWN_SYSTEM);
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let seen: Vec<_> = tar
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let header = entry.header();
                assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (0, 0));
                assert_eq!(header.mtime().unwrap(), 1_700_000_000);
                assert_eq!(header.username().unwrap(), Some(""));
                let path = entry.path().unwrap().to_str().unwrap().to_owned();
                (path, header.mode().unwrap(), header.size().unwrap())
            })
            .collect();
        let expected =
            [("moss-1.2.3-there/LICENSE", 0o644, 3), ("moss-1.2.3-there/moss", 0o755, 6)];
        assert_eq!(seen, expected.map(|(path, mode, size)| (path.to_owned(), mode, size)));
    }

    #[test]
    fn one_name_is_one_file() {
        let mut archive = Archive::new("top");
        archive.add("a", Mode::Plain, vec![1]);
        archive.add("a", Mode::Plain, vec![2]);
        assert!(archive.pack(0).is_err());
    }
}
