//! Connections: accepting them, which one goes when there are too many, and ending those that no
//! longer take what they are sent. And those the server makes: to webhooks.

pub mod accept;
pub mod connections;
mod open_files;
pub mod public_address;
pub mod webhook_client;
mod write_timeout;
