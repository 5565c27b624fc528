//! The schema, in the order it came to be. Applied at start, all steps in a transaction. MySQL
//! commits each statement by itself: there a step that was cut off is run again from its beginning,
//! so each statement must take it that its work is done already.

use sea_orm_migration::prelude::*;

mod m0001_first;
pub(super) mod over;

/// Every migration, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_first::Migration)]
    }
}

/// The migrations of this build that a database with these does not have yet.
///
/// # Errors
/// The first one that this build does not know: a newer one has made it.
pub(super) fn unapplied(applied: &[String]) -> Result<Vec<String>, String> {
    let mut known: Vec<String> =
        Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
    if let Some(newer) = applied.iter().find(|name| !known.contains(name)) {
        return Err(newer.clone());
    }
    known.retain(|name| !applied.contains(name));
    Ok(known)
}
