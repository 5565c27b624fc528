//! Who gets in: agents and their keys, invites, and the sessions of the person in charge.

pub mod admin_sessions;
pub mod agents;
pub mod bootstrap;
pub mod hosts;
pub mod invites;
pub mod keys;
pub mod removal;
