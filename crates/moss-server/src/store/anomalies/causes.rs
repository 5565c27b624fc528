//! What is amiss with sub-tasks and scores, as questions to the database: what is so and not known
//! yet, and what is known and no longer so.

use moss_api::{AnomalyKind, Severity, SubTaskStatus, SubjectKind, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
};

use super::{is_known, lasts};
use crate::store::column::At;
use crate::store::entity::sub_task::{Column, Entity, Model};
use crate::store::entity::{anomaly, log, reward, task};
use crate::store::paging::{InOrder, Sort};
use crate::store::reads::WholeRows;
use crate::store::sub_tasks::claimable;
use crate::store::{Reads, dialect};

/// A time that depends on the sub-task's task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// Now.
    pub now: Timestamp,
    /// So long ago where the task says nothing, in microseconds.
    pub usual: i64,
    /// So many times as long.
    pub times: i64,
    /// And no less than so long ago, whatever a task says, in microseconds: for the index.
    pub shortest: i64,
}

impl Since {
    /// Rows whose time is before it. `own` is where the task says how long.
    fn passed(self, column: Column, own: task::Column) -> Condition {
        let shortest = Ord::min(self.shortest, self.usual).saturating_mul(self.times);
        let bound = self.now.micros().saturating_sub(shortest);
        let usual = Expr::col((task::Entity, own)).if_null(self.usual);
        let own = of_task(Expr::val(self.now.micros()).sub(usual.mul(self.times)));
        Condition::all()
            .add(column.lte(bound))
            .add(Expr::col((Entity, column)).lte(Expr::SubQuery(None, Box::new(own.into()))))
    }
}

/// Something of a sub-task's task.
fn of_task(what: Expr) -> SelectStatement {
    Query::select()
        .expr(what)
        .from(task::Entity)
        .and_where(
            Expr::col((task::Entity, task::Column::Id)).eq(Expr::col((Entity, Column::TaskId))),
        )
        .to_owned()
}

/// What is amiss with a sub-task.
#[derive(Clone, Debug)]
pub enum Cause {
    /// It was to be done by now.
    Deadline {
        /// Where it stands.
        status: SubTaskStatus,
        /// Now.
        now: Timestamp,
    },
    /// Its lease ended before this, and nobody has seen to it.
    LeaseOver(Timestamp),
    /// It has stood here since, and nobody has written of it.
    Unchanged {
        /// Where it stands.
        status: SubTaskStatus,
        /// Since when.
        since: Since,
    },
    /// Anyone could have claimed it since.
    Unclaimed(Since),
    /// It is in the hands of one of these agents.
    HeldBy {
        /// Where it stands.
        status: SubTaskStatus,
        /// Ids.
        agents: Vec<String>,
    },
    /// It was rejected so often.
    Rejected {
        /// Where it stands.
        status: SubTaskStatus,
        /// How often, where its task says nothing.
        usual: i64,
        /// No less often, whatever a task says: for the index.
        least: i64,
    },
    /// It is blocked, and its time is over by now.
    Overdue(Timestamp),
}

impl Cause {
    fn condition(&self) -> Condition {
        let at = |status: SubTaskStatus| Condition::all().add(Column::Status.eq(status.as_str()));
        match self {
            Self::Deadline { status, now } => at(*status).add(Column::Deadline.lt(At(*now))),
            Self::LeaseOver(before) => Condition::all().add(Column::LeaseUntil.lt(At(*before))),
            Self::Unchanged { status, since } => at(*status)
                .add(since.passed(Column::UpdatedAt, task::Column::StuckAfter))
                .add(Expr::exists(written_since(*since)).not()),
            Self::Unclaimed(since) => at(SubTaskStatus::Pending)
                .add(claimable())
                .add(since.passed(Column::UpdatedAt, task::Column::StarvedAfter)),
            Self::HeldBy { status, agents } => {
                at(*status).add(Column::AssignedAgent.is_in(agents.iter().map(String::as_str)))
            }
            Self::Rejected { status, usual, least } => {
                let own = Expr::col((task::Entity, task::Column::ReworkLimit));
                let limit = of_task(own.if_null(*usual));
                at(*status).add(Column::ReworkCount.gte(*Ord::min(least, usual))).add(
                    Expr::col((Entity, Column::ReworkCount))
                        .gte(Expr::SubQuery(None, Box::new(limit.into()))),
                )
            }
            Self::Overdue(now) => at(SubTaskStatus::Blocked).add(Column::BlockDue.lt(At(*now))),
        }
    }

    /// What is found first.
    const fn order(&self) -> Column {
        match self {
            Self::Deadline { .. } => Column::Deadline,
            Self::LeaseOver(_) => Column::LeaseUntil,
            Self::Unchanged { .. } | Self::Unclaimed(_) => Column::UpdatedAt,
            Self::HeldBy { .. } => Column::CreatedAt,
            Self::Rejected { .. } => Column::ReworkCount,
            Self::Overdue(_) => Column::BlockDue,
        }
    }
}

fn any_of(causes: &[Cause]) -> Condition {
    causes.iter().fold(Condition::any(), |any, cause| any.add(cause.condition()))
}

/// What somebody wrote about a sub-task, no longer ago than is usual.
fn written_since(since: Since) -> SelectStatement {
    let after = since.now.micros().saturating_sub(since.usual.saturating_mul(since.times));
    Query::select()
        .expr(Expr::val(1))
        .from(log::Entity)
        .and_where(
            Expr::col((log::Entity, log::Column::SubTaskId)).eq(Expr::col((Entity, Column::Id))),
        )
        .and_where(Expr::col((log::Entity, log::Column::CreatedAt)).gt(after))
        .to_owned()
}

/// Sub-tasks of which this is so, and of which it is not known as this kind of anomaly, or as a less
/// bad one.
pub async fn found<C: Reads>(
    db: &C,
    kind: AnomalyKind,
    severity: Severity,
    cause: &Cause,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    let known = Query::select()
        .expr(Expr::val(1))
        .from(anomaly::Entity)
        .and_where(
            Expr::col((anomaly::Entity, anomaly::Column::Subject))
                .eq(Expr::col((Entity, Column::Id))),
        )
        .and_where(Expr::col((anomaly::Entity, anomaly::Column::Kind)).eq(kind.as_str()))
        .cond_where(is_known(severity, now))
        .to_owned();
    Entity::find()
        .filter(cause.condition())
        .filter(Expr::exists(known).not())
        .in_order(cause.order(), Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Anomalies of this kind that are not over yet, and of whose sub-tasks none of this is so any more.
pub async fn over<C: Reads>(
    db: &C,
    kind: AnomalyKind,
    causes: &[Cause],
    limit: u64,
) -> Result<Vec<anomaly::Model>, DbErr> {
    let so = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(
            Expr::col((Entity, Column::Id))
                .eq(Expr::col((anomaly::Entity, anomaly::Column::Subject))),
        )
        .cond_where(any_of(causes))
        .to_owned();
    anomaly::Entity::find()
        .filter(anomaly::Column::Kind.eq(kind.as_str()))
        .filter(anomaly::Column::SubjectKind.eq(SubjectKind::SubTask.as_str()))
        .filter(lasts())
        .filter(Expr::exists(so).not())
        .in_order(anomaly::Column::OpenedAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Whether one of these is so of a sub-task.
pub async fn holds<C: Reads>(db: &C, id: &str, causes: &[Cause]) -> Result<bool, DbErr> {
    let row = Entity::find_by_id(id).filter(any_of(causes)).read_one(db).await?;
    Ok(row.is_some())
}

/// An agent whose score fell.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Drop {
    /// Its id.
    pub agent: String,
    /// By how much its score changed: below zero.
    pub change: i64,
}

/// Agents whose score changed since then by `most` or less, which is below zero.
pub async fn score_drops<C: Reads>(
    db: &C,
    since: Timestamp,
    most: i64,
) -> Result<Vec<Drop>, DbErr> {
    let sum = reward::Column::ScoreDelta.sum();
    let change = dialect::whole_number(db.get_database_backend(), sum.clone());
    reward::Entity::find()
        .select_only()
        .column_as(reward::Column::AgentId, "agent")
        .column_as(change, "change")
        .filter(reward::Column::CreatedAt.gte(At(since)))
        .group_by(reward::Column::AgentId)
        .having(sum.lte(most))
        .into_model()
        .all(db)
        .await
}
