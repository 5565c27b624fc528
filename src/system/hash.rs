//! SHA-256, as people and other programs write it.

use sha2::{Digest, Sha256};

/// SHA-256 of a text or of bytes, as 64 lower-case hexadecimal digits.
pub fn sha256(of: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(of))
}

/// Bytes as lower-case hexadecimal digits, two a byte.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
