//! `moss` brings itself up to date, and survives it.
//!
//! Nothing that comes over the network is believed before a compiled-in key has signed it, nothing
//! is gone by that has expired or is older than what was seen, and nothing takes the place of the running program before it has shown that it works: it says its
//! version, tests itself, and asks the server what to do as a wake-up would. Until the one
//! `rename` that puts it in place, and after every failure, the old program is there and whole.
//! One that dies in its first wake-up all the same is taken out again by the next.

mod archive;
pub mod auto;
mod check_binary;
mod choice;
mod fetch;
pub mod first_wake;
pub mod freshness;
mod install;
mod install_dir;
pub mod keys;
mod notice;
pub mod refresh;
mod running;
mod seen;
mod swap;
mod trial_wake;

pub use choice::{Decision, MAX_REASON, Why, choose, shown};
pub use fetch::Source;
pub use freshness::{Look, look};
pub use install::{Installed, Limits, install};
pub use install_dir::InstallDir;
pub use notice::Notice;
pub use running::Own;
pub use seen::Seen;
pub use swap::roll_back;

use moss_api::Exit;

use crate::error::Error;

/// An update that was refused or failed: the program that runs stays.
fn failed(code: &str, message: impl Into<String>) -> Error {
    Error::new(Exit::Update, code, message)
}

/// A step in whose midst a test may stop the process, to kill it there.
#[cfg(debug_assertions)]
fn step(name: &str) {
    if std::env::var("MOSS_TEST_STOP").is_ok_and(|stop| stop == name) {
        eprintln!("stopped: {name}");
        std::thread::sleep(std::time::Duration::from_secs(120));
    }
}

#[cfg(not(debug_assertions))]
const fn step(_name: &str) {}
