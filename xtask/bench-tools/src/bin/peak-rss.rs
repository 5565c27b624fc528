//! `peak-rss COMMAND…`: runs a command and prints the most memory it held at once, in KiB.
//!
//! A program of its own because the kernel counts what a process held between fork and exec as
//! the child's: the parent must be smaller than what it measures.

use std::io::{Error, Result};
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};

fn main() -> Result<()> {
    let mut args = std::env::args_os().skip(1);
    let program = args.next().ok_or_else(|| Error::other("usage: peak-rss COMMAND…"))?;
    let status = Command::new(program).args(args).stdout(Stdio::null()).status()?;
    if !status.success() {
        return Err(Error::other(format!("the command ended with {status}")));
    }
    let children = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    println!("{}", children.max_rss());
    Ok(())
}
