//! The admin password: argon2id, with the original's bcrypt hashes read.

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};

/// What the original puts before a bcrypt hash.
const BCRYPT: &str = "bcrypt:";
/// Letters, digits and signs of a bcrypt hash, all of them one byte.
const BCRYPT_LENGTH: usize = 60;
/// The costliest bcrypt hash that is taken: a login with it takes seconds already.
const MAX_BCRYPT_COST: u32 = 16;
/// The costliest argon2 hash that is taken, likewise: KiB of memory, passes over it, lanes.
const MAX_ARGON2: (u32, u32, u32) = (128 * 1024, 16, 16);
/// Other ways of keeping passwords, as they are named before a colon or in braces.
const OTHER_WAYS: &[&str] = &[
    "md5",
    "sha",
    "sha1",
    "sha224",
    "sha256",
    "sha384",
    "sha512",
    "ssha",
    "smd5",
    "crypt",
    "ntlm",
    "plain",
    "pbkdf2",
    "pbkdf2_sha256",
    "scrypt",
    "argon2",
    "argon2id",
    "werkzeug",
];

/// What is stored of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored<'a> {
    /// Nothing.
    None,
    /// The password itself.
    Plain(&'a str),
    /// An argon2 hash: what this server keeps.
    Argon2(&'a str),
    /// A bcrypt hash: what the original keeps.
    Bcrypt(&'a str),
}

impl<'a> Stored<'a> {
    /// Tells what a text is.
    ///
    /// # Errors
    /// When it is a hash that is not taken; what it is.
    pub fn read(text: &'a str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self::None);
        }
        let hash = text.strip_prefix(BCRYPT).unwrap_or(text);
        if hash.starts_with("$2") || hash.len() < text.len() {
            return match bcrypt_cost(hash) {
                Some(cost) if cost <= MAX_BCRYPT_COST => Ok(Self::Bcrypt(hash)),
                Some(cost) => Err(format!("a bcrypt hash of cost {cost}, above {MAX_BCRYPT_COST}")),
                None => Err("a bcrypt hash that is not whole".to_owned()),
            };
        }
        if text.starts_with("$argon2") {
            return match argon2_cost(text) {
                Some(cost) if is_bearable(cost) => Ok(Self::Argon2(text)),
                Some((memory, passes, lanes)) => {
                    let (most_memory, most_passes, most_lanes) = MAX_ARGON2;
                    Err(format!(
                        "an argon2 hash of m={memory},t={passes},p={lanes}, above \
                         m={most_memory},t={most_passes},p={most_lanes}"
                    ))
                }
                None => Err("an argon2 hash that is not whole".to_owned()),
            };
        }
        match other_way(text) {
            Some(way) => {
                Err(format!("a hash of the kind '{way}', which this server does not take"))
            }
            None => Ok(Self::Plain(text)),
        }
    }
}

/// The memory, passes and lanes of an argon2 hash; none when it is not whole.
fn argon2_cost(text: &str) -> Option<(u32, u32, u32)> {
    let hash = PasswordHash::new(text).ok()?;
    let params = Params::try_from(&hash).ok()?;
    let is_whole = hash.salt.is_some() && hash.hash.is_some();
    is_whole.then(|| (params.m_cost(), params.t_cost(), params.p_cost()))
}

fn is_bearable((memory, passes, lanes): (u32, u32, u32)) -> bool {
    let (most_memory, most_passes, most_lanes) = MAX_ARGON2;
    memory <= most_memory && passes <= most_passes && lanes <= most_lanes
}

/// The cost of a bcrypt hash; none when it is not whole.
fn bcrypt_cost(hash: &str) -> Option<u32> {
    let rest = ["$2a$", "$2b$", "$2x$", "$2y$"].iter().find_map(|kind| hash.strip_prefix(kind))?;
    let (cost, digest) = rest.split_once('$')?;
    let is_plain = digest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/'));
    (hash.len() == BCRYPT_LENGTH && is_plain).then(|| cost.parse().ok()).flatten()
}

/// How another program would have kept a password, if this looks like it: `md5:…`, `{SSHA}…`, or
/// `$6$…`.
fn other_way(text: &str) -> Option<&str> {
    let named = |way: &str| OTHER_WAYS.iter().any(|other| other.eq_ignore_ascii_case(way));
    let colon = text.split_once(':').map(|(way, _)| way);
    let braces = text.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(way, _)| way);
    let crypt = text.strip_prefix('$').and_then(|rest| rest.split_once('$')).map(|(way, _)| way);
    let is_word = |way: &&str| {
        (1..=24).contains(&way.len()) && way.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    colon.or(braces).filter(|way| named(way)).or_else(|| crypt.filter(is_word))
}

/// Hashes a password. Takes tens of milliseconds and 19 MiB on purpose.
///
/// # Errors
/// When the system has no randomness to give.
pub fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

/// What a password is judged in. Kept from one to the next: 19 MiB that are taken and given back
/// each time leave a heap with holes, of several times that.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    /// Whether a password fits a hash that is stored. What is no hash fits nothing.
    pub fn verify(&mut self, password: &str, stored: &str) -> bool {
        match Stored::read(stored) {
            Ok(Stored::Bcrypt(hash)) => bcrypt::verify(password, hash).unwrap_or(false),
            Ok(Stored::Argon2(hash)) => self.verify_argon2(password, hash).unwrap_or(false),
            Ok(Stored::None | Stored::Plain(_)) | Err(_) => false,
        }
    }

    fn verify_argon2(&mut self, password: &str, stored: &str) -> Option<bool> {
        let stored = PasswordHash::new(stored).ok()?;
        let (salt, expected) = (stored.salt?, stored.hash?);
        let algorithm = Algorithm::try_from(stored.algorithm.as_str()).ok()?;
        let version = stored.version.map(Version::try_from).transpose().ok()?.unwrap_or_default();
        let params = Params::try_from(&stored).ok()?;
        self.0.resize(params.block_count(), Block::new());
        let mut computed = vec![0; expected.as_bytes().len()];
        Argon2::new(algorithm, version, params)
            .hash_password_into_with_memory(
                password.as_bytes(),
                &salt,
                &mut computed,
                self.0.as_mut_slice(),
            )
            .ok()?;
        // Compared in constant time.
        Some(Output::new(&computed).ok()? == expected)
    }
}

/// The same, once.
pub fn verify(password: &str, stored: &str) -> bool {
    Memory::default().verify(password, stored)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_fit_their_password_only() {
        let stored = hash("correct horse").unwrap();
        assert_eq!(Stored::read(&stored), Ok(Stored::Argon2(&stored)));
        assert!(verify("correct horse", &stored));
        assert!(!verify("correct hors", &stored));
        assert!(!verify("anything", "not a hash") && !verify("not a hash", "not a hash"));
    }

    #[test]
    fn what_was_judged_before_leaves_no_trace() {
        let small = Params::new(64, 1, 1, None).unwrap();
        let mut memory = Memory::default();
        let ours = hash("correct horse").unwrap();
        for _ in 0..2 {
            assert!(memory.verify("correct horse", &ours));
            assert_eq!(memory.0.len(), Params::default().block_count());
            assert!(!memory.verify("correct hors", &ours));
            let other = Argon2::new(Algorithm::Argon2i, Version::V0x10, small.clone());
            let other = other.hash_password(b"correct horse").unwrap().to_string();
            assert!(memory.verify("correct horse", &other), "{other}");
            assert!(!memory.verify("correct hors", &other));
            assert_eq!(memory.0.len(), small.block_count());
        }
    }

    #[test]
    fn the_originals_hashes_are_read() {
        let hash = bcrypt::hash("admin", 4).unwrap();
        for stored in [hash.clone(), format!("bcrypt:{hash}")] {
            assert_eq!(Stored::read(&stored), Ok(Stored::Bcrypt(&hash)));
            assert!(verify("admin", &stored) && !verify("Admin", &stored));
            assert!(!verify(&stored, &stored) && !verify("", &stored));
        }
    }

    #[test]
    fn other_hashes_are_told_from_passwords() {
        let whole = bcrypt::hash("admin", 4).unwrap();
        let argon2 = |cost: &str| {
            let ours = hash("admin").unwrap();
            ours.replace(ours.split('$').nth(3).unwrap(), cost)
        };
        let bearable = argon2("m=131072,t=16,p=16");
        assert_eq!(Stored::read(&bearable), Ok(Stored::Argon2(&bearable)));
        for (stored, what) in [
            (argon2("m=131073,t=1,p=1").as_str(), "m=131073,t=1,p=1, above"),
            (&argon2("m=19456,t=17,p=1"), "m=19456,t=17,p=1, above m=131072,t=16,p=16"),
            (&argon2("m=19456,t=2,p=17"), "p=17, above"),
            ("md5:21232f297a57a5a743894a0e4a801fc3", "'md5'"),
            ("MD5:x", "'MD5'"),
            ("sha256:ab", "'sha256'"),
            ("{SSHA}ab==", "'SSHA'"),
            ("$1$salt$hash", "'1'"),
            ("$6$rounds=5000$salt$hash", "'6'"),
            ("$pbkdf2-sha256$1$a$b", "'pbkdf2-sha256'"),
            ("bcrypt:", "not whole"),
            ("bcrypt:hunter2", "not whole"),
            ("$2b$12$abc", "not whole"),
            ("$argon2id$v=19$m=x", "not whole"),
            (&whole[..59], "not whole"),
            (&whole.replace("$04$", "$31$"), "cost 31"),
        ] {
            let error = Stored::read(stored).unwrap_err();
            assert!(error.contains(what), "{stored}: {error}");
            assert!(!verify("admin", stored));
        }
        for plain in
            ["secret", "a:b", "$5 and $6", "$$", "md5", "{}", "21232f297a57a5a743894a0e4a801fc3"]
        {
            assert_eq!(Stored::read(plain), Ok(Stored::Plain(plain)));
        }
    }
}
