//! What black-box tests share: a raw HTTP client, the real server, the real command.

#![allow(dead_code)] // Each test binary uses its part.

pub mod http;
pub mod moss;
pub mod namespace;
pub mod server;
