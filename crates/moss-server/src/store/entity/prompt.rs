//! A prompt: what an agent is told it is.

use moss_api::Role;
use moss_api::admin::PromptKind;
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// A prompt.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "prompts")]
pub struct Model {
    /// What it is called in addresses and as a file; of a template, its role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub slug: String,
    /// Of a role, or of one agent.
    pub kind: Word<PromptKind>,
    /// What the agent is called; of a template, its role.
    pub name: String,
    /// What the agent is for.
    pub role: Word<Role>,
    /// Free text.
    #[sea_orm(column_type = "Text")]
    pub description: String,
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
