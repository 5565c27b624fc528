//! The unit of work: where it stands, who holds it, until when.

use moss_api::{BlockClass, BlockOwner, Priority, SubTaskStatus, WorkType};
use sea_orm::entity::prelude::*;

use crate::store::column::{At, Word};

/// The unit of work: where it stands, who holds it, until when.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sub_tasks")]
pub struct Model {
    /// UUID.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// Its task.
    pub task_id: String,
    /// Its module.
    pub module_id: Option<String>,
    /// Its key in the plan; unique within the task.
    pub plan_key: Option<String>,
    /// One line.
    pub name: String,
    /// What to do.
    #[sea_orm(column_type = "Text")]
    pub description: String,
    /// What to hand in.
    #[sea_orm(column_type = "Text")]
    pub deliverable: String,
    /// How it is judged.
    #[sea_orm(column_type = "Text")]
    pub acceptance: String,
    /// Whether it comes again.
    pub kind: Word<WorkType>,
    /// Where it stands.
    pub status: Word<SubTaskStatus>,
    /// How urgent.
    pub priority: Word<Priority>,
    /// Sort key of the priority.
    pub priority_rank: i16,
    /// Whether its task offers work; kept in step with the task.
    pub task_open: bool,
    /// Sub-tasks it waits for that are not final.
    pub open_dependencies: i64,
    /// Who holds it or is to take it up again.
    pub assigned_agent: Option<String>,
    /// The session that works on it.
    pub current_session_id: Option<String>,
    /// The fencing token: number of the newest attempt (invariant 2).
    pub attempt: i64,
    /// Until when the holder has it (invariant 7).
    pub lease_until: Option<At>,
    /// How far the lease can be extended (invariant 7).
    pub lease_limit: Option<At>,
    /// What a call of the holder prolongs it by, in microseconds.
    pub lease_length: Option<i64>,
    /// How long its leases are, in microseconds, if the planner said so.
    pub lease_wish: Option<i64>,
    /// How often it was rejected (invariant 6).
    pub rework_count: i64,
    /// Why it is blocked.
    #[sea_orm(column_type = "Text", nullable)]
    pub block_reason: Option<String>,
    /// What kind of reason that is.
    pub block_class: Option<Word<BlockClass>>,
    /// Whose turn it is.
    pub block_owner: Option<Word<BlockOwner>>,
    /// By when.
    pub block_due: Option<At>,
    /// How far up it has gone: 1 another executor, 2 the planner, 3 a person. Never decreases.
    pub step: i16,
    /// How often it had been rejected when it went up last.
    pub step_rework_count: i64,
    /// When a blocked one is released by itself.
    pub retry_at: Option<At>,
    /// By when it is to be done.
    pub deadline: Option<At>,
    /// When it was made.
    pub created_at: At,
    /// When its status or text last changed, or, of one that nobody holds, since when it may be
    /// claimed.
    pub updated_at: At,
    /// When it was approved.
    pub completed_at: Option<At>,
}

/// Relations are followed by explicit queries.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
