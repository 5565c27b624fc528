//! The idempotency table: answers kept, so that a repeated request gets the same one again
//! (invariant 8).

use std::collections::HashMap;

use moss_api::Timestamp;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, Set};

use crate::store::Reads;
use crate::store::Tx;
use crate::store::column::At;
use crate::store::entity::idempotency;
use crate::store::paging::end_of_oldest;
use crate::store::reads::WholeRows;

/// Who sends a request, for what is kept of it: an agent's id, `admin`, or `admin as ` an agent's id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Caller(String);

impl Caller {
    /// A caller by the name its keys are kept under.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A caller's promise that a repeated request is the same request (invariant 8).
#[derive(Clone, Debug)]
pub struct Idempotency {
    /// Whose key it is.
    pub caller: Caller,
    /// The key, as sent.
    pub key: String,
    /// SHA-256 of method, path and body, hexadecimal: the same key for another request is refused.
    pub request_hash: String,
}

/// What a write answers: a success, or a refusal that will be repeated as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON; empty for 204.
    pub body: String,
    /// Whether this answers a repeated request.
    pub replayed: bool,
}

/// Keeps an answer for repeats of its request (invariant 8).
pub(crate) fn keep(tx: &Tx, key: &Idempotency, answer: &Answer) {
    tx.add_answer(idempotency::ActiveModel {
        caller: Set(key.caller.0.clone()),
        key: Set(key.key.clone()),
        request_hash: Set(key.request_hash.clone()),
        status: Set(i64::from(answer.status)),
        body: Set(answer.body.clone()),
        created_at: Set(At(tx.now)),
    });
}

/// The answers already given to any of these keys, by caller and key.
pub(crate) async fn recall<C: Reads>(
    db: &C,
    keys: &[&Idempotency],
) -> Result<HashMap<(Caller, String), (String, Answer)>, DbErr> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    // One look into the primary key for each. Any of the callers with any of the keys would be the
    // square of that: 7.6 ms for a hundred on SQLite, in place of 1.
    let any = keys.iter().fold(Condition::any(), |any, key| {
        any.add(
            idempotency::Column::Caller
                .eq(key.caller.0.as_str())
                .and(idempotency::Column::Key.eq(key.key.as_str())),
        )
    });
    let rows = idempotency::Entity::find().filter(any).read_all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let status = u16::try_from(row.status).unwrap_or(500);
            let answer = Answer { status, body: row.body, replayed: false };
            ((Caller(row.caller), row.key), (row.request_hash, answer))
        })
        .collect())
}

/// Deletes about `limit` answers given before `before`. Answers how many.
pub async fn delete_before(tx: &Tx, before: Timestamp, limit: u64) -> Result<u64, DbErr> {
    let at = idempotency::Column::CreatedAt;
    let end = end_of_oldest::<idempotency::Entity>(tx, at, before, limit).await?;
    tx.execute(idempotency::Entity::delete_many().filter(at.lt(At(end)))).await
}
