//! The HTTP surface: one file per resource, each a list of routes with their handlers.
//!
//! A handler reads its input into types, runs one command or one look, and answers. Order of
//! checks, as the contract has it: body is JSON (422) → who calls (401/403) → fields (422) →
//! the work itself.

mod admin;
mod agents;
mod call;
mod caller;
mod etag;
mod failure;
mod health;
mod install;
mod invites;
mod logs;
mod me;
mod middleware;
mod plans;
mod releases;
mod reviews;
mod router;
mod rules;
mod scores;
mod setup;
mod skills;
mod sub_tasks;
mod tasks;
mod wake;

pub use router::router;
