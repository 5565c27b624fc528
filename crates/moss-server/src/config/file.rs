//! The file on disk: read, written at the first start, and changed in place.

use std::path::Path;

use crate::config::edit::{changes, edit};
use crate::config::{Config, ConfigError};
use crate::files;

/// What the file is called, before the server changed it for the first time.
const AS_IT_WAS: &str = ".bak";

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    files::read_text(path, MAX_BYTES).map_err(error(path))
}

fn error(path: &Path) -> impl Fn(std::io::Error) -> ConfigError {
    move |source| ConfigError::File { path: path.to_owned(), source }
}

impl Config {
    /// Writes a first file of defaults, readable by its owner only: it will hold the registration
    /// token. One that is there is left alone.
    ///
    /// # Errors
    /// [`ConfigError::File`].
    pub fn create(path: &Path) -> Result<(), ConfigError> {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(error(folder))?;
        }
        files::write_new(path, Self::default().to_yaml().as_bytes()).map_err(error(path))
    }

    /// Whether a copy stands beside the file that is not the file as it is: the first change will
    /// leave it alone, and keep nothing.
    pub fn has_older_copy(path: &Path) -> bool {
        match read(&files::with_suffix(path, AS_IT_WAS)) {
            Ok(kept) => read(path).ok() != Some(kept),
            // What cannot be read is no copy of it, and stays.
            Err(ConfigError::File { source, .. }) => source.kind() != std::io::ErrorKind::NotFound,
            Err(ConfigError::Bad { .. } | ConfigError::Env { .. }) => true,
        }
    }

    /// Changes keys of the file, and nothing else in it. Before the first change the file is kept
    /// as it was, beside it, unless [a copy](Self::has_older_copy) is there already. Says whether anything had to be changed.
    ///
    /// # Errors
    /// When the file cannot be read, changed or written; then it is as it was.
    pub fn change_file(path: &Path, change: impl FnOnce(&mut Self)) -> Result<bool, ConfigError> {
        let text = read(path)?;
        let before = Self::of_text(&text, path, [])?;
        let mut after = before.clone();
        change(&mut after);
        let changes = changes(&before, &after);
        if changes.is_empty() {
            return Ok(false);
        }
        let bad = |problem| ConfigError::Bad { path: path.to_owned(), problem };
        let edited = edit(&text, &changes).map_err(bad)?;
        let kept = files::with_suffix(path, AS_IT_WAS);
        match files::write_new(&kept, text.as_bytes()) {
            // The file as it was before an earlier change, or the owner's own copy.
            Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists => {}
            written => written.map_err(error(&kept))?,
        }
        files::replace(path, edited.as_bytes()).map_err(error(path))?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn name(path: &Path, name: &str) -> bool {
        Config::change_file(path, |config| config.project.name = name.to_owned()).unwrap()
    }

    #[test]
    fn the_first_file_is_read_back_and_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/config.yaml");
        Config::create(&path).unwrap();
        assert_eq!(Config::load(&path, []).unwrap(), Config::default());
        assert!(Config::create(&path).is_err(), "one that is there is left alone");
        assert!(name(&path, "a: \"b\" # 日本"));
        assert_eq!(Config::load(&path, []).unwrap().project.name, "a: \"b\" # 日本");
    }

    #[test]
    fn the_file_is_kept_as_it_was_before_the_first_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yaml");
        let kept = folder.path().join("config.yaml.bak");
        fs::write(&path, "# mine\nproject: {name: a}\nother: 1\n").unwrap();
        assert!(!name(&path, "a"));
        assert!(!kept.exists(), "nothing was changed");
        assert!(!Config::has_older_copy(&path));
        assert!(name(&path, "b") && name(&path, "c"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "# mine\nproject: {name: c}\nother: 1\n");
        let kept_text = fs::read_to_string(&kept).unwrap();
        assert_eq!(kept_text, "# mine\nproject: {name: a}\nother: 1\n");
        assert!(Config::has_older_copy(&path));
        fs::write(&path, kept_text).unwrap();
        assert!(!Config::has_older_copy(&path), "it is the file as it is");
        #[cfg(unix)]
        for file in [&path, &kept] {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
