//! The machine: files, processes, shell quoting, this program's version.

pub mod files;
pub mod process;
pub mod shell;
pub mod version;
