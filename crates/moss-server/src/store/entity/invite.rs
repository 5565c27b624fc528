//! A registration token bound to a role, by its hash.

use moss_api::Role;
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// A registration token bound to a role, by its hash.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invites")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// SHA-256 of the token, hexadecimal.
    #[sea_orm(unique)]
    pub token_hash: String,
    /// The role it lets in.
    pub role: Word<Role>,
    /// How many agents it lets in.
    pub uses: i64,
    /// How many it has let in.
    pub used: i64,
    /// The one agent it lets in again, with a new key; none when it lets new ones in.
    pub agent_id: Option<String>,
    /// When it was made.
    pub created_at: At,
    /// From then on it lets nobody in.
    pub expires_at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
