//! The original OpenMOSS: the same commands by means of part A of the wire alone.
//!
//! It has no wake-up packet, no plans, no leases, no idempotency and resolves no id prefixes. What
//! can be composed from its routes is composed here; what cannot is refused by the command.

pub mod claim;
pub mod plan;
pub mod refusal;
pub mod submit;
pub mod wake;

/// Above any version of the original's Python client, so that no advice on updating that is
/// mixed into the rules.
pub const NO_PYTHON_CLIENT: i32 = i32::MAX;
