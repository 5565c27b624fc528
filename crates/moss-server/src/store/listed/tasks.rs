//! Tasks and modules, listed, with how many sub-tasks of each status they have.

use std::collections::HashMap;

use moss_api::{Page, SubTaskStatus, TaskStatus, WorkType};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use serde::Serialize;

use crate::store::Database;
use crate::store::column::Word;
use crate::store::entity::{module, sub_task, task};
use crate::store::listed::{with, with_word};
use crate::store::paging::{InOrder, PageRequest, Sort, page};
use crate::store::reads::WholeRows;

/// Which tasks: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// In this status.
    pub status: Option<TaskStatus>,
    /// Of this type.
    pub kind: Option<WorkType>,
    /// With this word in the name or description.
    pub word: Option<String>,
}

/// By what they are sorted.
#[derive(Clone, Copy, Debug)]
pub enum By {
    /// When they were made.
    Created,
    /// When they changed last.
    Updated,
    /// Their name.
    Name,
    /// The word of their status.
    Status,
}

impl From<By> for task::Column {
    fn from(by: By) -> Self {
        match by {
            By::Created => Self::CreatedAt,
            By::Updated => Self::UpdatedAt,
            By::Name => Self::Name,
            By::Status => Self::Status,
        }
    }
}

/// A page of tasks.
pub async fn list<T: From<task::Model> + Serialize + Send>(
    db: &Database,
    which: &Which,
    (by, sort): (By, Sort),
    request: PageRequest,
) -> Result<Page<T>, DbErr> {
    use task::{Column, Entity};
    let query = with(Entity::find(), Column::Status, which.status.map(TaskStatus::as_str));
    let query = with(query, Column::Kind, which.kind.map(WorkType::as_str));
    let query = with_word(db, query, which.word.as_deref(), &[Column::Name, Column::Description]);
    page(db, query.in_order(by.into(), sort), request).await
}

/// A page of the modules of a task, by name or by when they were made.
pub async fn modules<T: From<module::Model> + Serialize + Send>(
    db: &Database,
    task: &str,
    (by_name, sort): (bool, Sort),
    request: PageRequest,
) -> Result<Page<T>, DbErr> {
    use module::{Column, Entity};
    let by = if by_name { Column::Name } else { Column::CreatedAt };
    let query = Entity::find().filter(Column::TaskId.eq(task));
    page(db, query.in_order(by, sort), request).await
}

/// One module.
pub async fn module(db: &Database, id: &str) -> Result<Option<module::Model>, DbErr> {
    module::Entity::find_by_id(id).read_one(db).await
}

/// How many sub-tasks there are of each status.
pub type Counts = HashMap<SubTaskStatus, i64>;

#[derive(FromQueryResult)]
struct Count {
    of: String,
    status: Word<SubTaskStatus>,
    count: i64,
}

/// What sub-tasks are counted by.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// Their task.
    Task,
    /// Their module.
    Module,
    /// Who has them, or is to rework them.
    Agent,
}

/// How many sub-tasks of each of these statuses these tasks, modules or agents have.
pub async fn count(
    db: &Database,
    of: Of,
    ids: &[String],
    statuses: &[SubTaskStatus],
) -> Result<HashMap<String, Counts>, DbErr> {
    use sub_task::{Column, Entity};
    let column = match of {
        Of::Task => Column::TaskId,
        Of::Module => Column::ModuleId,
        Of::Agent => Column::AssignedAgent,
    };
    let mut all: HashMap<String, Counts> = HashMap::new();
    if ids.is_empty() {
        return Ok(all);
    }
    let counts: Vec<Count> = Entity::find()
        .select_only()
        .column_as(column, "of")
        .column(Column::Status)
        .column_as(Column::Id.count(), "count")
        .filter(column.is_in(ids))
        .filter(Column::Status.is_in(statuses.iter().map(|status| status.as_str())))
        .group_by(column)
        .group_by(Column::Status)
        .into_model()
        .all(db)
        .await?;
    for Count { of, status, count } in counts {
        all.entry(of).or_default().insert(status.0, count);
    }
    Ok(all)
}

#[derive(FromQueryResult)]
struct Modules {
    of: String,
    count: i64,
}

/// How many modules each of these tasks has.
pub async fn count_modules(db: &Database, ids: &[String]) -> Result<HashMap<String, i64>, DbErr> {
    use module::{Column, Entity};
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let counts: Vec<Modules> = Entity::find()
        .select_only()
        .column_as(Column::TaskId, "of")
        .column_as(Column::Id.count(), "count")
        .filter(Column::TaskId.is_in(ids))
        .group_by(Column::TaskId)
        .into_model()
        .all(db)
        .await?;
    Ok(counts.into_iter().map(|it| (it.of, it.count)).collect())
}

/// The modules with these ids.
pub async fn modules_by_id(db: &Database, ids: &[String]) -> Result<Vec<module::Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    module::Entity::find().filter(module::Column::Id.is_in(ids)).read_all(db).await
}
