//! Queries on rules.

use moss_api::Rule;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::store::Database;
use crate::store::Reads;
use crate::store::bounded::{MAX_LIST_ROWS, Part, part};
use crate::store::column::At;
use crate::store::entity::rule::{Column, Entity, Model};
use crate::store::paging::{InOrder, Sort};
use crate::store::reads::WholeRows;
use crate::store::tx::Tx;

/// The global rule, and those of the task and the sub-task that are named, each group by age.
pub async fn applying<C: Reads>(
    db: &C,
    task: Option<&str>,
    sub_task: Option<&str>,
) -> Result<Vec<Model>, DbErr> {
    let mut any = Condition::any().add(Column::Scope.eq("global"));
    if let Some(task) = task {
        any = any.add(Condition::all().add(Column::Scope.eq("task")).add(Column::TaskId.eq(task)));
    }
    if let Some(sub_task) = sub_task {
        any = any.add(
            Condition::all().add(Column::Scope.eq("sub_task")).add(Column::SubTaskId.eq(sub_task)),
        );
    }
    let mut rows = Entity::find()
        .filter(any)
        .in_order(Column::CreatedAt, Sort::OldestFirst)
        .read_all(db)
        .await?;
    rows.sort_by_key(|row| match row.scope.as_str() {
        "global" => 0,
        "task" => 1,
        _ => 2,
    });
    Ok(rows)
}

/// All rules by age, narrowed by scope or task.
pub async fn list(
    db: &Database,
    scope: Option<&str>,
    task: Option<&str>,
    sort: Sort,
    offset: u64,
) -> Result<Part<Rule>, DbErr> {
    let mut query = Entity::find().in_order(Column::CreatedAt, sort);
    if let Some(scope) = scope {
        query = query.filter(Column::Scope.eq(scope));
    }
    if let Some(task) = task {
        query = query.filter(Column::TaskId.eq(task));
    }
    part(db, query, offset, MAX_LIST_ROWS).await
}

/// All rules by age; what does not fit into one list is left out.
pub async fn all<C: Reads>(db: &C) -> Result<Vec<Model>, DbErr> {
    let rules = Entity::find().in_order(Column::CreatedAt, Sort::OldestFirst);
    rules.limit(MAX_LIST_ROWS).read_all(db).await
}

/// Whether there is any rule.
pub async fn any<C: Reads>(db: &C) -> Result<bool, DbErr> {
    Ok(Entity::find().limit(1).read_one(db).await?.is_some())
}

/// One rule.
pub async fn find<C: Reads>(db: &C, id: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).read_one(db).await
}

/// Adds a rule, unless it is a second global one: then the answer is false.
pub async fn insert(tx: &Tx, row: Model) -> Result<bool, DbErr> {
    tx.insert_unless_taken(row).await
}

/// Replaces the text of a rule that still has this version. False when it has not.
pub async fn set_content(tx: &Tx, id: &str, version: i64, content: String) -> Result<bool, DbErr> {
    let edit = Entity::update_many()
        .col_expr(Column::Content, Expr::val(content))
        .col_expr(Column::Version, Expr::val(version + 1))
        .col_expr(Column::UpdatedAt, Expr::val(At(tx.now)))
        .filter(Column::Id.eq(id))
        .filter(Column::Version.eq(version));
    Ok(tx.execute(edit).await? > 0)
}

/// Removes a rule. False when there is no such rule.
pub async fn delete(tx: &Tx, id: &str) -> Result<bool, DbErr> {
    Ok(tx.execute(Entity::delete_many().filter(Column::Id.eq(id))).await? > 0)
}

impl From<Model> for Rule {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            scope: row.scope,
            task_id: row.task_id,
            sub_task_id: row.sub_task_id,
            content: row.content,
            version: row.version,
            created_at: row.created_at.0,
            updated_at: row.updated_at.0,
        }
    }
}
