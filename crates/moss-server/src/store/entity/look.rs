//! What a reviewer was shown last of a sub-task that waits for a verdict (invariant 9).

use sea_orm::entity::prelude::*;

use crate::store::column::At;

/// What a reviewer was shown last of a sub-task that waits for a verdict (invariant 9).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "looks")]
pub struct Model {
    /// What was shown.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sub_task_id: String,
    /// To whom: see [`crate::store::idempotency::Caller`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub caller: String,
    /// The newest attempt then.
    pub attempt: i64,
    /// Whether it was shown by itself, and not as a row among others.
    pub whole: bool,
    /// When, give or take a day.
    pub at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
