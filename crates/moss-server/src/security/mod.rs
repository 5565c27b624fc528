//! Secrets: random keys and tokens, their hashes, and the password of the person in charge.

pub mod login_throttle;
pub mod password;
pub mod secret;
