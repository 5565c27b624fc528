//! What a server's file said of the settings when it was read last.

use sea_orm::entity::prelude::*;

/// What a server's file said of the settings when it was read last.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "config_files")]
pub struct Model {
    /// SHA-256 of its machine and path.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file: String,
    /// Values by key, as JSON.
    pub said: String,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
