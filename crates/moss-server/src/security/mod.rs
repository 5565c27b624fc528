//! Secrets: random keys and tokens, their hashes, the password of the person in charge, and what
//! keeps those slow who guess at them, or ask too much.

pub mod device;
pub mod hashing;
pub mod new_password;
pub mod password;
pub mod rates;
pub mod secret;
pub mod throttle;
pub mod webhook_signature;
