//! A rule text.

use sea_orm::entity::prelude::*;

use crate::store::column::At;

/// A rule text.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rules")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// `global`, `task` or `sub_task`.
    pub scope: String,
    /// `global` on the one global rule.
    #[sea_orm(unique)]
    pub singleton: Option<String>,
    /// For scope `task`.
    pub task_id: Option<String>,
    /// For scope `sub_task`.
    pub sub_task_id: Option<String>,
    /// Markdown.
    #[sea_orm(column_type = "Text")]
    pub content: String,
    /// The number of its newest version.
    pub version: i64,
    /// When it was made.
    pub created_at: At,
    /// When it last changed.
    pub updated_at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
