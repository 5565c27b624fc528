//! TLS to a database that is a server: what its URL may say of it, and the files that names.

use std::path::{Path, PathBuf};

use crate::config::{ConfigError, file};

/// The words of a kind of URL.
pub(super) struct Words {
    /// The parameter that says how much is asked of the server.
    pub mode: &'static str,
    /// What that may say, the least first. The last two look at the certificate.
    pub modes: &'static [&'static str],
    /// The parameters that name files: who signs the servers' certificates, our own, and its key.
    pub files: [&'static str; 3],
}

/// Of PostgreSQL. The driver takes `allow` for `disable`, so there is none.
pub(super) const POSTGRES: Words = Words {
    mode: "sslmode",
    modes: &["disable", "prefer", "require", "verify-ca", "verify-full"],
    files: ["sslrootcert", "sslcert", "sslkey"],
};

/// Of MySQL and MariaDB.
pub(super) const MYSQL: Words = Words {
    mode: "ssl-mode",
    modes: &["DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"],
    files: ["ssl-ca", "ssl-cert", "ssl-key"],
};

/// The files a URL names, each under its parameter.
pub(super) type Files = Vec<(&'static str, PathBuf)>;

impl Words {
    /// Looks at a parameter, and keeps the file it names. The driver would repeat what stands there.
    pub(super) fn take(&self, name: &str, value: &str, files: &mut Files) -> Result<(), String> {
        if name == self.mode && !self.modes.iter().any(|mode| mode.eq_ignore_ascii_case(value)) {
            let modes = self.modes.join(", ");
            return Err(format!("database.url does not fit: {name} is one of {modes}"));
        }
        if let Some(name) = self.files.iter().find(|file| **file == name) {
            files.push((name, value.into()));
        }
        Ok(())
    }

    /// Refuses files that nobody would look at.
    pub(super) fn suit(&self, files: &Files, is_verified: bool) -> Result<(), String> {
        let names = |name: &str| files.iter().any(|(file, _)| *file == name);
        let (mode, [authority, certificate, key]) = (self.mode, self.files);
        if names(authority) && !is_verified {
            let verifies = self.modes.get(3..).unwrap_or_default().join(" or ");
            return Err(format!(
                "database.url has {authority}, which is looked at with {mode}={verifies} only"
            ));
        }
        if names(certificate) != names(key) {
            return Err(format!("database.url needs both {certificate} and {key}, or neither"));
        }
        Ok(())
    }
}

/// The file of a parameter in a folder, if it can be what it is for.
pub(super) fn found(name: &str, folder: &Path, file: &Path) -> Result<PathBuf, ConfigError> {
    let path = folder.join(file);
    if file::read(&path)?.contains("-----BEGIN ") {
        return Ok(path);
    }
    let problem =
        format!("holds neither certificate nor key, as {name} of database.url asks (PEM)");
    Err(ConfigError::Bad { path, problem })
}
