//! A key of the configuration that all servers on the database have in common.

use sea_orm::entity::prelude::*;

/// A key of the configuration that all servers on the database have in common.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "settings")]
pub struct Model {
    /// `section.key`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// What it is, as JSON.
    pub value: String,
    /// Who made it so: `file` or `api`.
    pub source: String,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
