//! The outbox: what somebody is to be told of, written with its cause.

use moss_api::{NoticeKind, NoticeState};
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// The outbox: what somebody is to be told of, written with its cause.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// When it came to pass.
    pub at: At,
    /// What.
    pub kind: Word<NoticeKind>,
    /// Of which task.
    pub task_id: Option<String>,
    /// Of which sub-task.
    pub sub_task_id: Option<String>,
    /// Of which agent.
    pub agent_id: Option<String>,
    /// One sentence of ours, with the words of others in quotes.
    #[sea_orm(column_type = "Text")]
    pub text: String,
    /// Whether it was told.
    pub state: Word<NoticeState>,
    /// The agent that is to tell it.
    pub claimed_by: Option<String>,
    /// Until then; after that it is anybody's again.
    pub claimed_until: Option<At>,
    /// When somebody said that it was told.
    pub announced_at: Option<At>,
    /// Whether it is on its way to the webhooks there were, if there were any.
    pub is_posted: bool,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
