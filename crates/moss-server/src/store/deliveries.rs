//! Notices on their way to webhooks.

use moss_api::{Delivery, DeliveryState, Page, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Select};

use crate::store::column::{At, Word};
use crate::store::dialect::not_by_index;
use crate::store::entity::delivery::{Column, Entity, Model};
use crate::store::entity::notice;
use crate::store::paging::{InOrder, PageRequest, Sort, page};
use crate::store::reads::WholeRows;
use crate::store::{Database, Reads, Tx, new_id};

/// Puts a notice on its way.
pub async fn add(tx: &Tx, notice: &notice::Model, urls: &[String]) -> Result<(), DbErr> {
    let row = |url: &String| Model {
        id: new_id(),
        notice_id: notice.id.clone(),
        url: url.clone(),
        state: Word(DeliveryState::Pending),
        at: notice.at,
        tries: 0,
        next_at: Some(At(tx.now)),
        problem: None,
        ended_at: None,
    };
    tx.insert(urls.iter().map(row)).await
}

fn of_state(state: DeliveryState) -> Select<Entity> {
    Entity::find().filter(Column::State.eq(state.as_str()))
}

/// Those whose next try is due, the longest first.
pub async fn due<C: Reads>(db: &C, now: Timestamp, limit: u64) -> Result<Vec<Model>, DbErr> {
    of_state(DeliveryState::Pending)
        .filter(Column::NextAt.lte(At(now)))
        .in_order(Column::NextAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// One row.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).read_one(db).await
}

/// What becomes of a delivery.
#[derive(Clone, Debug)]
pub struct Course {
    /// How far it is.
    pub state: DeliveryState,
    /// So many tries there were.
    pub tries: i64,
    /// When the next is due.
    pub next_at: Option<Timestamp>,
    /// What came of the last.
    pub problem: Option<String>,
}

/// Moves one on, if it is in this state and has had so many tries: of several servers one does.
pub async fn move_on(
    tx: &Tx,
    id: &str,
    (state, tries): (DeliveryState, i64),
    to: Course,
) -> Result<bool, DbErr> {
    let ended_at = (to.state != DeliveryState::Pending).then_some(At(tx.now));
    let update = Entity::update_many()
        .col_expr(Column::State, Expr::val(Word(to.state)))
        .col_expr(Column::Tries, Expr::val(to.tries))
        .col_expr(Column::NextAt, Expr::val(to.next_at.map(At)))
        .col_expr(Column::Problem, Expr::val(to.problem))
        .col_expr(Column::EndedAt, Expr::val(ended_at))
        .filter(Column::Id.eq(id))
        .filter(not_by_index(Column::State).eq(state.as_str()))
        .filter(Column::Tries.eq(tries));
    Ok(tx.execute(update).await? > 0)
}

/// A page, newest first: of one state, or of all.
pub async fn list(
    db: &Database,
    state: Option<DeliveryState>,
    request: PageRequest,
) -> Result<Page<Delivery>, DbErr> {
    let query = state.map_or_else(Entity::find, of_state);
    page(db, query.in_order(Column::At, Sort::NewestFirst), request).await
}

/// Deletes those of notices of before `before`, ended or not.
pub(super) async fn delete_before(tx: &Tx, before: Timestamp) -> Result<(), DbErr> {
    tx.execute(Entity::delete_many().filter(Column::At.lt(At(before)))).await.map(drop)
}

/// Of a URL, which may hold a secret, only where it leads.
fn shown(url: &str) -> String {
    url.parse()
        .map_or_else(|_| String::new(), |url: reqwest::Url| url.origin().ascii_serialization())
}

impl From<Model> for Delivery {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            notice_id: row.notice_id,
            webhook: shown(&row.url),
            state: row.state.0.into(),
            at: row.at.0,
            tries: row.tries,
            next_at: row.next_at.map(|at| at.0),
            problem: row.problem,
            ended_at: row.ended_at.map(|at| at.0),
        }
    }
}
