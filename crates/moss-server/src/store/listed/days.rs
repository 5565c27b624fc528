//! What there is of each day, counted by an index: all of one question's days in one statement.

use moss_api::{Timestamp, Verdict};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func, Query, SelectStatement, UnionType};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult};

use crate::store::Database;
use crate::store::column::At;
use crate::store::dialect::whole_number;
use crate::store::entity::{log, request_log, review, reward, sub_task};

/// Days that follow each other: each lasts until the next one begins, the last one until the end.
#[derive(Clone, Copy, Debug)]
pub struct Days<'a>(pub &'a [Timestamp]);

impl Days<'_> {
    /// One statement that asks the same of each day.
    fn each(
        self,
        at: impl ColumnTrait,
        of: impl EntityTrait,
        asked: &[(&'static str, Expr)],
    ) -> Option<SelectStatement> {
        let column = || Expr::col((at.entity_name(), at));
        let of_day = |(day, begins): (usize, &Timestamp)| {
            let mut query = Query::select();
            query.expr_as(Expr::val(i64::try_from(day).unwrap_or(0)), "day").from(of.table_ref());
            for (name, expr) in asked {
                query.expr_as(expr.clone(), *name);
            }
            query.and_where(column().gte(At(*begins)));
            if let Some(ends) = self.0.get(day + 1) {
                query.and_where(column().lt(At(*ends)));
            }
            query
        };
        let mut days = self.0.iter().enumerate().map(of_day);
        let mut all = days.next()?;
        for day in days {
            all.union(UnionType::All, day);
        }
        Some(all)
    }
}

#[derive(FromQueryResult)]
struct DayCount {
    day: i64,
    count: i64,
}

async fn rows<T: FromQueryResult>(
    db: &Database,
    query: Option<SelectStatement>,
) -> Result<Vec<T>, DbErr> {
    let Some(query) = query else { return Ok(Vec::new()) };
    let rows = db.query_all(&query).await?;
    rows.iter().map(|row| T::from_query_result(row, "")).collect()
}

/// In the order of the days.
fn in_order<T, V: Copy + Default>(
    days: Days<'_>,
    rows: Vec<T>,
    of: impl Fn(&T) -> (i64, V),
) -> Vec<V> {
    let mut all = vec![V::default(); days.0.len()];
    for row in &rows {
        let (day, value) = of(row);
        if let Some(place) = usize::try_from(day).ok().and_then(|day| all.get_mut(day)) {
            *place = value;
        }
    }
    all
}

async fn counted(
    db: &Database,
    days: Days<'_>,
    at: impl ColumnTrait,
    of: impl EntityTrait,
) -> Result<Vec<i64>, DbErr> {
    let count = [("count", Func::count(Expr::cust("*")).into())];
    let rows: Vec<DayCount> = rows(db, days.each(at, of, &count)).await?;
    Ok(in_order(days, rows, |row| (row.day, row.count)))
}

/// Sub-tasks made.
pub async fn made(db: &Database, days: Days<'_>) -> Result<Vec<i64>, DbErr> {
    counted(db, days, sub_task::Column::CreatedAt, sub_task::Entity).await
}

/// Sub-tasks approved: nothing else has such a time.
pub async fn approved(db: &Database, days: Days<'_>) -> Result<Vec<i64>, DbErr> {
    counted(db, days, sub_task::Column::CompletedAt, sub_task::Entity).await
}

/// Requests of agents.
pub async fn requests(db: &Database, days: Days<'_>) -> Result<Vec<i64>, DbErr> {
    counted(db, days, request_log::Column::Timestamp, request_log::Entity).await
}

/// Entries of the activity log.
pub async fn logs(db: &Database, days: Days<'_>) -> Result<Vec<i64>, DbErr> {
    counted(db, days, log::Column::CreatedAt, log::Entity).await
}

/// The verdicts of a day.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verdicts {
    /// All of them.
    pub total: i64,
    /// Those that approved.
    pub approved: i64,
}

#[derive(FromQueryResult)]
struct VerdictRow {
    day: i64,
    total: i64,
    approved: i64,
}

/// Verdicts.
pub async fn verdicts(db: &Database, days: Days<'_>) -> Result<Vec<Verdicts>, DbErr> {
    use review::{Column, Entity};
    let approved: Expr =
        CaseStatement::new().case(Column::Result.eq(Verdict::Approved.as_str()), 1).into();
    let asked = [("total", Func::count(Expr::cust("*")).into()), ("approved", approved.count())];
    let rows: Vec<VerdictRow> = rows(db, days.each(Column::CreatedAt, Entity, &asked)).await?;
    Ok(in_order(days, rows, |row| (row.day, Verdicts { total: row.total, approved: row.approved })))
}

/// What the scores of a day gained and lost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Deltas {
    /// The sum of what is above zero.
    pub gained: i64,
    /// The sum of what is below.
    pub lost: i64,
}

#[derive(FromQueryResult)]
struct DeltaRow {
    day: i64,
    gained: Option<i64>,
    lost: Option<i64>,
}

/// What scores gained and lost.
pub async fn deltas(db: &Database, days: Days<'_>) -> Result<Vec<Deltas>, DbErr> {
    use reward::{Column, Entity};
    let sum = |which: Expr| -> Expr {
        let part: Expr =
            CaseStatement::new().case(which, Expr::col(Column::ScoreDelta)).finally(0).into();
        whole_number(db.get_database_backend(), part.sum())
    };
    let asked =
        [("gained", sum(Column::ScoreDelta.gt(0))), ("lost", sum(Column::ScoreDelta.lt(0)))];
    let rows: Vec<DeltaRow> = rows(db, days.each(Column::CreatedAt, Entity, &asked)).await?;
    Ok(in_order(days, rows, |row| {
        let (gained, lost) = (row.gained.unwrap_or(0), row.lost.unwrap_or(0));
        (row.day, Deltas { gained, lost })
    }))
}
