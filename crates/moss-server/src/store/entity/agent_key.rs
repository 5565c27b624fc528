//! An agent's key, by its public half.

use sea_orm::entity::prelude::*;

use crate::store::column::At;

/// An agent's key, by its public half. Every agent has exactly one that is neither pending nor
/// given an end: its current key. Besides that there may be one that is pending, and some that end.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent_keys")]
pub struct Model {
    /// The public half: finds the row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key_id: String,
    /// Whose.
    pub agent_id: String,
    /// SHA-256 of the secret half, hexadecimal.
    pub key_hash: String,
    /// Nobody has used it yet; with its first use it becomes the current key.
    pub pending: bool,
    /// When it was made.
    pub created_at: At,
    /// When its owner last asked for a key in its place.
    pub rotated_at: Option<At>,
    /// From then on it opens nothing; set when a newer key was first used.
    pub expires_at: Option<At>,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
