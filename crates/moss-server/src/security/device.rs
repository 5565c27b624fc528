//! What a browser or a `moss` keeps that was let in before: by it the throttle tells it from whoever else
//! comes from the same address. It opens nothing.
//!
//! Nothing is stored here either: the mark is a random id, sealed with the hash of the password
//! that let it in. Another password, and no mark is good any more.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::security::secret::random_hex;

const ID_DIGITS: usize = 32;

/// A mark for somebody who was let in by the password with this hash.
///
/// # Errors
/// When the system has no randomness to give.
pub fn mark(password_hash: &str) -> Result<String, getrandom::Error> {
    let id = random_hex::<{ ID_DIGITS / 2 }>()?;
    Ok(format!("{id}{}", seal(&id, password_hash)))
}

/// The id in a mark, if it was given out under this password.
pub fn recognise(mark: &str, password_hash: &str) -> Option<String> {
    let (id, given) = mark.split_at_checked(ID_DIGITS)?;
    let fits: bool = seal(id, password_hash).as_bytes().ct_eq(given.as_bytes()).into();
    (fits && !password_hash.is_empty()).then(|| id.to_owned())
}

fn seal(id: &str, password_hash: &str) -> String {
    // HMAC takes keys of any length.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(password_hash.as_bytes()) else {
        return String::new();
    };
    let mac = mac.chain_update("moss device ").chain_update(id);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_good_under_the_password_it_was_given_for() {
        let (one, two) = (mark("$argon2id$a").unwrap(), mark("$argon2id$a").unwrap());
        assert_ne!(recognise(&one, "$argon2id$a"), recognise(&two, "$argon2id$a"));
        assert!(recognise(&one, "$argon2id$a").is_some());
        assert_eq!(recognise(&one, "$argon2id$b"), None);
        let no_password = mark("").unwrap();
        assert_eq!(recognise(&no_password, ""), None);
        for bad in
            ["", "ab", &one[..32], &one[..95], &format!("{one}0"), "日本日本日本日本日本日本"]
        {
            assert_eq!(recognise(bad, "$argon2id$a"), None, "{bad}");
        }
    }
}
