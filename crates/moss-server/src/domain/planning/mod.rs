//! What a planner does: tasks, sub-tasks, what waits for what, and whole plans at once.

pub mod dependencies;
pub mod goals;
pub mod leave;
pub mod leftovers;
pub mod plan;
pub mod questions;
pub mod sub_tasks;
pub mod tasks;
