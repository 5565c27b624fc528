//! Queries on agents.

use std::collections::HashMap;

use moss_api::{AgentBrief, AgentStatus, LeaderboardRow, Role};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::store::Database;
use crate::store::Reads;
use crate::store::bounded::{MAX_LIST_ROWS, Part, part};
use crate::store::column::Word;
use crate::store::dialect::{breaks_uniqueness, not_by_index};
use crate::store::entity::agent::{Column, Entity, Model};
use crate::store::paging::{InOrder, Named, Sort};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// One row.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).read_one(db).await
}

/// By name.
pub async fn by_name<C: Reads>(db: &C, name: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::Name.eq(name)).read_one(db).await
}

/// The one that somebody of this name looks like, in any of three ways.
pub async fn lookalike<C: Reads>(db: &C, naming: &Naming) -> Result<Option<Model>, DbErr> {
    let alike = Column::Look
        .eq(naming.look.as_str())
        .or(Column::ReadLook.eq(naming.read_look.as_str()))
        .or(Column::FoldedLook.eq(naming.folded_look.as_str()));
    Entity::find().filter(alike).read_one(db).await
}

/// Names by id.
pub async fn names<C: Reads>(
    db: &C,
    ids: impl IntoIterator<Item = String>,
) -> Result<HashMap<String, String>, DbErr> {
    let ids: Vec<String> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Entity::find().select_only().column(Column::Id).column(Column::Name);
    let rows: Vec<Named> = query.filter(Column::Id.is_in(ids)).into_model().all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// The agents with these ids.
pub async fn find_many<C: Reads>(db: &C, ids: &[String]) -> Result<Vec<Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Entity::find().filter(Column::Id.is_in(ids)).read_all(db).await
}

/// Those that were not removed.
pub(super) fn present() -> Select<Entity> {
    Entity::find().filter(Column::Status.ne(AgentStatus::Removed.as_str()))
}

/// Those in this status, verbatim; without one, those that were not removed.
pub(super) fn in_status(status: Option<&str>) -> Select<Entity> {
    match status {
        None => present(),
        Some(status) => Entity::find().filter(Column::Status.eq(status)),
    }
}

/// All agents by registration; unknown filter words match nothing. Those that were removed are found by
/// their status only.
pub async fn list(
    db: &Database,
    role: Option<&str>,
    status: Option<&str>,
    sort: Sort,
    offset: u64,
) -> Result<Part<AgentBrief>, DbErr> {
    let mut query = in_status(status);
    if let Some(role) = role {
        query = query.filter(Column::Role.eq(role));
    }
    let query = query.in_order(Column::CreatedAt, sort);
    part(db, query, offset, MAX_LIST_ROWS).await
}

/// Agents by score, best first; ties by registration.
pub async fn by_score<C: Reads>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    present()
        .order_by_desc(Column::TotalScore)
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// All agents by score, as they are shown to each other.
pub async fn leaderboard<C: Reads>(db: &C) -> Result<Vec<LeaderboardRow>, DbErr> {
    let rows = by_score(db, MAX_LIST_ROWS).await?;
    Ok((1..)
        .zip(rows)
        .map(|(rank, row)| LeaderboardRow {
            rank,
            agent_id: row.id,
            agent_name: row.name,
            role: row.role.0.into(),
            total_score: row.total_score,
        })
        .collect())
}

/// Active agents of a role, oldest first.
pub async fn active<C: Reads>(db: &C, role: Role, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Role.eq(role.as_str()))
        .filter(Column::Status.eq(AgentStatus::Active.as_str()))
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// The ids of those that are not let in.
pub async fn disabled<C: Reads>(db: &C) -> Result<Vec<String>, DbErr> {
    let query = Entity::find().select_only().column(Column::Id);
    query.filter(Column::Status.ne(AgentStatus::Active.as_str())).into_tuple().all(db).await
}

/// Whether any agent exists.
pub async fn any<C: Reads>(db: &C) -> Result<bool, DbErr> {
    Ok(Entity::find().limit(1).read_one(db).await?.is_some())
}

/// Registers an agent, unless the name, or one that looks like it, is taken: then the answer is
/// false.
pub async fn insert(tx: &Tx, row: Model) -> Result<bool, DbErr> {
    tx.insert_unless_taken(row).await
}

/// Lets an agent in, keeps it out, or takes it out of every list. False when there is no such agent.
pub async fn set_status(tx: &Tx, id: &str, status: AgentStatus) -> Result<bool, DbErr> {
    let update = Entity::update_many()
        .col_expr(Column::Status, Expr::val(Word(status)))
        .filter(is_present(id));
    Ok(tx.execute(update).await? > 0)
}

/// The agent with this id, unless it was removed.
fn is_present(id: &str) -> Condition {
    Condition::all()
        .add(Column::Id.eq(id))
        .add(not_by_index(Column::Status).ne(AgentStatus::Removed.as_str()))
}

/// What an agent is to be; what is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct AgentPatch {
    /// Its name, with its looks.
    pub naming: Option<Naming>,
    /// What it is for.
    pub role: Option<Role>,
    /// Free text.
    pub description: Option<String>,
}

/// A name, and how it looks: what no other agent's may look like. See `domain/names.rs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    /// The name.
    pub name: String,
    /// As it is written.
    pub look: String,
    /// As it is read, whatever the case.
    pub read_look: String,
    /// In small letters.
    pub folded_look: String,
}

/// What became of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edited {
    /// It is so now.
    Done,
    /// There is no such agent.
    Nobody,
    /// The name, or one that looks like it, is another's.
    NameTaken,
}

/// Changes an agent.
pub async fn edit(tx: &Tx, id: &str, patch: AgentPatch) -> Result<Edited, DbErr> {
    // It sets something in any case, and so tells whether there is such an agent.
    let mut update = Entity::update_many()
        .col_expr(Column::Status, Expr::col(Column::Status))
        .filter(is_present(id));
    if let Some(naming) = patch.naming {
        update = update
            .col_expr(Column::Name, Expr::val(naming.name))
            .col_expr(Column::Look, Expr::val(naming.look))
            .col_expr(Column::ReadLook, Expr::val(naming.read_look))
            .col_expr(Column::FoldedLook, Expr::val(naming.folded_look));
    }
    if let Some(role) = patch.role {
        update = update.col_expr(Column::Role, Expr::val(Word(role)));
    }
    if let Some(description) = patch.description {
        update = update.col_expr(Column::Description, Expr::val(description));
    }
    match tx.execute(update).await {
        Ok(0) => Ok(Edited::Nobody),
        Ok(_) => Ok(Edited::Done),
        Err(error) if breaks_uniqueness(&error) => Ok(Edited::NameTaken),
        Err(error) => Err(error),
    }
}

/// Whether an agent can be given work.
pub fn is_active_executor(row: &Model) -> bool {
    row.role.0 == Role::Executor && row.status.0 == AgentStatus::Active
}

impl From<Model> for AgentBrief {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            role: row.role.0.into(),
            description: row.description,
            status: row.status.0.into(),
            total_score: row.total_score,
        }
    }
}
