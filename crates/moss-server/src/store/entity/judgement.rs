//! "I looked and leave it": what a role has judged and need not be woken by again.

use sea_orm::entity::prelude::*;

use crate::store::column::At;

/// "I looked and leave it": what a role has judged and need not be woken by again.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "judgements")]
pub struct Model {
    /// What was judged: a sub-task, a task or an anomaly.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// For which role, in a word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: String,
    /// How the subject was: a number that grows with every change of it.
    pub stamp: i64,
    /// Who judged.
    pub agent_id: String,
    /// Why it is left.
    #[sea_orm(column_type = "Text")]
    pub why: String,
    /// The judgement ends then, if nothing ends it before.
    pub until: Option<At>,
    /// When it was made.
    pub at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
