//! Requests of a caller that a server has let in within a minute.

use sea_orm::entity::prelude::*;

/// Requests of a caller that a server has let in within a minute.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rates")]
pub struct Model {
    /// The server.
    #[sea_orm(primary_key, auto_increment = false)]
    pub server: String,
    /// Whose requests are counted together.
    #[sea_orm(primary_key, auto_increment = false)]
    pub caller: String,
    /// Minutes since 1970.
    #[sea_orm(primary_key, auto_increment = false)]
    pub minute: i64,
    /// How many.
    pub requests: i64,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
