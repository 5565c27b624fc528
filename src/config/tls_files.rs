//! TLS to servers that the public authorities do not know: whom to believe, and what to show.

use std::io::Read;
use std::path::{Path, PathBuf};

use reqwest::Url;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};

use crate::config::env::{CA_FILE_VARIABLE, CLIENT_CERT_VARIABLE, variable};
use crate::config::flags::GlobalFlags;
use crate::config::profile::ProfileDir;
use crate::error::{Error, Result};
use crate::hints;
use crate::system::{files, plain_file};

/// Largest file, in bytes: a system's whole list of authorities has a quarter of it.
const MAX_BYTES: u64 = 1024 * 1024;

/// What a connection shows: its certificate and those that vouch for it, and the private key.
pub type Shown = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Files of PEM, by whole paths.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TlsFiles {
    /// Who vouches for the server, in place of the public authorities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ca_file: Option<PathBuf>,
    /// What is shown to a server that asks for it: a certificate and its private key, in one file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_cert: Option<PathBuf>,
}

impl TlsFiles {
    /// Those of the command line, else of the environment.
    ///
    /// # Errors
    /// When the working directory, which a short path begins in, is gone.
    pub fn given(global: &GlobalFlags) -> Result<Self> {
        let path = |flag: &Option<PathBuf>, name| {
            let path = flag.clone().or_else(|| variable(name).map(PathBuf::from));
            path.map(|path| Ok(files::here()?.join(path))).transpose()
        };
        Ok(Self {
            ca_file: path(&global.ca_file, CA_FILE_VARIABLE)?,
            client_cert: path(&global.client_cert, CLIENT_CERT_VARIABLE)?,
        })
    }

    /// The same for a server that a folder has a key of: what is not given is as it was remembered there.
    ///
    /// # Errors
    /// As [`Self::given`], and when what is remembered cannot be read.
    pub fn find(global: &GlobalFlags, server: &Url, folder: Option<&ProfileDir>) -> Result<Self> {
        let given = Self::given(global)?;
        // Nothing is read where nothing is needed: most wake-ups go to this machine.
        let Some(folder) = folder.filter(|_| server.scheme() == "https") else { return Ok(given) };
        let remembered = folder.tls_files()?;
        Ok(Self {
            ca_file: given.ca_file.or(remembered.ca_file),
            client_cert: given.client_cert.or(remembered.client_cert),
        })
    }

    /// Whether nothing is to be remembered.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the server's certificate is judged by a file of the user's.
    pub fn has_authority(&self) -> bool {
        self.ca_file.is_some()
    }

    /// Who vouches for servers.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no certificate.
    pub fn authorities(&self) -> Result<RootCertStore> {
        let mut roots = RootCertStore::empty();
        let Some(path) = &self.ca_file else {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            return Ok(roots);
        };
        for certificate in certificates(path, &read(path)?)? {
            roots.add(certificate).map_err(|e| unfit(path, &e.to_string()))?;
        }
        Ok(roots)
    }

    /// What is shown to servers; none for nothing.
    ///
    /// # Errors
    /// When the file cannot be read, or does not hold both.
    pub fn shown(&self) -> Result<Option<Shown>> {
        let Some(path) = &self.client_cert else { return Ok(None) };
        let pem = read(path)?;
        let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
            unfit(path, "there is no private key in it").hint(hints::CLIENT_CERT_IS_BOTH)
        })?;
        Ok(Some((certificates(path, &pem)?, key)))
    }

    /// What to say when certificate and key do not belong together.
    pub fn mismatch(&self, error: &rustls::Error) -> Error {
        unfit(self.client_cert.as_deref().unwrap_or(Path::new("")), &error.to_string())
    }
}

fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(unfit(path, "there is no certificate in it")),
        Err(error) => Err(unfit(path, &error.to_string())),
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut pem = Vec::new();
    let file = plain_file::open(path).map_err(|e| files::cannot("read", path, &e))?;
    file.take(MAX_BYTES).read_to_end(&mut pem).map_err(|e| files::cannot("read", path, &e))?;
    Ok(pem)
}

fn unfit(path: &Path, why: &str) -> Error {
    Error::refused(format!("{} is of no use for TLS: {why}", files::shown(path)))
}
