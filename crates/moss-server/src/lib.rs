//! The companion of `moss`: tasks, claims, reviews, scores and patrol on one embedded database.
//!
//! `http → writer → domain → store → database`; nobody reaches past a neighbour.

pub mod app;
pub mod background;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod downloads;
mod files;
pub mod http;
pub mod importing;
pub mod net;
pub mod releases;
pub mod security;
pub mod store;
pub mod web;
pub mod webhooks;
pub mod writer;
