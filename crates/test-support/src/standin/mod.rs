//! The original OpenMOSS server as part A of its HTTP contract describes it, in this process.
//!
//! Faithful on purpose, weaknesses included: nobody checks who holds a sub-task, any task status
//! follows any other, an unknown GET answers a web page. What `moss` can do here it can do against
//! the servers people run today. It shares no code with `moss-api`, so that a mistake there shows.

mod agents;
mod answer;
mod args;
mod listen;
mod logs;
mod pages;
mod reviews;
mod route;
mod routes;
mod rules;
mod scores;
mod setup;
mod state;
mod sub_tasks;
mod tasks;
mod web;

pub use listen::{Recorded, Standin};
pub use state::{ADMIN_PASSWORD, REGISTRATION_TOKEN};
