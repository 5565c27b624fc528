//! The machine: files and processes.

pub mod files;
pub mod process;
