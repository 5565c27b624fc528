//! Agents' keys in the database: one current key an agent, at most one pending beside it.

use moss_api::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, JoinType, QueryFilter, QuerySelect};

use crate::security::secret::AgentKey;
use crate::store::Reads;
use crate::store::column::At;
use crate::store::entity::agent;
use crate::store::entity::agent_key::{Column, Entity, Model};
use crate::store::paging::{InOrder, Sort};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// A key and the agent it belongs to, by the key's public half.
pub(super) async fn with_agent<C: Reads>(
    db: &C,
    key_id: &str,
) -> Result<Option<(Model, agent::Model)>, DbErr> {
    let owner = Entity::belongs_to(agent::Entity).from(Column::AgentId).to(agent::Column::Id);
    let found = Entity::find_by_id(key_id)
        .join(JoinType::InnerJoin, owner.into())
        .select_also(agent::Entity)
        .one(db)
        .await?;
    Ok(found.and_then(|(key, agent)| Some((key, agent?))))
}

/// The keys of an agent, the oldest first.
pub async fn of_agent<C: Reads>(db: &C, agent: &str) -> Result<Vec<Model>, DbErr> {
    let keys = Entity::find()
        .filter(Column::AgentId.eq(agent))
        .in_order(Column::CreatedAt, Sort::OldestFirst);
    keys.read_all(db).await
}

async fn insert(tx: &Tx, agent: &str, key: &AgentKey, pending: bool) -> Result<(), DbErr> {
    let row = Model {
        key_id: key.id().to_owned(),
        agent_id: agent.to_owned(),
        key_hash: key.secret_hash(),
        pending,
        created_at: At(tx.now),
        rotated_at: None,
        expires_at: None,
    };
    tx.insert([row]).await
}

/// Gives a new agent its first key.
pub async fn give(tx: &Tx, agent: &str, key: &AgentKey) -> Result<(), DbErr> {
    insert(tx, agent, key, false).await
}

/// Ends all keys of an agent and gives it this one. False when there is no such agent, since every
/// agent has a key.
pub async fn replace_all(tx: &Tx, agent: &str, key: &AgentKey) -> Result<bool, DbErr> {
    let had_one = end_all(tx, agent).await?;
    if had_one {
        insert(tx, agent, key, false).await?;
    }
    Ok(had_one)
}

/// Ends all keys of an agent. False when it has none. Those that ended are kept for a while, so that
/// whoever still comes with one is known.
pub async fn end_all(tx: &Tx, agent: &str) -> Result<bool, DbErr> {
    let pending =
        Entity::delete_many().filter(Column::AgentId.eq(agent)).filter(Column::Pending.eq(true));
    tx.execute(pending).await?;
    let end = Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::val(At(tx.now)))
        // Whatever a clock says, nothing matches it any more.
        .col_expr(Column::KeyHash, Expr::val(""))
        .filter(Column::AgentId.eq(agent))
        .filter(Column::ExpiresAt.is_null().or(Column::ExpiresAt.gt(At(tx.now))));
    Ok(tx.execute(end).await? > 0)
}

/// Makes `next` the pending key of the agent whose current key is `current`, in place of the one
/// that was pending. False when `current` is not, or no longer, anybody's current key.
pub async fn propose(tx: &Tx, agent: &str, current: &str, next: &AgentKey) -> Result<bool, DbErr> {
    let note = Entity::update_many()
        .col_expr(Column::RotatedAt, Expr::val(At(tx.now)))
        .filter(Column::KeyId.eq(current))
        .filter(Column::AgentId.eq(agent))
        .filter(Column::Pending.eq(false))
        .filter(Column::ExpiresAt.is_null());
    if tx.execute(note).await? == 0 {
        return Ok(false);
    }
    let pending =
        Entity::delete_many().filter(Column::AgentId.eq(agent)).filter(Column::Pending.eq(true));
    tx.execute(pending).await?;
    insert(tx, agent, next, true).await?;
    Ok(true)
}

/// Makes a pending key the current one, and gives the one before it its end. False when it is not
/// pending any more.
pub async fn promote(
    tx: &Tx,
    agent: &str,
    key_id: &str,
    old_until: Timestamp,
) -> Result<bool, DbErr> {
    let promote = Entity::update_many()
        .col_expr(Column::Pending, Expr::val(false))
        .filter(Column::KeyId.eq(key_id))
        .filter(Column::Pending.eq(true));
    if tx.execute(promote).await? == 0 {
        return Ok(false);
    }
    let end = Entity::update_many()
        .col_expr(Column::ExpiresAt, Expr::val(At(old_until)))
        .filter(Column::AgentId.eq(agent))
        .filter(Column::KeyId.ne(key_id))
        .filter(Column::ExpiresAt.is_null());
    tx.execute(end).await?;
    Ok(true)
}

/// Deletes the keys that ended before `before`. Answers how many.
pub async fn delete_before(tx: &Tx, before: Timestamp) -> Result<u64, DbErr> {
    tx.execute(Entity::delete_many().filter(Column::ExpiresAt.lt(At(before)))).await
}
