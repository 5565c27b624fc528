//! A goal and the counts of its sub-tasks.

use moss_api::{TaskStatus, WorkType};
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// A goal and the counts of its sub-tasks.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tasks")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Its key in the plan it came from.
    #[sea_orm(unique)]
    pub plan_key: Option<String>,
    /// One line.
    pub name: String,
    /// Free text.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// Whether it comes again.
    pub kind: Word<WorkType>,
    /// Where it stands.
    pub status: Word<TaskStatus>,
    /// Sub-tasks in all.
    pub sub_tasks: i64,
    /// Of these, neither done nor cancelled.
    pub open_sub_tasks: i64,
    /// Of these, done.
    pub done_sub_tasks: i64,
    /// Whether a person gave it to the team.
    pub from_person: bool,
    /// By when it is wanted.
    pub deadline: Option<At>,
    /// How long its sub-tasks may stand still, in microseconds, if that is said of it.
    pub stuck_after: Option<i64>,
    /// How long they may wait for an executor, in microseconds, if that is said of it.
    pub starved_after: Option<i64>,
    /// How often they may be rejected, if that is said of it.
    pub rework_limit: Option<i64>,
    /// When it was made.
    pub created_at: At,
    /// When it last changed.
    pub updated_at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
