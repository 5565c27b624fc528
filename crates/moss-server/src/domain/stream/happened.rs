//! An event with what it is about, and whom it concerns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use moss_api::{Action, AnomalyKind, BlockOwner, Call, Happening, Role, SubTaskStatus, TaskStatus};

use crate::domain::planning::questions::{ANSWERED, ASK};
use crate::domain::queries::Db;
use crate::domain::{Actor, Error};
use crate::store::entity::{event, sub_task, task};
use crate::store::{dependencies, sub_tasks, tasks};

/// An event, and its sub-task and task as they are now.
pub struct Happened {
    event: event::Model,
    sub_task: Option<Arc<sub_task::Model>>,
    task: Option<Arc<task::Model>>,
    /// What is assigned and can be begun since then.
    freed: Vec<Arc<sub_task::Model>>,
}

/// Looks up what these events are about.
pub(super) async fn gather(db: &Db, events: Vec<event::Model>) -> Result<Vec<Happened>, Error> {
    let ids = |id: fn(&event::Model) -> Option<&String>| -> Vec<String> {
        events.iter().filter_map(id).cloned().collect::<BTreeSet<_>>().into_iter().collect()
    };
    let (sub_task_ids, task_ids) =
        (ids(|event| event.sub_task_id.as_ref()), ids(|event| event.task_id.as_ref()));
    let finished =
        ids(|event| event.sub_task_id.as_ref().filter(|_| stands(event, SubTaskStatus::Done)));
    let mut waiting: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for edge in dependencies::on(db, &finished).await? {
        waiting.entry(edge.depends_on).or_default().push(edge.sub_task_id);
    }
    let mut wanted: BTreeSet<String> = sub_task_ids.into_iter().collect();
    wanted.extend(waiting.values().flatten().cloned());
    let wanted: Vec<_> = wanted.into_iter().collect();
    let rows: BTreeMap<String, Arc<sub_task::Model>> = if wanted.is_empty() {
        BTreeMap::new()
    } else {
        sub_tasks::find_many(db, &wanted).await?.into_iter().map(by_id).collect()
    };
    let tasks: BTreeMap<String, Arc<task::Model>> = if task_ids.is_empty() {
        BTreeMap::new()
    } else {
        let rows = tasks::find_many(db, &task_ids).await?;
        rows.into_iter().map(|row| (row.id.clone(), Arc::new(row))).collect()
    };
    let mut happened = Vec::with_capacity(events.len());
    for event in events {
        let mut freed: Vec<_> = event
            .sub_task_id
            .as_ref()
            .and_then(|id| waiting.get(id))
            .into_iter()
            .flatten()
            .filter_map(|id| rows.get(id).cloned())
            .collect();
        if let (None, Some(task)) = (&event.sub_task_id, &event.task_id)
            && event.action == TaskStatus::Active.as_str()
        {
            freed = sub_tasks::open_of_task(db, task).await?.into_iter().map(Arc::new).collect();
        }
        freed.retain(|row| is_ready(row));
        happened.push(Happened {
            sub_task: event.sub_task_id.as_ref().and_then(|id| rows.get(id).cloned()),
            task: event.task_id.as_ref().and_then(|id| tasks.get(id).cloned()),
            freed,
            event,
        });
    }
    Ok(happened)
}

fn by_id(row: sub_task::Model) -> (String, Arc<sub_task::Model>) {
    (row.id.clone(), Arc::new(row))
}

/// Whether its holder can begin it.
fn is_ready(row: &sub_task::Model) -> bool {
    row.status.0 == SubTaskStatus::Assigned && row.task_open && row.open_dependencies == 0
}

fn stands(event: &event::Model, status: SubTaskStatus) -> bool {
    event.to_status.is_some_and(|to| to.0 == status)
}

impl Happened {
    /// Its number.
    pub fn seq(&self) -> i64 {
        self.event.seq
    }

    /// What this agent is told of it, if it concerns them.
    pub fn told_to(&self, actor: &Actor) -> Option<Happening> {
        let mine =
            |row: &&Arc<sub_task::Model>| row.assigned_agent.as_deref() == Some(actor.id.as_str());
        let event = &self.event;
        let freed = self.freed.iter().find(mine).filter(|_| actor.role == Role::Executor);
        let call = match freed {
            Some(_) => Some(Call::Assigned),
            None => self.call(actor),
        };
        let is_own = event.agent_id.as_deref() == Some(actor.id.as_str());
        let concerns = match actor.role {
            Role::Planner | Role::Patrol => true,
            Role::Executor => is_own || self.sub_task.iter().any(|row| mine(&row)),
            Role::Reviewer => is_own,
        };
        if !concerns && call.is_none() {
            return None;
        }
        let sub_task_id = freed.map(|row| row.id.clone()).or_else(|| event.sub_task_id.clone());
        Some(Happening {
            seq: event.seq,
            at: event.at.0,
            action: event.action.clone(),
            sub_task_id,
            task_id: event.task_id.clone(),
            agent_id: event.agent_id.clone(),
            to: event.to_status.map(|word| word.0.into()),
            attempt: event.attempt,
            call: call.map(Into::into),
        })
    }

    /// What it wants of this agent: nothing when things have gone on since then.
    fn call(&self, actor: &Actor) -> Option<Call> {
        let event = &self.event;
        let is_own = event.agent_id.as_deref() == Some(actor.id.as_str());
        let is_anomaly = event.action.parse::<AnomalyKind>().is_ok();
        if is_anomaly {
            return (actor.role == Role::Patrol).then_some(Call::Anomaly);
        }
        match event.action.as_str() {
            ANSWERED if is_own => return Some(Call::Answered),
            // What the planner asks is a person's to answer.
            ASK => return (actor.role == Role::Planner && !is_own).then_some(Call::Asked),
            _ => {}
        }
        let row = self.sub_task.as_ref()?;
        let is_still_so = stands(event, row.status.0) && event.attempt == row.attempt;
        let is_holder = row.assigned_agent.as_deref() == Some(actor.id.as_str());
        if !is_still_so || is_own {
            return None;
        }
        match (actor.role, row.status.0) {
            (Role::Executor, SubTaskStatus::Assigned) if is_holder && is_ready(row) => {
                (event.action != Action::Edit.as_str()).then_some(Call::Assigned)
            }
            (Role::Executor, SubTaskStatus::Rework) if is_holder => {
                (event.action == Action::Reject.as_str()).then_some(Call::Rejected)
            }
            (Role::Reviewer, SubTaskStatus::Review) if !is_holder => {
                let hands_in = [Action::Submit.as_str(), Action::Adopt.as_str()];
                hands_in.contains(&event.action.as_str()).then_some(Call::HandedIn)
            }
            // What a person is to decide wakes no agent.
            (Role::Planner, SubTaskStatus::Blocked) => row
                .block_owner
                .is_none_or(|owner| owner.0 == BlockOwner::Planner)
                .then_some(Call::Blocked),
            (Role::Planner, SubTaskStatus::Done | SubTaskStatus::Cancelled) => {
                self.task.as_ref().filter(|task| task.all_done()).map(|_| Call::AllDone)
            }
            (Role::Executor | Role::Reviewer | Role::Planner | Role::Patrol, _) => None,
        }
    }
}
