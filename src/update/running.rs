//! What this program is: its version, its file, and what it was built for.

use std::path::PathBuf;

use moss_api::release::Version;

use crate::error::{Error, Result};

/// What it was built for, as releases name it.
pub const TARGET: &str = env!("TARGET_TRIPLE");
/// What it is called in a release, and within its archive.
pub const PROGRAM: &str = "moss";

/// The running program.
#[derive(Clone, Debug)]
pub struct Own {
    /// Its version.
    pub version: Version,
    /// Its file, absolute and without links.
    pub path: PathBuf,
}

impl Own {
    /// This one.
    ///
    /// # Errors
    /// When the system does not tell where its file is, or it is gone.
    pub fn find() -> Result<Self> {
        #[cfg(debug_assertions)]
        if let Some(own) = pretended() {
            return Ok(own);
        }
        let path = std::env::current_exe();
        // Linux knows the file itself, without links: every wake-up asks, and need not look again.
        #[cfg(not(target_os = "linux"))]
        let path = path.and_then(|path| path.canonicalize());
        let path = path.and_then(|path| path.symlink_metadata().map(|_| path));
        let path =
            path.map_err(|e| Error::local(format!("cannot tell where this moss is: {e}")))?;
        Ok(Self { version: version(), path })
    }
}

/// The version of this program.
pub fn version() -> Version {
    #[cfg(debug_assertions)]
    if let Some(own) = pretended() {
        return own.version;
    }
    env!("CARGO_PKG_VERSION").parse().unwrap_or(Version::new(0, 0, 0)) // a test knows it is one
}

/// Tests say which version is running, and where. No build that is handed out listens.
#[cfg(debug_assertions)]
fn pretended() -> Option<Own> {
    let text = std::env::var("MOSS_TEST_SELF").ok()?;
    let (version, path) = text.split_once(' ')?;
    Some(Own { version: version.parse().ok()?, path: path.into() })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_package_has_a_version_of_three_numbers() {
        assert_eq!(super::version().to_string(), env!("CARGO_PKG_VERSION"));
        assert!(super::TARGET.contains('-'), "{}", super::TARGET);
    }
}
