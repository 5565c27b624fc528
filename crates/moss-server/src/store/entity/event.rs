//! What happened to the work, in order.

use moss_api::SubTaskStatus;
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// What happened to the work, in order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// Position in the order of all events.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// When.
    pub at: At,
    /// What was done.
    pub action: String,
    /// To which sub-task.
    pub sub_task_id: Option<String>,
    /// To which task.
    pub task_id: Option<String>,
    /// By whom; none for the server itself.
    pub agent_id: Option<String>,
    /// Who really did it, when somebody acted in the agent's place.
    pub acted_by: Option<String>,
    /// Where it stood after.
    pub to_status: Option<Word<SubTaskStatus>>,
    /// The newest attempt then.
    pub attempt: i64,
    /// A reason, a score or the like.
    #[sea_orm(column_type = "Text")]
    pub detail: String,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
