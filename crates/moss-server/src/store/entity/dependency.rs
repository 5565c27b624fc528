//! One sub-task waits for another.

use sea_orm::entity::prelude::*;

/// One sub-task waits for another.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "dependencies")]
pub struct Model {
    /// The one that waits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sub_task_id: String,
    /// The one it waits for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub depends_on: String,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
