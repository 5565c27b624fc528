//! The outbox.

use moss_api::{Notice, NoticeKind, NoticeState, Page, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect, Select};

use crate::store::column::{At, Word};
use crate::store::dialect::not_by_index;
use crate::store::entity::notice::{Column, Entity, Model};
use crate::store::paging::{InOrder, PageRequest, Sort, end_of_oldest, page};
use crate::store::reads::WholeRows;
use crate::store::{Database, Reads, Tx, deliveries, new_id};

/// Something that somebody is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    /// What came to pass.
    pub kind: NoticeKind,
    /// Of which task.
    pub task_id: Option<String>,
    /// Of which sub-task.
    pub sub_task_id: Option<String>,
    /// Of which agent.
    pub agent_id: Option<String>,
    /// One sentence of ours, with the words of others in quotes.
    pub text: String,
}

/// Puts one into the outbox.
pub async fn add(tx: &Tx, notice: NewNotice) -> Result<(), DbErr> {
    tx.insert([Model {
        id: new_id(),
        at: At(tx.now),
        kind: Word(notice.kind),
        task_id: notice.task_id,
        sub_task_id: notice.sub_task_id,
        agent_id: notice.agent_id,
        text: notice.text,
        state: Word(NoticeState::Pending),
        claimed_by: None,
        claimed_until: None,
        announced_at: None,
        is_posted: false,
    }])
    .await
}

/// What nobody tells now.
fn free(now: Timestamp) -> Condition {
    Condition::any().add(Column::ClaimedUntil.is_null()).add(Column::ClaimedUntil.lt(At(now)))
}

fn waiting(kinds: &[NoticeKind]) -> Select<Entity> {
    Entity::find()
        .filter(Column::State.eq(NoticeState::Pending.as_str()))
        .filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())))
        .in_order(Column::At, Sort::OldestFirst)
}

/// Those of these kinds that wait and that nobody has taken upon itself, oldest first.
pub async fn to_tell<C: Reads>(
    db: &C,
    kinds: &[NoticeKind],
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    waiting(kinds).filter(free(now)).limit(limit).read_all(db).await
}

/// Those that an agent has taken upon itself, oldest first.
pub async fn taken_by<C: Reads>(
    db: &C,
    kinds: &[NoticeKind],
    agent: &str,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    waiting(kinds)
        .filter(Column::ClaimedBy.eq(agent))
        .filter(Column::ClaimedUntil.gte(At(now)))
        .limit(limit)
        .read_all(db)
        .await
}

/// Lets an agent take one upon itself until then, if nobody else has.
pub async fn take(tx: &Tx, id: &str, agent: &str, until: Timestamp) -> Result<bool, DbErr> {
    let take = Entity::update_many()
        .col_expr(Column::ClaimedBy, Expr::val(agent))
        .col_expr(Column::ClaimedUntil, Expr::val(At(until)))
        .filter(Column::Id.eq(id))
        .filter(not_by_index(Column::State).eq(NoticeState::Pending.as_str()))
        .filter(free(tx.now).add(Column::ClaimedBy.eq(agent)));
    Ok(tx.execute(take).await? > 0)
}

/// Notes that an agent has told one that it took upon itself, or that nobody else has.
pub async fn told(tx: &Tx, id: &str, agent: &str) -> Result<bool, DbErr> {
    let told = Entity::update_many()
        .col_expr(Column::State, Expr::val(Word(NoticeState::Announced)))
        .col_expr(Column::AnnouncedAt, Expr::val(At(tx.now)))
        .filter(Column::Id.eq(id))
        .filter(not_by_index(Column::State).eq(NoticeState::Pending.as_str()))
        .filter(free(tx.now).add(Column::ClaimedBy.eq(agent)));
    Ok(tx.execute(told).await? > 0)
}

/// Those that are not on their way to webhooks yet, oldest first.
pub async fn to_post<C: Reads>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::IsPosted.eq(false))
        .in_order(Column::At, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Notes that one is on its way; false when it was before.
pub async fn post(tx: &Tx, id: &str) -> Result<bool, DbErr> {
    let post = Entity::update_many()
        .col_expr(Column::IsPosted, Expr::val(true))
        .filter(Column::Id.eq(id))
        .filter(Column::IsPosted.ne(true));
    Ok(tx.execute(post).await? > 0)
}

/// One row.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).read_one(db).await
}

/// A page, newest first: of one state, or of all.
pub async fn list(
    db: &Database,
    state: Option<NoticeState>,
    request: PageRequest,
) -> Result<Page<Notice>, DbErr> {
    let mut query = Entity::find();
    if let Some(state) = state {
        query = query.filter(Column::State.eq(state.as_str()));
    }
    page(db, query.in_order(Column::At, Sort::NewestFirst), request).await
}

/// Deletes about `limit` notices of before `before`, told or not, with their deliveries. Answers how
/// many.
pub async fn delete_before(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64, DbErr> {
    let end = end_of_oldest::<Entity>(tx, Column::At, before, limit).await?;
    deliveries::delete_before(tx, end).await?;
    tx.execute(Entity::delete_many().filter(Column::At.lt(At(end)))).await
}

impl From<Model> for Notice {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            at: row.at.0,
            kind: row.kind.0.into(),
            text: row.text,
            task_id: row.task_id,
            sub_task_id: row.sub_task_id,
            agent_id: row.agent_id,
            state: row.state.0.into(),
            claimed_by: row.claimed_by,
            claimed_until: row.claimed_until.map(|at| at.0),
            announced_at: row.announced_at.map(|at| at.0),
        }
    }
}
