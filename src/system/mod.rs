//! The machine: clock, files, processes, shell quoting, this program's version.

pub mod clock;
pub mod files;
pub mod process;
pub mod shell;
pub mod version;
