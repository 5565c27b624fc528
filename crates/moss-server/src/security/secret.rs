//! Secrets: made from the system's randomness, shown once, kept as hashes.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// SHA-256, as 64 lower-case hexadecimal digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Whether two secrets are equal, in time that does not depend on where they differ.
pub fn same(a: &str, b: &str) -> bool {
    // Hashing first hides the lengths too.
    Sha256::digest(a).ct_eq(&Sha256::digest(b)).into()
}

/// Random bytes as hexadecimal digits, two a byte.
///
/// # Errors
/// When the system has no randomness to give.
pub fn random_hex<const BYTES: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)?;
    Ok(hex::encode(bytes))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// An agent's key: `ak_`, a public id that finds the row, and 256 secret bits. One of the original is
/// `ak_` and 128 secret bits; what finds its row is made of them.
#[derive(Clone)]
pub struct AgentKey {
    id: String,
    secret: String,
    is_original: bool,
}

const PREFIX: &str = "ak_";
const ID_DIGITS: usize = 16;
const SECRET_DIGITS: usize = 64;
const ORIGINAL_DIGITS: usize = 32;

impl AgentKey {
    /// A fresh key.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        Ok(Self {
            id: random_hex::<{ ID_DIGITS / 2 }>()?,
            secret: random_hex::<{ SECRET_DIGITS / 2 }>()?,
            is_original: false,
        })
    }

    /// Reads a key a caller sent; none when it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        if rest.len() == ORIGINAL_DIGITS && is_hex(rest) {
            return Some(Self::of_the_original(rest));
        }
        let (id, secret) = rest.split_at_checked(ID_DIGITS)?;
        (secret.len() == SECRET_DIGITS && is_hex(id) && is_hex(secret)).then(|| Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            is_original: false,
        })
    }

    /// What finds the row of one that has no public half tells nothing of it but that it was seen.
    fn of_the_original(secret: &str) -> Self {
        let mut id = sha256_hex(format!("the public half of {secret}").as_bytes());
        id.truncate(ID_DIGITS);
        Self { id, secret: secret.to_owned(), is_original: true }
    }

    /// The public half.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is stored of the secret half.
    pub fn secret_hash(&self) -> String {
        sha256_hex(self.secret.as_bytes())
    }

    /// Whether the secret half is the one that was stored, in constant time.
    pub fn matches(&self, stored_hash: &str) -> bool {
        self.secret_hash().as_bytes().ct_eq(stored_hash.as_bytes()).into()
    }

    /// The key as its owner gets it, once.
    pub fn reveal(&self) -> String {
        let public = if self.is_original { "" } else { &self.id };
        format!("{PREFIX}{public}{}", self.secret)
    }
}

/// An invite's token: `inv_` and 256 secret bits.
#[derive(Clone)]
pub struct InviteToken(String);

const INVITE_PREFIX: &str = "inv_";

impl InviteToken {
    /// A fresh token.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        Ok(Self(random_hex::<{ SECRET_DIGITS / 2 }>()?))
    }

    /// Reads a token a caller sent; none when it cannot be one of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let secret = text.strip_prefix(INVITE_PREFIX)?;
        (secret.len() == SECRET_DIGITS && is_hex(secret)).then(|| Self(secret.to_owned()))
    }

    /// What is stored of it, and what finds it: nobody can look for a hash without the token.
    pub fn hash(&self) -> String {
        sha256_hex(self.0.as_bytes())
    }

    /// The token as its bearer gets it, once.
    pub fn reveal(&self) -> String {
        format!("{INVITE_PREFIX}{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip_and_differ() {
        let key = AgentKey::generate().unwrap();
        let read = AgentKey::parse(&key.reveal()).unwrap();
        assert_eq!(read.id(), key.id());
        assert!(read.matches(&key.secret_hash()));
        let other = AgentKey::generate().unwrap();
        assert!(!other.matches(&key.secret_hash()));
        for bad in
            ["", "ak_", "ak_日本語日本語日本語", &key.reveal()[1..], &format!("{}0", key.reveal())]
        {
            assert!(AgentKey::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_key_of_the_original_is_one() {
        let text = "ak_0123456789abcdef0123456789abcdef";
        let key = AgentKey::parse(text).unwrap();
        assert_eq!(key.reveal(), text);
        assert_eq!(key.id().len(), ID_DIGITS);
        assert!(!text.contains(key.id()));
        assert!(AgentKey::parse(text).unwrap().matches(&key.secret_hash()));
        let other = AgentKey::parse("ak_0123456789abcdef0123456789abcde0").unwrap();
        assert_ne!(other.id(), key.id());
        assert!(!other.matches(&key.secret_hash()));
    }

    #[test]
    fn invites_round_trip_and_differ() {
        let token = InviteToken::generate().unwrap();
        assert_eq!(InviteToken::parse(&token.reveal()).unwrap().hash(), token.hash());
        assert_ne!(InviteToken::generate().unwrap().hash(), token.hash());
        for bad in ["", "inv_", "inv_日本語", &token.reveal()[1..], &format!("{}0", token.reveal())]
        {
            assert!(InviteToken::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn comparison_is_by_value() {
        assert!(same("open sesame", "open sesame"));
        assert!(!same("open sesame", "open sesam"));
    }
}
