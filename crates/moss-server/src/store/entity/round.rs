//! The rounds of what comes again.

use moss_api::RoundOutcome;
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// A round that was due.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rounds")]
pub struct Model {
    /// Of what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub recurrence_id: String,
    /// Its number, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// When it was due.
    pub slot: At,
    /// When it was seen to.
    pub at: At,
    /// What became of it.
    pub outcome: Word<RoundOutcome>,
    /// Why.
    pub detail: String,
    /// What was made for it.
    pub made: Option<String>,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
