//! Requests agents made, for the feed.

use moss_api::Role;
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// Requests agents made, for the feed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "request_logs")]
pub struct Model {
    /// Position in the order of all requests: a row goes to the end of the table, whatever comes.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// When.
    pub timestamp: At,
    /// HTTP method.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Who.
    pub agent_id: String,
    /// Who really asked, when somebody acted in the agent's place: then it is no sign of the agent.
    pub acted_by: Option<String>,
    /// Their name then.
    pub agent_name: String,
    /// Their role then.
    pub agent_role: Word<Role>,
    /// The body, or the query as JSON; cut at 10,000 characters.
    #[sea_orm(column_type = "Text", nullable)]
    pub request_body: Option<String>,
    /// HTTP status.
    pub response_status: i64,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
