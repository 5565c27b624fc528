//! Connections: accepting them, and ending those that no longer take what they are sent.

pub mod accept;
mod write_timeout;
