//! Who signs the certificates of database servers, and the certificates.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// What they are made with.
pub const OPENSSL: &str = "openssl";

/// The certificate is of `localhost`, and not of that machine's number.
const SECTIONS: &str = "
[req]
distinguished_name = name
prompt = no
[name]
CN = made for a test
[authority]
basicConstraints = critical, CA:TRUE
[server]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:localhost
";

/// An authority of one's own. Needs [`OPENSSL`].
pub struct Authority {
    folder: TempDir,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    pub fn new() -> Self {
        let authority = Self { folder: TempDir::new().unwrap() };
        fs::write(authority.path("sections"), SECTIONS).unwrap();
        let new =
            "req -x509 -config sections -extensions authority -newkey rsa:2048 -nodes -days 2";
        // Each has a name of its own, by which it is not found in place of another.
        let name = format!("/CN={}", uuid::Uuid::new_v4());
        let files = ["-keyout", "authority.key", "-out", "authority.pem"];
        authority.openssl(new, &[&files[..], &["-subj", &name]].concat());
        authority
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its own certificate, for who is to believe it.
    pub fn certificate(&self) -> PathBuf {
        self.path("authority.pem")
    }

    /// The key and the certificate of a server in this folder, and the authority's own, for whom the
    /// folder belongs to.
    pub(super) fn certify(&self, folder: &Path) -> [PathBuf; 3] {
        self.sign("server", "made for a test");
        let owner = fs::metadata(folder).unwrap();
        ["server.key", "server.pem", "authority.pem"].map(|name| {
            let path = folder.join(name);
            fs::copy(self.path(name), &path).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
            path
        })
    }

    /// Makes a key and a certificate for somebody in its folder: `WHO.key` and `WHO.pem`.
    pub fn sign(&self, who: &str, name: &str) {
        let (key, asked) = (format!("{who}.key"), format!("{who}.csr"));
        let ask = "req -new -config sections -newkey rsa:2048 -nodes";
        let subject = format!("/CN={name}");
        self.openssl(ask, &["-subj", &subject, "-keyout", &key, "-out", &asked]);
        let sign = "x509 -req -CA authority.pem -CAkey authority.key -CAcreateserial -days 2 \
                    -extfile sections -extensions server";
        self.openssl(sign, &["-in", &asked, "-out", &format!("{who}.pem")]);
    }

    fn openssl(&self, what: &str, more: &[&str]) {
        let mut openssl = Command::new(OPENSSL);
        openssl.args(what.split_whitespace()).args(more);
        let output = openssl.current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
