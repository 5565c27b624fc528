//! What an agent's timer was handed last, and whether anything came of it.

use sea_orm::entity::prelude::*;

use crate::store::column::At;

/// What an agent's timer was handed last, and whether anything came of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "offers")]
pub struct Model {
    /// Whose timer.
    #[sea_orm(primary_key, auto_increment = false)]
    pub agent_id: String,
    /// The one thing it is to do first.
    pub asked: String,
    /// Everything that was shown, as it was: one word each.
    #[sea_orm(column_type = "Text")]
    pub shown: String,
    /// When.
    pub offered_at: At,
    /// How often the same thing was asked first, with nothing done by the agent since.
    pub unanswered: i64,
    /// How many packets of any kind it was handed, with nothing done by it since.
    pub in_a_row: i64,
    /// How often its timer asks, in microseconds, as far as that was measured.
    pub tick: Option<i64>,
    /// The idempotency key of the question that got it: asked again, it gets it again.
    pub question: Option<String>,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
