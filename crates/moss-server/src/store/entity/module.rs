//! A part of a task.

use sea_orm::entity::prelude::*;

use crate::store::column::At;

/// A part of a task.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "modules")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Its task.
    pub task_id: String,
    /// Its key in the plan; unique within the task.
    pub plan_key: Option<String>,
    /// One line.
    pub name: String,
    /// Free text.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// When it was made.
    pub created_at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
