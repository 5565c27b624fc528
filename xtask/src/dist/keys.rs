//! The keys that releases are signed with.

use std::fs::OpenOptions;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{KEYPAIR_LENGTH, PUBLIC_KEY_LENGTH, SECRET_KEY_LENGTH, SIGNATURE_LENGTH};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use zipsign_api::sign::copy_and_sign_tar;
use zipsign_api::verify::{read_signatures, verify_tar};

/// The two keys that are compiled into `moss`: the one in use, and the one that follows it.
pub const NAMES: [&str; 2] = ["release-current", "release-next"];
/// What a public key's 32 bytes follow in its DER form (RFC 8410).
const DER_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0];
/// Longest file a key is looked for in, in bytes.
const MAX_KEY_FILE: u64 = 1024;

/// A key that signs. Shown to nobody: it has no `Debug`.
pub struct ReleaseKey(SigningKey);

impl ReleaseKey {
    /// Reads the base64 of a key pair's 64 bytes.
    ///
    /// # Errors
    /// When the file holds none. The message names the file and nothing of what is in it.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let file = std::fs::File::open(path).with_context(|| format!("cannot read key {name}"))?;
        let mut text = String::new();
        file.take(MAX_KEY_FILE)
            .read_to_string(&mut text)
            .with_context(|| format!("cannot read key {name}"))?;
        Self::parse(&text)
            .with_context(|| format!("{name} holds no base64 of a 64-byte ed25519 key pair"))
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64_STANDARD.decode(text.trim()).ok()?;
        let pair: [u8; KEYPAIR_LENGTH] = bytes.try_into().ok()?;
        SigningKey::from_keypair_bytes(&pair).ok().map(Self)
    }

    /// Its public half.
    pub fn public(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    /// The signature of a text: pure ed25519.
    pub fn sign(&self, text: &str) -> [u8; SIGNATURE_LENGTH] {
        self.0.sign(text.as_bytes()).to_bytes()
    }

    /// A `.tar.gz` with its signature in it, good under this file name alone; and the signature by
    /// itself, in base64.
    ///
    /// # Errors
    /// When the archive is none.
    pub fn sign_archive(&self, name: &str, archive: Vec<u8>) -> Result<(Vec<u8>, String)> {
        let mut signed = Cursor::new(Vec::new());
        let (length, context) = (archive.len(), Some(name.as_bytes()));
        copy_and_sign_tar(
            &mut Cursor::new(archive),
            &mut signed,
            std::slice::from_ref(&self.0),
            context,
        )
        .with_context(|| format!("signing {name}"))?;
        verify_tar(&mut signed, &[self.public()], context)
            .with_context(|| format!("the signature of {name}"))?;
        let signed = signed.into_inner();
        Ok((signed.clone(), signature_within(&signed[length..])?))
    }
}

/// The base64 of the signatures in the member that zipsign adds at the end of a `.tar.gz`.
fn signature_within(member: &[u8]) -> Result<String> {
    const GZIP_HEAD: usize = 10;
    const PLACE: usize = 16; // where the member begins, in hexadecimal digits
    let comment = member.get(GZIP_HEAD..).unwrap_or_default();
    let comment = comment.split(|&byte| byte == 0).next().unwrap_or_default();
    let text = comment.get(..comment.len().saturating_sub(PLACE)).unwrap_or_default();
    read_signatures(&mut BASE64_STANDARD.decode(text)?.as_slice())?;
    Ok(String::from_utf8(text.to_vec())?)
}

/// The public keys that a `moss` built from this tree trusts; those that are there.
///
/// # Errors
/// When a file holds none.
pub fn trusted(root: &Path) -> Result<Vec<VerifyingKey>> {
    let mut keys = Vec::new();
    for name in NAMES {
        let path = format!("keys/{name}.pub");
        let Ok(text) = std::fs::read_to_string(root.join(&path)) else { continue };
        let bytes = BASE64_STANDARD.decode(text.trim()).ok();
        let bytes: Option<[u8; PUBLIC_KEY_LENGTH]> = bytes.and_then(|bytes| bytes.try_into().ok());
        let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        keys.push(key.with_context(|| format!("{path} holds no ed25519 public key"))?);
    }
    Ok(keys)
}

/// `cargo xtask release-keys`: makes both keys, each with its public half in two forms. Replaces
/// nothing.
///
/// # Errors
/// When a file is there already or cannot be written.
pub fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let taken = NAMES.iter().map(|name| folder.join(format!("{name}.key"))).find(|p| p.exists());
    ensure!(taken.is_none(), "{} is there already", taken.unwrap_or_default().display());
    for name in NAMES {
        let mut seed = [0; SECRET_KEY_LENGTH];
        getrandom::fill(&mut seed).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
        let key = SigningKey::from_bytes(&seed);
        let public = key.verifying_key();
        let der = [DER_HEAD.as_slice(), public.as_bytes()].concat();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            BASE64_STANDARD.encode(der)
        );
        let secret = BASE64_STANDARD.encode(key.to_keypair_bytes());
        write_new(&folder.join(format!("{name}.key")), &format!("{secret}\n"), 0o600)?;
        let text = format!("{}\n", BASE64_STANDARD.encode(public));
        write_new(&folder.join(format!("{name}.pub")), &text, 0o644)?;
        write_new(&folder.join(format!("{name}.pem")), &pem, 0o644)?;
    }
    println!(
        "wrote {}\n-> keep the two .key files secret and apart; copy the two .pub files to keys/",
        folder.display()
    );
    Ok(())
}

/// Writes a file that is not there yet, readable by nobody more than `mode` says.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode; // the folder's own rights have to do
    let file = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    file.with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::dist::archive::{Archive, Mode};

    /// A key that is the same in every run.
    pub fn key(number: u8) -> ReleaseKey {
        ReleaseKey(SigningKey::from_bytes(&[number; SECRET_KEY_LENGTH]))
    }

    fn archive() -> Vec<u8> {
        let mut archive = Archive::new("moss-1.2.3-there");
        archive.add("moss", Mode::Program, b"run me".to_vec());
        archive.pack(1_700_000_000).unwrap()
    }

    #[test]
    fn a_signature_is_good_under_one_name_and_one_key() {
        let (signed, text) = key(1).sign_archive("moss-1.2.3-there.tar.gz", archive()).unwrap();
        let verify = |key: ReleaseKey, name: &str| {
            verify_tar(&mut Cursor::new(&signed), &[key.public()], Some(name.as_bytes()))
        };
        assert!(verify(key(1), "moss-1.2.3-there.tar.gz").is_ok());
        assert!(verify(key(1), "moss-1.2.4-there.tar.gz").is_err());
        assert!(verify(key(2), "moss-1.2.3-there.tar.gz").is_err());
        assert!(read_signatures(&mut BASE64_STANDARD.decode(text).unwrap().as_slice()).is_ok());
        let again = key(1).sign_archive("moss-1.2.3-there.tar.gz", archive()).unwrap().0;
        assert_eq!(again, signed, "signing twice makes two different files");
    }

    #[test]
    fn a_signed_archive_is_still_one() {
        let (signed, _) = key(1).sign_archive("a.tar.gz", archive()).unwrap();
        let gzip = flate2::read::MultiGzDecoder::new(signed.as_slice());
        assert_eq!(tar::Archive::new(gzip).entries().unwrap().count(), 1);
    }

    #[test]
    fn keys_are_made_once_secret_and_in_pairs_that_fit() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path()).unwrap();
        assert!(make(folder.path()).is_err(), "a key was replaced");
        let tree = tempfile::tempdir().unwrap();
        std::fs::create_dir(tree.path().join("keys")).unwrap();
        for name in NAMES {
            let public = format!("{name}.pub");
            std::fs::copy(folder.path().join(&public), tree.path().join("keys").join(&public))
                .unwrap();
        }
        let trusted = trusted(tree.path()).unwrap();
        assert_eq!(trusted.len(), 2);
        assert_ne!(trusted[0], trusted[1]);
        for (name, public) in NAMES.iter().zip(trusted) {
            let path = folder.path().join(format!("{name}.key"));
            assert_eq!(ReleaseKey::read(&path).unwrap().public(), public);
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                let mode = std::fs::metadata(&path).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600);
            }
        }
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for text in ["", "c2VjcmV0", "c2VjcmV0!", &BASE64_STANDARD.encode([7; KEYPAIR_LENGTH])] {
            std::fs::write(&path, text).unwrap();
            let Err(error) = ReleaseKey::read(&path) else { panic!("{text:?} is a key") };
            assert!(text.is_empty() || !format!("{error:#}").contains(text), "{error:#}");
        }
    }
}
