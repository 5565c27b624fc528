//! One hold on a sub-task (invariants 1 and 2).

use moss_api::{Action, FailClass};
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// One hold on a sub-task (invariants 1 and 2).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempts")]
pub struct Model {
    /// The sub-task.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sub_task_id: String,
    /// The fencing token.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// Who holds or held it.
    pub agent_id: String,
    /// The session they named.
    pub session_id: Option<String>,
    /// When it was opened.
    pub opened_at: At,
    /// When it ended.
    pub ended_at: Option<At>,
    /// How it ended.
    pub outcome: Option<Word<Action>>,
    /// What kind of failure it was, if it failed.
    pub fail_class: Option<Word<FailClass>>,
    /// What was handed in, as JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub artifacts: Option<String>,
    /// What the holder said of it.
    #[sea_orm(column_type = "Text", nullable)]
    pub summary: Option<String>,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
