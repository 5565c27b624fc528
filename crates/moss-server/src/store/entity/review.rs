//! A verdict on one round; unique by sub-task and round (invariant 5).

use moss_api::Verdict;
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// A verdict on one round; unique by sub-task and round (invariant 5).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reviews")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What was judged.
    pub sub_task_id: String,
    /// Who judged.
    pub reviewer_agent: String,
    /// From 1.
    pub round: i64,
    /// The attempt it judged (invariant 9).
    pub attempt: i64,
    /// The judgement.
    pub result: Word<Verdict>,
    /// 1 to 5.
    pub score: i64,
    /// What is wrong.
    #[sea_orm(column_type = "Text")]
    pub issues: String,
    /// Anything else.
    #[sea_orm(column_type = "Text")]
    pub comment: String,
    /// Who is to rework it instead.
    pub rework_agent: Option<String>,
    /// When.
    pub created_at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
