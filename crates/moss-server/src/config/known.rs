//! Passwords and tokens everybody knows: those of the original's example file. They let nobody in.

use crate::security::password;

/// The admin password of the original's example.
const PASSWORD: &str = "admin123";
/// Registration tokens of the original's example.
const TOKENS: &[&str] = &["openclaw-register-2024"];

/// Whether this is a password everybody knows.
pub fn is_known_password(password: &str) -> bool {
    password == PASSWORD
}

/// Whether this is a registration token everybody knows.
pub fn is_known_token(token: &str) -> bool {
    TOKENS.contains(&token.trim())
}

/// Whether what is stored is a password everybody knows, in plain text or hashed. Takes its time
/// for a hash.
pub(super) fn stores_known_password(stored: &str) -> bool {
    is_known_password(stored) || password::verify(PASSWORD, stored)
}
