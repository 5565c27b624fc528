//! Which port a server took that may take any: noted beside its database, or where that is a server
//! of its own beside the configuration, for commands of the same configuration.
//!
//! Only the port: the address is the configuration's, so that whoever could write the file leads
//! nobody to another machine.

use std::io;
use std::path::{Path, PathBuf};

use crate::config::Address;
use crate::files;

/// Longest note that is read, in bytes.
const MAX_BYTES: u64 = 16;

/// Where it is noted.
pub fn path_of(database: &Address, config: &Path) -> PathBuf {
    let beside = match database {
        Address::Sqlite(path) => path,
        Address::Remote(_) => config,
    };
    files::with_suffix(beside, ".port")
}

/// Notes the port, for the owner's eyes.
///
/// # Errors
/// When the file cannot be written.
pub fn note(path: &Path, port: u16) -> io::Result<()> {
    files::replace(path, format!("{port}\n").as_bytes())
}

/// The port that was noted last. Whether its server is still there, it does not say.
pub fn noted(path: &Path) -> Option<u16> {
    let text = files::read_text(path, MAX_BYTES).ok()?;
    text.trim_end().parse().ok().filter(|port| *port != 0)
}

/// Takes the note away.
pub fn forget(path: &Path) {
    let _ = files::remove_if_there(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_noted_for_the_owner_until_it_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let (database, config) = (folder.path().join("t.db"), folder.path().join("config.yaml"));
        let note_file = path_of(&(&database).into(), &config);
        assert_eq!(note_file, folder.path().join("t.db.port"));
        assert_eq!(noted(&note_file), None);
        note(&note_file, 40_123).unwrap();
        note(&note_file, 6_565).unwrap();
        assert_eq!(noted(&note_file), Some(6_565));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&note_file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        for bad in ["", "0\n", "65536\n", "-1\n", "80 http://evil\n", "127.0.0.1:80\n"] {
            std::fs::write(&note_file, bad).unwrap();
            assert_eq!(noted(&note_file), None, "{bad:?}");
        }
        forget(&note_file);
        assert!(!note_file.exists());
    }
}
