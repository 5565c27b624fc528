//! The time of a transaction: how far it has come, as the database knows it, and time that comes
//! ahead.

use std::time::Duration;

use moss_api::Timestamp;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use crate::clock::Clock;
use crate::store::Reads;
use crate::store::column::At;
use crate::store::dialect;
use crate::store::entity::meta::{Column, Entity, Model};
use crate::store::reads::WholeRows;
use crate::store::sub_tasks;
use crate::store::tx::Tx;

const NEWEST: &str = "newest";

/// The newest time that was noted; none in a new database.
pub async fn newest<C: Reads>(db: &C) -> Result<Option<Timestamp>, DbErr> {
    Ok(Entity::find_by_id(NEWEST).read_one(db).await?.map(|row| row.at.0))
}

/// Notes the time of this transaction, unless a newer one is noted.
pub async fn note(tx: &Tx) -> Result<(), DbErr> {
    let note = Entity::update_many()
        .col_expr(Column::At, Expr::val(At(tx.now)))
        .filter(Column::Key.eq(NEWEST))
        .filter(Column::At.lt(At(tx.now)));
    if tx.execute(note).await? == 0 {
        tx.insert_unless_taken(Model { key: NEWEST.to_owned(), at: At(tx.now) }).await?;
    }
    Ok(())
}

/// How long nobody notes the time of a database that servers share before that counts as a time in
/// which none ran. Each of them notes it every two seconds.
const UNNOTED: Duration = Duration::from_secs(10);

/// Gives a transaction its time, the clock's. If time comes ahead with it, the leases are seen to
/// before anything else happens.
///
/// Of several servers on a database one finds that none ran: the others wait for its note of the
/// time, and find that it is another by then.
pub(super) async fn settle(tx: &mut Tx, clock: &Clock) -> Result<(), DbErr> {
    let step = if clock.is_of_database() {
        let (said, newest) = shared(tx.db()).await?;
        tx.now = clock.follow(said);
        match newest.filter(|newest| tx.now.since(*newest) >= UNNOTED) {
            Some(newest) if replace(tx, newest).await? => Some(tx.now.since(newest)),
            Some(_) | None => None,
        }
    } else {
        let step = clock.step();
        tx.now = clock.now() + step.unwrap_or_default();
        step
    };
    if let Some(step) = step {
        come_ahead(tx, step).await?;
        // No command has done that.
        tx.take_dirty();
        tx.came_ahead = Some(step);
    }
    Ok(())
}

/// What the clock of a database says that several servers share, and the newest time noted there.
async fn shared<C: ConnectionTrait>(db: &C) -> Result<(Timestamp, Option<Timestamp>), DbErr> {
    let clock = || Expr::cust(dialect::clock(db.get_database_backend()));
    let both = Query::select()
        .expr_as(clock(), "now")
        .expr_as(Expr::col(Column::At), "newest")
        .from(Entity)
        .and_where(Column::Key.eq(NEWEST))
        .to_owned();
    let micros = Timestamp::from_micros;
    if let Some(row) = db.query_one(&both).await? {
        return Ok((micros(row.try_get("", "now")?), Some(micros(row.try_get("", "newest")?))));
    }
    let row = db.query_one(Query::select().expr_as(clock(), "now")).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("the database's clock".to_owned()))?;
    Ok((micros(row.try_get("", "now")?), None))
}

/// Notes the time of this transaction in the place of one that was read; false when it is another
/// by now.
async fn replace(tx: &Tx, read: Timestamp) -> Result<bool, DbErr> {
    let note = Entity::update_many()
        .col_expr(Column::At, Expr::val(At(tx.now)))
        .filter(Column::Key.eq(NEWEST))
        .filter(Column::At.eq(At(read)));
    Ok(tx.execute(note).await? > 0)
}

/// Time has come ahead by `step` without going by: the system's clock has leapt, or no server ran.
/// No holder could have renewed a lease in it, so every lease has as long as it had before
/// (invariant 7).
async fn come_ahead(tx: &Tx, step: Duration) -> Result<(), DbErr> {
    sub_tasks::move_leases(tx, step).await?;
    note(tx).await
}
