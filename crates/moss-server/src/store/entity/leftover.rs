//! What was noticed on the way and waits for the planner.

use moss_api::{BlockOwner, LeftoverKind, LeftoverState};
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// What was noticed on the way and waits for the planner.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "leftovers")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// How it came to be left over.
    pub kind: Word<LeftoverKind>,
    /// In which task.
    pub task_id: String,
    /// At which sub-task; none when it is about the task as a whole.
    pub sub_task_id: Option<String>,
    /// Who says so.
    pub agent_id: String,
    /// What they say.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// When.
    pub at: At,
    /// Who is to answer.
    pub owner: Word<BlockOwner>,
    /// When it was answered.
    pub answered_at: Option<At>,
    /// Who did; none of what a person answered.
    pub answered_by: Option<String>,
    /// What the answer was.
    #[sea_orm(column_type = "Text", nullable)]
    pub answer: Option<String>,
    /// What has become of it.
    pub state: Word<LeftoverState>,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
