//! How an agent is woken, as it was told last.

use moss_api::HostKind;
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// How an agent is woken, as it was told last.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "agent_hosts")]
pub struct Model {
    /// Which agent.
    #[sea_orm(primary_key, auto_increment = false)]
    pub agent_id: String,
    /// What wakes it.
    pub kind: Word<HostKind>,
    /// The version of `moss`.
    pub moss: String,
    /// SHA-256 of its skill's text.
    pub skill: String,
    /// How often is looked for work, in seconds.
    pub every_seconds: i64,
    /// When this was told.
    pub reported_at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
