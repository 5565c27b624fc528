//! What was handed in after the attempt at it had ended: kept, and nothing else.

use moss_api::LateState;
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// What was handed in after the attempt at it had ended: kept, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "late_submissions")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What it is of.
    pub sub_task_id: String,
    /// The attempt that had ended.
    pub attempt: i64,
    /// Who handed it in.
    pub agent_id: String,
    /// The session it was done in.
    pub session_id: Option<String>,
    /// What its maker said.
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    /// The files, as JSON.
    #[sea_orm(column_type = "Text")]
    pub artifacts: String,
    /// What has become of it.
    pub state: Word<LateState>,
    /// Who decided.
    pub judged_by: Option<String>,
    /// When it came.
    pub created_at: At,
    /// When somebody decided.
    pub judged_at: Option<At>,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
