//! This program's version, its name, and what it was built for.

#[cfg(debug_assertions)]
use std::path::PathBuf;

use moss_api::release::Version;

/// What it was built for, as releases name it.
pub const TARGET: &str = env!("TARGET_TRIPLE");
/// What it is called in a release, and within its archive.
pub const PROGRAM: &str = "moss";

/// The version of this program.
pub fn version() -> Version {
    #[cfg(debug_assertions)]
    if let Some((version, _)) = pretended() {
        return version;
    }
    env!("CARGO_PKG_VERSION").parse().unwrap_or(Version::new(0, 0, 0)) // a test knows it is one
}

/// Tests say which version is running, and where. No build that is handed out listens.
#[cfg(debug_assertions)]
pub fn pretended() -> Option<(Version, PathBuf)> {
    let text = std::env::var("MOSS_TEST_SELF").ok()?;
    let (version, path) = text.split_once(' ')?;
    Some((version.parse().ok()?, path.into()))
}

/// Whether a version is later than this build's. What is no version is not.
pub fn is_newer(theirs: &str) -> bool {
    theirs.parse().is_ok_and(|theirs: Version| theirs > version())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_package_has_a_version_of_three_numbers() {
        assert_eq!(super::version().to_string(), env!("CARGO_PKG_VERSION"));
        assert!(super::TARGET.contains('-'), "{}", super::TARGET);
    }
}
