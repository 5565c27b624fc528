//! A version of a text that a person may change: of a prompt or of a rule.

use sea_orm::entity::prelude::*;

use crate::store::column::At;

/// A version, which never changes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "versions")]
pub struct Model {
    /// Of which kind the text is, in a word.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_kind: String,
    /// Its slug or id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// 1 is the first.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// When it was written.
    pub at: At,
    /// By whom.
    pub author: String,
    /// The text as it was then; none when it was deleted.
    #[sea_orm(column_type = "Text", nullable)]
    pub text: Option<String>,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
