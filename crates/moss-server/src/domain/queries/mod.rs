//! The read side: a struct a list, a function a single thing, put together from the rows they are
//! kept in. One whose doc names no error fails only when the database does.

pub mod admin;
pub mod agents;
pub mod invites;
pub mod late;
pub mod leftovers;
pub mod logs;
pub mod reviews;
pub mod rules;
pub mod scores;
pub mod sub_tasks;
pub mod tasks;
pub mod watched;

use moss_api::ErrorCode;

use crate::domain::{Error, resolve};
use crate::store::Transaction;

pub use crate::store::Part;
pub use crate::store::paging::{PageRequest, Sort};

/// The connections for reading.
pub type Db = crate::store::Database;

/// One state of the database, for questions whose answers have to fit together.
pub async fn snapshot(db: &Db) -> Result<Transaction, Error> {
    Ok(db.snapshot().await?)
}

/// Whose rows.
#[derive(Clone, Debug)]
pub enum Agent {
    /// Of the agent with this id.
    Id(String),
    /// Of the agent a caller named: by a name, an id or its beginning.
    Named(String),
}

impl Agent {
    /// The agent's id; of one that is named and is not there, an id that fits nothing.
    async fn id(self, db: &Db) -> Result<String, Error> {
        match self {
            Self::Id(id) => Ok(id),
            Self::Named(text) => or_nothing(resolve::agent(db, &text).await.map(|row| row.id)),
        }
    }
}

/// The id of the task a filter names.
async fn task_id(db: &Db, text: Option<String>) -> Result<Option<String>, Error> {
    match text {
        None => Ok(None),
        Some(text) => or_nothing(resolve::task_id(db, &text).await).map(Some),
    }
}

/// The id of the module a filter names.
async fn module_id(db: &Db, text: Option<String>) -> Result<Option<String>, Error> {
    match text {
        None => Ok(None),
        Some(text) => or_nothing(resolve::module_id(db, &text).await).map(Some),
    }
}

/// The id of the sub-task a filter names.
async fn sub_task_id(db: &Db, text: Option<String>) -> Result<Option<String>, Error> {
    match text {
        None => Ok(None),
        Some(text) => or_nothing(resolve::sub_task_id(db, &text).await).map(Some),
    }
}

/// A filter by something that is not there filters everything out, as for the original.
fn or_nothing(id: Result<String, Error>) -> Result<String, Error> {
    match id {
        Err(Error::Refused(no)) if no.code == ErrorCode::NotFound => Ok(String::new()),
        other => other,
    }
}
