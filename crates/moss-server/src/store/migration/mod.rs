//! The schema, in the order it came to be. Applied at start, each step in a transaction.

use sea_orm_migration::prelude::*;

mod m0001_first;

/// Every migration, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_first::Migration)]
    }
}
