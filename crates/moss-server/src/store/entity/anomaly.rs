//! What is or was amiss with the team: one row for each kind and subject.

use moss_api::{AnomalyKind, AnomalyState, PatrolAction, Severity, SubjectKind};
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// What is or was amiss with the team: one row for each kind and subject.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "anomalies")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What is amiss.
    pub kind: Word<AnomalyKind>,
    /// What it is about.
    pub subject_kind: Word<SubjectKind>,
    /// With whom or what.
    pub subject: String,
    /// How bad it is.
    pub severity: Word<Severity>,
    /// What became of it.
    pub state: Word<AnomalyState>,
    /// What was seen.
    #[sea_orm(column_type = "Text")]
    pub detail: String,
    /// What the server did about it.
    pub action_taken: Option<Word<PatrolAction>>,
    /// What patrol said of it.
    #[sea_orm(column_type = "Text", nullable)]
    pub note: Option<String>,
    /// Who said so.
    pub noted_by: Option<String>,
    /// Until when it is ignored.
    pub ignored_until: Option<At>,
    /// Since when.
    pub opened_at: At,
    /// Until when; none while it is so.
    pub closed_at: Option<At>,
    /// How often it was opened.
    pub times: i64,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
