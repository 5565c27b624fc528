//! The machine: clock, deadline, files, hashes, processes, shell quoting, this program's version.

pub mod clock;
pub mod deadline;
pub mod files;
pub mod hash;
pub mod plain_file;
pub mod process;
pub mod shell;
pub mod version;
