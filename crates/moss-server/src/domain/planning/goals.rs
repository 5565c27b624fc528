//! Goals: a person gives the team something to do without knowing the planner. A goal is a task in
//! planning that waits for its plan, and wakes the planner until it has one.

use moss_api::{Blocked, Goal, Page, SubTaskStatus, TaskStatus, Timestamp};

use crate::domain::actor::ADMIN;
use crate::domain::planning::sub_tasks::fitting_deadline;
use crate::domain::planning::tasks::fresh;
use crate::domain::queries::{Db, PageRequest};
use crate::domain::{Command, Error, Refusal, resolve};
use crate::store::entity::task;
use crate::store::events::{self, NewEvent};
use crate::store::{At, Tx, sub_tasks, tasks};

/// Longest name that is made of a text.
const NAME: usize = 100;
/// Blocked sub-tasks of one answer.
const BLOCKED: u64 = 20;

/// Give the team a goal.
pub struct Add {
    /// One line; without it, the first line of the text.
    pub name: Option<String>,
    /// What is wanted.
    pub description: String,
    /// By when.
    pub deadline: Option<Timestamp>,
}

impl Command for Add {
    type Output = Goal;

    async fn run(&self, tx: &Tx) -> Result<Goal, Error> {
        let first_line = self.description.lines().map(str::trim).find(|line| !line.is_empty());
        let Some(first_line) = first_line else {
            return Err(Refusal::bad_value("description", "says nothing").into());
        };
        let name = self.name.clone().unwrap_or_else(|| moss_api::clip(first_line, NAME));
        let row = task::Model {
            name,
            description: self.description.clone(),
            from_person: true,
            deadline: fitting_deadline(tx, self.deadline)?.map(At),
            ..fresh(tx, TaskStatus::Planning)
        };
        tasks::insert(tx, row.clone()).await?;
        let detail = "a goal of a person".to_owned();
        let event = NewEvent { action: "create", agent_id: None, acted_by: Some(ADMIN), detail };
        events::record_task(tx, &row.id, event);
        Ok(row.into())
    }
}

/// A page of the goals there are, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(db: &Db, page: PageRequest) -> Result<Page<Goal>, Error> {
    Ok(tasks::goals(db, page).await?)
}

/// One goal, with what is blocked of it.
///
/// # Errors
/// When there is none.
pub async fn one(db: &Db, id: &str) -> Result<Goal, Error> {
    let row = resolve::task(db, id).await?;
    if !row.from_person {
        return Err(Refusal::not_found("goal", id).into());
    }
    let ids = sub_tasks::ids_of_task(db, &row.id, SubTaskStatus::Blocked, BLOCKED).await?;
    let mut rows = sub_tasks::find_many(db, &ids).await?;
    rows.sort_by_key(|row| row.updated_at);
    let blocked = rows.into_iter().map(|row| Blocked {
        id: row.id,
        name: row.name,
        reason: row.block_reason.unwrap_or_default(),
        owner: row.block_owner.map(|owner| owner.0.into()),
    });
    Ok(Goal { blocked: blocked.collect(), ..row.into() })
}
