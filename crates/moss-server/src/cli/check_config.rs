//! `moss-server check-config`: whether a configuration can be used, and line by line what a start
//! will make of it. Nothing is written.

use std::path::Path;

use crate::cli::output::println;
use crate::cli::serve::database_path;
use crate::config::Config;
use crate::store;

/// Checks the file and says what it found on standard output.
///
/// # Errors
/// When a start would be refused; why.
pub async fn check(path: &Path) -> anyhow::Result<()> {
    let (config, notes) = Config::load_settled(path, std::env::vars())?;
    let database = database_path(&config, path);
    let there = store::look(&database).await?;
    let (shown, server) = (path.display(), &config.server);
    let is = if path.exists() {
        "is fine"
    } else {
        "is not there yet: the first moss-server serve writes it, with the defaults"
    };
    println!("{shown} {is}: {}:{}, database {}", server.host, server.port, database.display());
    for note in notes {
        println!("- {}", note.text);
    }
    if !there {
        println!("- {} is not there yet: a start makes it", database.display());
    }
    Ok(())
}
