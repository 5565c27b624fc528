//! The running program: its version and its file.

use std::path::PathBuf;

use moss_api::release::Version;

use crate::error::{Error, Result};
use crate::system::version;

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
        if let Some((version, path)) = version::pretended() {
            return Ok(Self { version, path });
        }
        let path = std::env::current_exe();
        // Linux knows the file itself, without links: every wake-up asks, and need not look again.
        #[cfg(not(target_os = "linux"))]
        let path = path.and_then(|path| path.canonicalize());
        let path = path.and_then(|path| path.symlink_metadata().map(|_| path));
        let path =
            path.map_err(|e| Error::local(format!("cannot tell where this moss is: {e}")))?;
        Ok(Self { version: version::version(), path })
    }
}
