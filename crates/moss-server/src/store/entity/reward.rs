//! The score ledger (invariant 5).

use sea_orm::entity::prelude::*;

use crate::store::column::At;

/// The score ledger (invariant 5).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reward_logs")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Whose score changed.
    pub agent_id: String,
    /// What for.
    pub sub_task_id: Option<String>,
    /// The review it follows from; at most one reward each.
    #[sea_orm(unique)]
    pub review_id: Option<String>,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// By how much.
    pub score_delta: i64,
    /// When.
    pub created_at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
