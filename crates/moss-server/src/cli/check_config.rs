//! `moss-server check-config`: whether a configuration can be used, and line by line what a start
//! will make of it, with the settings that the database has. Nothing is written.

use std::path::Path;

use crate::cli::output::println;
use crate::config::{Address, Config, Note, file_id};
use crate::domain::settings::{File, after_start};
use crate::security::password::Stored;
use crate::store;

/// Checks the file and says what it found on standard output.
///
/// # Errors
/// When a start would be refused; why.
pub async fn check(path: &Path) -> anyhow::Result<()> {
    let (config, mut notes) = Config::load_settled(path, std::env::vars())?;
    let database = config.address(Some(path))?;
    let there = store::look(&database).await?;
    let (shown, server) = (path.display(), &config.server);
    let is = if path.exists() {
        "is fine"
    } else {
        "is not there yet: the first moss-server serve writes it, with the defaults"
    };
    println!("{shown} {is}: {}:{}, database {database}", server.host, server.port);
    let (settings, not_so) = in_database(&database, path, &config).await?;
    if settings.has_password() {
        notes.retain(|note| !note.is_of_no_password());
    }
    for Note { text, .. } in notes {
        println!("- {text}");
    }
    if let Some(told) = overruled(&not_so) {
        println!("- {told}");
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

/// The configuration with the settings that the database will have after a start, and what of the file
/// does not count then.
async fn in_database(
    database: &Address,
    path: &Path,
    config: &Config,
) -> anyhow::Result<(Config, Vec<String>)> {
    let Some(db) = store::look_into(database).await? else {
        return Ok((config.clone(), Vec::new()));
    };
    let id = match database {
        Address::Sqlite(_) => String::new(),
        Address::Remote(_) => file_id(path),
    };
    // A start puts a hash in the place of a password in plain text; it counts like that.
    let is_plain = matches!(Stored::read(&config.admin.password), Ok(Stored::Plain(_)));
    let found = after_start(&db, &File::new(&id, config, is_plain)).await;
    db.close().await?;
    let (settings, not_so) = found?;
    Ok((config.with_settings(&settings), not_so))
}

/// What is told of these keys, whose value in the file or the environment does not count.
pub fn overruled(keys: &[String]) -> Option<String> {
    if keys.is_empty() {
        return None;
    }
    Some(format!(
        "what it or the environment says of {} does not count, since it was set later, through the API or \
         by another server's file; another value there will, at the next start",
        keys.join(", ")
    ))
}
