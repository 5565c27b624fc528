//! The admin password: argon2id, with the original's bcrypt hashes read.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// Whether a stored text is a hash, not the password itself.
pub fn is_hash(stored: &str) -> bool {
    stored.starts_with("$argon2") || is_bcrypt(stored)
}

fn is_bcrypt(stored: &str) -> bool {
    ["$2a$", "$2b$", "$2x$", "$2y$"].iter().any(|prefix| stored.starts_with(prefix))
}

/// Hashes a password. Takes tens of milliseconds and 19 MiB on purpose.
///
/// # Errors
/// When the system has no randomness to give.
pub fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

/// Whether a password fits what is stored. An unreadable hash fits nothing.
pub fn verify(password: &str, stored: &str) -> bool {
    if is_bcrypt(stored) {
        return bcrypt::verify(password, stored).unwrap_or(false);
    }
    match PasswordHash::new(stored) {
        Ok(hash) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_fit_their_password_only() {
        let stored = hash("correct horse").unwrap();
        assert!(is_hash(&stored));
        assert!(verify("correct horse", &stored));
        assert!(!verify("correct hors", &stored));
        assert!(!verify("anything", "not a hash"));
    }

    #[test]
    fn the_originals_hashes_are_read() {
        let stored = bcrypt::hash("admin", 4).unwrap();
        assert!(is_hash(&stored));
        assert!(verify("admin", &stored) && !verify("Admin", &stored));
    }
}
