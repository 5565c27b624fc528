//! Connections: accepting them, which one goes when there are too many, and ending those that no
//! longer take what they are sent. TLS. And which addresses are public.

pub mod accept;
pub mod connections;
mod open_files;
pub mod public_address;
pub mod tls;
mod write_timeout;
