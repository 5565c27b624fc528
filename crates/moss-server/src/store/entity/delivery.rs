//! A notice on its way to a webhook.

use moss_api::DeliveryState;
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// A notice on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "deliveries")]
pub struct Model {
    /// UUID; the receiver knows by it what it was sent before.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What is to be delivered.
    pub notice_id: String,
    /// Where to.
    #[sea_orm(column_type = "Text")]
    pub url: String,
    /// How far it is.
    pub state: Word<DeliveryState>,
    /// When the notice came to be.
    pub at: At,
    /// So many tries there were.
    pub tries: i64,
    /// When the next is due; while one is under way, when it counts as failed.
    pub next_at: Option<At>,
    /// What came of the last try that failed.
    pub problem: Option<String>,
    /// When it was delivered, or given up.
    pub ended_at: Option<At>,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
