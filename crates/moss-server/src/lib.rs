//! The companion of `moss`: tasks, claims, reviews, scores and patrol on one embedded database.
//!
//! `http → domain → store → database`; nobody reaches past a neighbour.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
mod health;
pub mod http;
mod listen;
pub mod password;
pub mod policy;
pub mod releases;
pub mod secret;
pub mod serve;
mod stall;
pub mod store;
pub mod ttl;
