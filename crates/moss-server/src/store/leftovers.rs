//! What was noticed or asked on the way.

use moss_api::{BlockOwner, Leftover, LeftoverKind, LeftoverState};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Select};

use crate::store::column::{At, Word};
use crate::store::dialect::not_by_index;
use crate::store::entity::leftover::{Column, Entity, Model};
use crate::store::paging::{InOrder, Sort};
use crate::store::reads::WholeRows;
use crate::store::{Reads, Tx, new_id};

/// Something noticed or asked on the way.
#[derive(Clone, Debug)]
pub struct NewLeftover<'a> {
    /// How it came to be left over.
    pub kind: LeftoverKind,
    /// In which task.
    pub task_id: &'a str,
    /// At which sub-task, if at one.
    pub sub_task_id: Option<&'a str>,
    /// Who says so.
    pub agent_id: &'a str,
    /// What they say.
    pub text: &'a str,
    /// Who is to answer.
    pub owner: BlockOwner,
}

/// Notes one.
pub async fn add(tx: &Tx, new: NewLeftover<'_>) -> Result<Model, DbErr> {
    let row = Model {
        id: new_id(),
        kind: Word(new.kind),
        task_id: new.task_id.to_owned(),
        sub_task_id: new.sub_task_id.map(str::to_owned),
        agent_id: new.agent_id.to_owned(),
        text: new.text.to_owned(),
        at: At(tx.now),
        owner: Word(new.owner),
        answered_at: None,
        answered_by: None,
        answer: None,
        state: Word(LeftoverState::Waiting),
    };
    tx.insert([row.clone()]).await?;
    Ok(row)
}

/// One row.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).read_one(db).await
}

fn waiting() -> Select<Entity> {
    Entity::find()
        .filter(Column::State.eq(LeftoverState::Waiting.as_str()))
        .in_order(Column::At, Sort::OldestFirst)
}

/// What was noticed and waits, but for mere remarks, oldest first. What is left of a task that is over
/// was [closed](close) with it.
pub async fn noticed<C: Reads>(db: &C, limit: u64) -> Result<Vec<Model>, DbErr> {
    let others = [LeftoverKind::Remark, LeftoverKind::Question];
    let kinds = LeftoverKind::ALL.iter().filter(|kind| !others.contains(kind));
    waiting()
        .filter(Column::Kind.is_in(kinds.map(|kind| kind.as_str())))
        .limit(limit)
        .read_all(db)
        .await
}

/// What was asked and waits, oldest first.
pub async fn questions<C: Reads>(
    db: &C,
    owner: BlockOwner,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    waiting()
        .filter(Column::Kind.eq(LeftoverKind::Question.as_str()))
        .filter(Column::Owner.eq(owner.as_str()))
        .limit(limit)
        .read_all(db)
        .await
}

/// What an agent asked, newest first.
pub async fn asked_by<C: Reads>(db: &C, agent: &str, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::AgentId.eq(agent))
        .filter(Column::Kind.eq(LeftoverKind::Question.as_str()))
        .in_order(Column::At, Sort::NewestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// What an agent asked and has not read the answer to, oldest first.
pub async fn unread_by<C: Reads>(db: &C, agent: &str, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::AgentId.eq(agent))
        .filter(Column::State.eq(LeftoverState::Answered.as_str()))
        .in_order(Column::At, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Remarks on some tasks that wait, oldest first.
pub async fn remarks<C: Reads>(db: &C, tasks: &[String], limit: u64) -> Result<Vec<Model>, DbErr> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    waiting()
        .filter(Column::TaskId.is_in(tasks))
        .filter(Column::Kind.eq(LeftoverKind::Remark.as_str()))
        .limit(limit)
        .read_all(db)
        .await
}

/// Answers everything that is left of a task: it is over.
pub async fn close(tx: &Tx, task: &str, by: Option<&str>, answer: &str) -> Result<(), DbErr> {
    let close = Entity::update_many()
        .col_expr(Column::AnsweredAt, Expr::val(At(tx.now)))
        .col_expr(Column::AnsweredBy, Expr::val(by))
        .col_expr(Column::Answer, Expr::val(answer))
        .col_expr(Column::State, Expr::val(Word(LeftoverState::Closed)))
        .filter(Column::TaskId.eq(task))
        .filter(is_open());
    tx.execute(close).await.map(drop)
}

/// Not answered yet, of a row that is found otherwise.
fn is_open() -> Expr {
    not_by_index(Column::State).eq(LeftoverState::Waiting.as_str())
}

/// All of a task, oldest first.
pub async fn of_task<C: Reads>(db: &C, task: &str, limit: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::TaskId.eq(task))
        .in_order(Column::At, Sort::OldestFirst)
        .limit(limit)
        .read_all(db)
        .await
}

/// Answers one, as an agent or as a person; false when it was answered before. Whoever asked is to
/// read the answer.
pub async fn answer(tx: &Tx, row: &Model, by: Option<&str>, answer: &str) -> Result<bool, DbErr> {
    let is_question = row.kind.0 == LeftoverKind::Question;
    let state = if is_question { LeftoverState::Answered } else { LeftoverState::Closed };
    let done = Entity::update_many()
        .col_expr(Column::AnsweredAt, Expr::val(At(tx.now)))
        .col_expr(Column::AnsweredBy, Expr::val(by))
        .col_expr(Column::Answer, Expr::val(answer))
        .col_expr(Column::State, Expr::val(Word(state)))
        .filter(Column::Id.eq(row.id.as_str()))
        .filter(is_open());
    Ok(tx.execute(done).await? > 0)
}

/// Notes that whoever asked has read the answer.
pub async fn read(tx: &Tx, id: &str) -> Result<(), DbErr> {
    let read = Entity::update_many()
        .col_expr(Column::State, Expr::val(Word(LeftoverState::Closed)))
        .filter(Column::Id.eq(id))
        .filter(not_by_index(Column::State).eq(LeftoverState::Answered.as_str()));
    tx.execute(read).await.map(drop)
}

/// But for the names, which are in other tables.
impl From<Model> for Leftover {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind.0.into(),
            task_id: row.task_id,
            sub_task_id: row.sub_task_id,
            name: String::new(),
            agent_id: row.agent_id,
            agent_name: String::new(),
            text: row.text,
            at: row.at.0,
            state: row.state.0.into(),
            owner: row.owner.0.into(),
            answered_at: row.answered_at.map(|at| at.0),
            answer: row.answer,
        }
    }
}
