//! Records of what happened: events, answers to repeat, requests.

use std::collections::HashMap;

use moss_api::Timestamp;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
    TransactionSession, TransactionTrait,
};

use crate::domain::Actor;
use crate::store::column::At;
use crate::store::entity::{event, idempotency, request_log, sub_task};
use crate::store::insert::insert_many;
use crate::store::tx::Tx;
use crate::store::writer::{Answer, Caller, Idempotency};

/// Something that happened to a sub-task.
#[derive(Clone, Debug, Default)]
pub struct Happened<'a> {
    /// An action's word, or `create`.
    pub action: &'a str,
    /// Who; none for the server itself.
    pub by: Option<&'a Actor>,
    /// A reason, a score or the like.
    pub detail: String,
}

/// Records what happened to a sub-task; `row` is how it stands now. Where it stood before is told
/// by the event before.
pub fn record(tx: &Tx, row: &sub_task::Model, happened: Happened<'_>) {
    tx.add_event(event::ActiveModel {
        at: Set(At(tx.now)),
        action: Set(happened.action.to_owned()),
        sub_task_id: Set(Some(row.id.clone())),
        task_id: Set(Some(row.task_id.clone())),
        agent_id: Set(happened.by.map(|actor| actor.id.clone())),
        acted_by: Set(happened.by.and_then(Actor::acted_by)),
        to_status: Set(Some(row.status)),
        attempt: Set(row.attempt),
        detail: Set(happened.detail),
        ..event::ActiveModel::default()
    });
}

/// Records what happened to a task as a whole.
pub fn record_task(tx: &Tx, task: &str, action: &str, actor: &Actor, detail: &str) {
    tx.add_event(event::ActiveModel {
        at: Set(At(tx.now)),
        action: Set(action.to_owned()),
        sub_task_id: Set(None),
        task_id: Set(Some(task.to_owned())),
        agent_id: Set(Some(actor.id.clone())),
        acted_by: Set(actor.acted_by()),
        to_status: Set(None),
        attempt: Set(0),
        detail: Set(detail.to_owned()),
        ..event::ActiveModel::default()
    });
}

/// The last events of a sub-task, in order; at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn of_sub_task<C: ConnectionTrait>(
    db: &C,
    sub_task: &str,
    limit: u64,
) -> Result<Vec<event::Model>, DbErr> {
    let mut rows = event::Entity::find()
        .filter(event::Column::SubTaskId.eq(sub_task))
        .order_by_desc(event::Column::Seq)
        .limit(limit)
        .all(db)
        .await?;
    rows.reverse();
    Ok(rows)
}

/// Keeps an answer for repeats of its request (invariant 8).
pub(super) fn keep_answer(tx: &Tx, key: &Idempotency, answer: &Answer) {
    tx.add_answer(idempotency::ActiveModel {
        caller: Set(key.caller.0.clone()),
        key: Set(key.key.clone()),
        request_hash: Set(key.request_hash.clone()),
        status: Set(i32::from(answer.status)),
        body: Set(answer.body.clone()),
        created_at: Set(At(tx.now)),
    });
}

/// The answers already given to any of these keys, by caller and key.
pub(super) async fn recall_answers<C: ConnectionTrait>(
    db: &C,
    keys: &[&Idempotency],
) -> Result<HashMap<(Caller, String), (String, Answer)>, DbErr> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    // Any of these callers with any of these keys: a range or two of the primary key. Which
    // belongs to which is told by the answer's own caller and key.
    let callers = keys.iter().map(|key| key.caller.0.as_str());
    let names = keys.iter().map(|key| key.key.as_str());
    let rows = idempotency::Entity::find()
        .filter(idempotency::Column::Caller.is_in(callers))
        .filter(idempotency::Column::Key.is_in(names))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let status = u16::try_from(row.status).unwrap_or(500);
            let answer = Answer { status, body: row.body, replayed: false };
            ((Caller(row.caller), row.key), (row.request_hash, answer))
        })
        .collect())
}

/// The end of the oldest `limit` rows, no later than `before`: so much is forgotten at a time, and
/// the writer is free again.
async fn oldest<E: EntityTrait>(
    tx: &Tx,
    at: E::Column,
    before: Timestamp,
    limit: u64,
) -> Result<Timestamp, DbErr> {
    let end: Option<i64> = E::find()
        .select_only()
        .column(at)
        .filter(at.lt(At(before)))
        .order_by_asc(at)
        .offset(limit)
        .limit(1)
        .into_tuple()
        .one(tx.db())
        .await?;
    Ok(end.map_or(before, Timestamp::from_micros))
}

/// Forgets about `limit` answers given before `before`. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_answers(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64, DbErr> {
    let at = idempotency::Column::CreatedAt;
    let filter = at.lt(At(oldest::<idempotency::Entity>(tx, at, before, limit).await?));
    Ok(idempotency::Entity::delete_many().filter(filter).exec(tx.db()).await?.rows_affected)
}

/// Forgets about `limit` requests logged before `before`. Answers how many.
///
/// # Errors
/// When the database fails.
pub async fn forget_requests(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64, DbErr> {
    let at = request_log::Column::Timestamp;
    let filter = at.lt(At(oldest::<request_log::Entity>(tx, at, before, limit).await?));
    Ok(request_log::Entity::delete_many().filter(filter).exec(tx.db()).await?.rows_affected)
}

/// Inserts request log rows, in a transaction of their own.
pub(super) async fn insert_request_logs<C: TransactionTrait>(
    db: &C,
    rows: Vec<request_log::ActiveModel>,
) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    let tx = db.begin().await?;
    insert_many::<request_log::Entity, _>(&tx, rows).await?;
    tx.commit().await
}
