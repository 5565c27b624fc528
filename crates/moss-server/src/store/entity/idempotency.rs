//! Answers already given, by caller and key (invariant 8).

use sea_orm::entity::prelude::*;

use crate::store::column::At;

/// Answers already given, by caller and key (invariant 8).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// See [`crate::store::idempotency::Caller`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub caller: String,
    /// As sent.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_hash: String,
    /// HTTP status of the answer.
    pub status: i64,
    /// The answer.
    #[sea_orm(column_type = "Text")]
    pub body: String,
    /// When.
    pub created_at: At,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
