//! An agent.

use moss_api::{AgentStatus, Role};
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// An agent. Its keys are in a table of their own.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agents")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Unique.
    #[sea_orm(unique)]
    pub name: String,
    /// How the name looks as it is written; unique: see `domain/names.rs`.
    #[sea_orm(unique)]
    pub look: String,
    /// How it is read, whatever the case; unique.
    #[sea_orm(unique)]
    pub read_look: String,
    /// How it looks in small letters; unique.
    #[sea_orm(unique)]
    pub folded_look: String,
    /// What it is for.
    pub role: Word<Role>,
    /// Free text.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// Whether its key works.
    pub status: Word<AgentStatus>,
    /// The sum of its ledger (invariant 5).
    pub total_score: i64,
    /// SHA-256 of the idempotency key it was registered with, and of the invite.
    pub registered_with: Option<String>,
    /// When it was registered.
    pub created_at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
