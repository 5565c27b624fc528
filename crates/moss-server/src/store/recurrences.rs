//! Work that comes again, and its rounds.

use moss_api::{RecurrenceState, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::store::column::{At, Word};
use crate::store::entity::recurrence::{Column, Entity, Model};
use crate::store::entity::round;
use crate::store::paging::{InOrder, Sort};
use crate::store::reads::WholeRows;
use crate::store::{Reads, Tx};

/// Puts one in the place of what was said of its subject before. Its rounds go on with their numbers.
pub async fn put(tx: &Tx, row: Model) -> Result<(), DbErr> {
    let again = Entity::update_many()
        .col_expr(Column::Every, Expr::val(row.every))
        .col_expr(Column::Cron, Expr::val(row.cron.clone()))
        .col_expr(Column::Zone, Expr::val(row.zone.clone()))
        .col_expr(Column::CatchUp, Expr::val(row.catch_up))
        .col_expr(Column::Overlap, Expr::val(row.overlap))
        .col_expr(Column::Until, Expr::val(row.until))
        .col_expr(Column::Rounds, Expr::val(row.rounds))
        .col_expr(Column::State, Expr::val(row.state))
        .col_expr(Column::EndedBecause, Expr::val(row.ended_because.clone()))
        .col_expr(Column::Since, Expr::val(row.since))
        .col_expr(Column::NextAt, Expr::val(row.next_at))
        .filter(Column::Subject.eq(row.subject.as_str()));
    if tx.execute(again).await? == 0 {
        tx.insert_unless_taken(row).await?;
    }
    Ok(())
}

/// What is said of a subject.
pub async fn of<C: Reads>(db: &C, subject: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Subject.eq(subject)).read_one(db).await
}

/// All there is, what is due next first.
pub async fn all<C: Reads>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .order_by_asc(Column::State)
        .in_order(Column::NextAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Those that are due, the longest first.
pub async fn due<C: Reads>(db: &C, now: Timestamp, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::State.eq(RecurrenceState::Active.as_str()))
        .filter(Column::NextAt.lte(At(now)))
        .in_order(Column::NextAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// What becomes of a recurrence whose rounds were seen to.
#[derive(Clone, Debug)]
pub struct Moved {
    /// When the next round is due.
    pub next_at: Option<Timestamp>,
    /// So many were due.
    pub rounds: i64,
    /// Why it ends, if it does.
    pub ends_because: Option<String>,
}

/// Moves one on, if it is as it was read: of several servers one does.
pub async fn move_on(tx: &Tx, row: &Model, moved: &Moved) -> Result<bool, DbErr> {
    let state = match moved.ends_because {
        None => RecurrenceState::Active,
        Some(_) => RecurrenceState::Ended,
    };
    let update = Entity::update_many()
        .col_expr(Column::NextAt, Expr::val(moved.next_at.map(At)))
        .col_expr(Column::Round, Expr::col(Column::Round).add(moved.rounds))
        .col_expr(Column::State, Expr::val(Word(state)))
        .col_expr(Column::EndedBecause, Expr::val(moved.ends_because.clone()))
        .filter(Column::Id.eq(row.id.as_str()))
        .filter(Expr::col(Column::Round).add(0).eq(row.round))
        .filter(Expr::col(Column::NextAt).add(0).eq(row.next_at.map(|at| at.0.micros())));
    Ok(tx.execute(update).await? > 0)
}

/// Ends what comes again. Whether it did until now.
pub async fn end(tx: &Tx, subject: &str, why: &str) -> Result<bool, DbErr> {
    let end = Entity::update_many()
        .col_expr(Column::State, Expr::val(Word(RecurrenceState::Ended)))
        .col_expr(Column::EndedBecause, Expr::val(why))
        .col_expr(Column::NextAt, Expr::val(None::<At>))
        .filter(Column::Subject.eq(subject))
        .filter(Column::State.eq(RecurrenceState::Active.as_str()));
    Ok(tx.execute(end).await? > 0)
}

/// Notes rounds.
pub async fn note(tx: &Tx, rows: Vec<round::Model>) -> Result<(), DbErr> {
    tx.insert(rows).await
}

/// The last rounds, newest first.
pub async fn history<C: Reads>(
    db: &C,
    recurrence: &str,
    limit: u64,
) -> Result<Vec<round::Model>, DbErr> {
    round::Entity::find()
        .filter(round::Column::RecurrenceId.eq(recurrence))
        .order_by_desc(round::Column::Number)
        .limit(limit)
        .read_all(db)
        .await
}

/// What was made for the last round that was opened.
pub async fn last_made<C: Reads>(db: &C, recurrence: &str) -> Result<Option<String>, DbErr> {
    let last = round::Entity::find()
        .filter(round::Column::RecurrenceId.eq(recurrence))
        .filter(round::Column::Made.is_not_null())
        .order_by_desc(round::Column::Number)
        .read_one(db)
        .await?;
    Ok(last.and_then(|row| row.made))
}
