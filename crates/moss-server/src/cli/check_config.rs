//! `moss-server check-config`: whether a configuration can be used, and line by line what a start
//! will make of it. Nothing is written.

use std::path::Path;

use crate::cli::output::println;
use crate::config::{Address, Config};
use crate::store;

/// Checks the file and says what it found on standard output.
///
/// # Errors
/// When a start would be refused; why.
pub async fn check(path: &Path) -> anyhow::Result<()> {
    let (config, notes) = Config::load_settled(path, std::env::vars())?;
    let database = config.address(Some(path))?;
    let there = store::look(&database).await?;
    let (shown, server) = (path.display(), &config.server);
    let is = if path.exists() {
        "is fine"
    } else {
        "is not there yet: the first moss-server serve writes it, with the defaults"
    };
    println!("{shown} {is}: {}:{}, database {database}", server.host, server.port);
    for note in notes {
        println!("- {}", note.text);
    }
    if !there {
        match database {
            Address::Sqlite(path) => {
                println!("- {} is not there yet: a start makes it", path.display())
            }
            Address::Remote(_) => println!("- {database} is empty yet: a start makes the tables"),
        }
    }
    Ok(())
}
