//! Work that comes again.

use moss_api::{CatchUp, Overlap, RecurrenceState, SubjectKind};
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// Work that comes again: one row for each task or sub-task that does.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recurrences")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// What comes again.
    pub subject_kind: Word<SubjectKind>,
    /// Its id.
    #[sea_orm(unique)]
    pub subject: String,
    /// Its task.
    pub task_id: String,
    /// From one round to the next, in microseconds.
    pub every: Option<i64>,
    /// Or as a crontab says.
    pub cron: Option<String>,
    /// In this time zone.
    pub zone: Option<String>,
    /// Rounds that were due while no server ran.
    pub catch_up: Word<CatchUp>,
    /// A round that is due before the last is finished.
    pub overlap: Word<Overlap>,
    /// No round after this.
    pub until: Option<At>,
    /// No more rounds than these.
    pub rounds: Option<i64>,
    /// Whether it comes again.
    pub state: Word<RecurrenceState>,
    /// Why it does no more.
    pub ended_because: Option<String>,
    /// From when intervals are counted.
    pub since: At,
    /// When the next round is due; none when there is none.
    pub next_at: Option<At>,
    /// How many rounds were due.
    pub round: i64,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
