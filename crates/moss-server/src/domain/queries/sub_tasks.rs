//! Sub-tasks as they are shown: in lists, in full, with their attempts and their history.

use std::collections::HashMap;

use moss_api::{Attempt, HistoryEvent, Page, SubTask};

use crate::domain::queries::{self, Db, PageRequest, Part, Sort};
use crate::domain::resolve::{self, sub_task};
use crate::domain::{Error, Refusal};
use crate::store::{agents, attempts, dependencies, events, sub_tasks};

/// Sub-tasks.
#[derive(Clone, Debug)]
pub struct SubTaskList {
    /// Which.
    pub filter: SubTaskFilter,
    /// By when they were made.
    pub sort: Sort,
    /// Which page.
    pub page: PageRequest,
}

/// Which sub-tasks: those that meet every condition given.
#[derive(Clone, Debug, Default)]
pub struct SubTaskFilter {
    /// Of this task, as the caller named it.
    pub task: Option<String>,
    /// Of this module, as the caller named it.
    pub module: Option<String>,
    /// In this status, verbatim: an unknown word matches nothing.
    pub status: Option<String>,
    /// Held by, or to be reworked by, the agent with this id.
    pub assigned_agent: Option<String>,
    /// Only what may be claimed now.
    pub claimable: bool,
}

impl SubTaskList {
    /// Reads a page. A task's list also says what waits for what.
    ///
    /// # Errors
    /// When several things begin as a filter does.
    pub async fn run(self, db: &Db) -> Result<Page<SubTask>, Error> {
        let filter = sub_tasks::Filter {
            task_id: queries::task_id(db, self.filter.task).await?,
            module_id: queries::module_id(db, self.filter.module).await?,
            status: self.filter.status,
            assigned_agent: self.filter.assigned_agent,
            claimable: self.filter.claimable,
        };
        let page = sub_tasks::list(db, &filter, self.sort, self.page).await?;
        let mut page = page.map(|sub_task| SubTask { recurring_config: Some(()), ..sub_task });
        if filter.task_id.is_some() {
            complete(db, &mut page.items).await?;
        }
        Ok(page)
    }
}

/// Adds what the rows themselves do not say: what they depend on, and their holders' names.
async fn complete(db: &Db, list: &mut [SubTask]) -> Result<(), Error> {
    let ids: Vec<String> = list.iter().map(|it| it.id.clone()).collect();
    let mut waits_for: HashMap<String, Vec<String>> = HashMap::new();
    for edge in dependencies::of(db, &ids).await? {
        waits_for.entry(edge.sub_task_id).or_default().push(edge.depends_on);
    }
    let names = agents::names(db, list.iter().filter_map(|it| it.assigned_agent.clone())).await?;
    for it in list {
        it.depends_on = Some(waits_for.remove(&it.id).unwrap_or_default());
        it.assigned_agent_name = it.assigned_agent.as_ref().and_then(|id| names.get(id)).cloned();
    }
    Ok(())
}

/// The sub-task of a task that an agent worked on last.
///
/// # Errors
/// When there is none, or several tasks begin so.
pub async fn latest(db: &Db, agent: &str, task: &str) -> Result<SubTask, Error> {
    let id = resolve::task_id(db, task).await?;
    let row = sub_tasks::latest(db, agent, &id).await?;
    Ok(row.ok_or_else(|| Refusal::not_found("sub-task of yours in task", task))?.into())
}

/// How the answer about one sub-task looks: with its dependencies and its holder's name.
///
/// # Errors
/// When there is none, or several.
pub async fn in_full(db: &Db, text: &str) -> Result<SubTask, Error> {
    let mut full = SubTask::from(sub_task(db, text).await?);
    complete(db, std::slice::from_mut(&mut full)).await?;
    Ok(full)
}

/// The attempts of a sub-task, first to last, but for the last `offset` ones. What does not fit into
/// one answer are the first ones.
///
/// # Errors
/// When there is no such sub-task.
pub async fn attempts(db: &Db, text: &str, offset: u64) -> Result<Part<Attempt>, Error> {
    let sub_task = sub_task(db, text).await?;
    let mut part = attempts::of_sub_task(db, &sub_task.id, offset).await?;
    let names = agents::names(db, part.rows.iter().map(|row| row.agent_id.clone())).await?;
    for row in &mut part.rows {
        row.agent_name = names.get(&row.agent_id).cloned().unwrap_or_default();
    }
    part.rows.reverse();
    Ok(part)
}

/// What happened to a sub-task, in order, but for the last `offset` events. What does not fit into
/// one answer are the first ones.
///
/// # Errors
/// When there is no such sub-task.
pub async fn history(db: &Db, text: &str, offset: u64) -> Result<Part<HistoryEvent>, Error> {
    let sub_task = sub_task(db, text).await?;
    let mut part = events::of_sub_task(db, &sub_task.id, offset).await?;
    let names = agents::names(db, part.rows.iter().filter_map(|row| row.agent_id.clone())).await?;
    part.rows.reverse();
    let mut stood = None;
    for row in &mut part.rows {
        row.agent_name = row.agent_id.as_ref().and_then(|id| names.get(id)).cloned();
        row.from = std::mem::replace(&mut stood, row.to.clone());
    }
    Ok(part)
}
