//! `moss-server restore`: going back to a backup.

use std::path::Path;

use crate::cli::output::println;
use crate::clock::Clock;
use crate::store::{self, Restored};

/// Puts the backup in the place of the database and says where that is now which was there.
///
/// # Errors
/// When it could not be done.
pub async fn restore(database: &Path, backup: &Path) -> anyhow::Result<()> {
    let word = format!("replaced-{}", Clock::system().now()).replace(':', "");
    let Restored { kept, is_itself } = store::restore(database, backup, &word).await?;
    if is_itself {
        println!("{} is whole and stays the database as it is", database.display());
    } else {
        println!("{} is the database now, as {}", backup.display(), database.display());
    }
    for file in kept {
        println!("kept {}", file.display());
    }
    Ok(())
}
