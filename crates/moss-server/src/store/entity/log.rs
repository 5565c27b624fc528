//! The activity log.

use moss_api::LogAction;
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// The activity log.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_logs")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Who wrote it.
    pub agent_id: String,
    /// Who really wrote it, when somebody acted in the agent's place.
    pub acted_by: Option<String>,
    /// What it is about.
    pub sub_task_id: Option<String>,
    /// Its kind.
    pub action: Word<LogAction>,
    /// The text.
    #[sea_orm(column_type = "Text")]
    pub summary: String,
    /// The session it was written in.
    pub session_id: Option<String>,
    /// When.
    pub created_at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
