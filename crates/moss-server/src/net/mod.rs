//! Connections: accepting them, which one goes when there are too many, and ending those that no
//! longer take what they are sent.

pub mod accept;
pub mod connections;
mod open_files;
mod write_timeout;
