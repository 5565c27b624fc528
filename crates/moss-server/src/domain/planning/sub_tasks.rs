//! What the planner does to sub-tasks: create, edit, reassign, cancel.

use std::time::Duration;

use moss_api::{
    Action, ErrorCode, LeaseLength, MAX_DEPENDENCIES, NextStep, Priority, Role, SubTask,
    SubTaskStatus, Timestamp, WorkType, offers_work,
};

use crate::domain::planning::leftovers;
use crate::domain::planning::tasks::count_final;
use crate::domain::resolve::{executor, locked_task, module_id, sub_task};
use crate::domain::work::step_up::best_executor;
use crate::domain::work::transition::{Transition, legal_moves, released, whole_id};
use crate::domain::{Actor, Command, Error, Refusal};
use crate::store::attempts::{self, Ending};
use crate::store::entity::agent;
use crate::store::entity::sub_task::Model;
use crate::store::sub_tasks::{self, Change, micros};
use crate::store::{At, Tx, Word, dependencies, events, new_id, tasks};

pub use crate::store::sub_tasks::SubTaskPatch;

/// Add a sub-task to a task.
pub struct Create {
    /// Who adds it.
    pub actor: Actor,
    /// Its task.
    pub task: String,
    /// A module of the same task.
    pub module: Option<String>,
    /// One line.
    pub name: String,
    /// What to do.
    pub description: String,
    /// What to hand in.
    pub deliverable: String,
    /// How it is judged.
    pub acceptance: String,
    /// How urgent.
    pub priority: Priority,
    /// Whether it comes again.
    pub kind: WorkType,
    /// An active executor.
    pub assign: Option<String>,
    /// Sub-tasks of the same task that must be done first.
    pub depends_on: Vec<String>,
    /// How long its leases are.
    pub lease: Option<LeaseLength>,
    /// By when it is to be done.
    pub deadline: Option<Timestamp>,
    /// What was left over and is answered by it: ids or their beginnings.
    pub answers: Vec<String>,
}

impl Command for Create {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        self.actor.must_be(&[Role::Planner])?;
        for (field, ids) in [("answers", &self.answers), ("depends_on", &self.depends_on)] {
            if ids.len() > MAX_DEPENDENCIES {
                let problem = format!("has more than {MAX_DEPENDENCIES} ids");
                return Err(Refusal::bad_value(field, problem).into());
            }
        }
        let lease = fitting_lease(tx, self.lease)?;
        let task = locked_task(tx, &self.task).await?;
        let module = match self.module.as_deref().filter(|id| !id.is_empty()) {
            None => None,
            Some(text) => Some(self.module_of(tx, &task.id, text).await?),
        };
        let agent = match self.assign.as_deref().filter(|id| !id.is_empty()) {
            None => None,
            Some(text) => Some(executor(tx.db(), text).await?.id),
        };
        let (waits_for, open_dependencies) = self.dependencies(tx, &task.id).await?;
        if !tasks::count_new(tx, &task.id, 1).await? {
            return Err(closed(&task.id, task.status.0).into());
        }
        let row = Model {
            id: new_id(),
            task_id: task.id,
            module_id: module,
            plan_key: None,
            name: self.name.clone(),
            description: self.description.clone(),
            deliverable: self.deliverable.clone(),
            acceptance: self.acceptance.clone(),
            kind: Word(self.kind),
            task_open: offers_work(task.status.0),
            open_dependencies,
            lease_wish: lease.map(micros),
            deadline: fitting_deadline(tx, self.deadline)?.map(At),
            ..fresh(tx, self.priority, agent)
        };
        let row = insert(tx, &self.actor, vec![row]).await?.remove(0);
        let edges: Vec<_> = waits_for.into_iter().map(|on| (row.id.clone(), on)).collect();
        dependencies::insert(tx, &edges).await?;
        for leftover in &self.answers {
            let said = format!("sub-task {}", moss_api::short_id(&row.id));
            leftovers::answer(tx, &self.actor, leftover, &said).await?;
        }
        Ok(row.into())
    }
}

impl Create {
    async fn module_of(&self, tx: &Tx, task: &str, text: &str) -> Result<String, Error> {
        let id = module_id(tx.db(), text).await?;
        match tasks::find_module(tx.db(), &id).await? {
            None => Err(Refusal::not_found("module", text).into()),
            Some(row) if row.task_id != task => {
                Err(Refusal::bad_value("module_id", "this module is of another task").into())
            }
            Some(row) => Ok(row.id),
        }
    }

    async fn dependencies(&self, tx: &Tx, task: &str) -> Result<(Vec<String>, i64), Error> {
        let (mut ids, mut open) = (Vec::new(), 0);
        for text in &self.depends_on {
            let row = sub_task(tx.db(), text).await?;
            if row.task_id != task {
                return Err(Refusal::bad_value(
                    "depends_on",
                    format!("sub-task {} is of another task", moss_api::short_id(&row.id)),
                )
                .into());
            }
            if !ids.contains(&row.id) {
                open += i64::from(!row.status.0.is_final());
                ids.push(row.id);
            }
        }
        Ok((ids, open))
    }
}

/// How long the leases of a sub-task are, if that is no longer than an attempt may live.
pub(in crate::domain) fn fitting_lease(
    tx: &Tx,
    wish: Option<LeaseLength>,
) -> Result<Option<Duration>, Refusal> {
    let (wish, most) = (wish.map(LeaseLength::length), tx.timings.max_attempt_age);
    if wish.is_some_and(|wish| wish > most) {
        let hours = most.as_secs() / 3_600;
        let problem =
            format!("is longer than an attempt may live: {hours}h (lease.max_attempt_hours)");
        return Err(Refusal::bad_value("lease", problem));
    }
    Ok(wish)
}

/// By when a sub-task is to be done, if that is a time to come.
pub(in crate::domain) fn fitting_deadline(
    tx: &Tx,
    wish: Option<Timestamp>,
) -> Result<Option<Timestamp>, Refusal> {
    const MOST: Duration = Duration::from_secs(10 * 366 * 24 * 60 * 60);
    if wish.is_some_and(|wish| wish <= tx.now) {
        return Err(Refusal::bad_value("deadline", "is in the past"));
    }
    if wish.is_some_and(|wish| wish > tx.now + MOST) {
        return Err(Refusal::bad_value("deadline", "is more than ten years ahead"));
    }
    Ok(wish)
}

fn closed(task: &str, status: moss_api::TaskStatus) -> Refusal {
    Refusal::new(
        ErrorCode::TaskNotOpen,
        format!("task {} is {status}: it takes no new sub-tasks", moss_api::short_id(task)),
    )
    .hint("make a new task")
    .next(NextStep::ApplyPlan)
}

/// A row without text: pending, or assigned with its first attempt.
pub(in crate::domain) fn fresh(tx: &Tx, priority: Priority, agent: Option<String>) -> Model {
    let status = if agent.is_some() { SubTaskStatus::Assigned } else { SubTaskStatus::Pending };
    Model {
        id: String::new(),
        task_id: String::new(),
        module_id: None,
        plan_key: None,
        name: String::new(),
        description: String::new(),
        deliverable: String::new(),
        acceptance: String::new(),
        kind: Word(WorkType::Once),
        status: Word(status),
        priority: Word(priority),
        priority_rank: priority.rank(),
        task_open: false,
        open_dependencies: 0,
        attempt: i64::from(agent.is_some()),
        assigned_agent: agent,
        current_session_id: None,
        lease_until: None,
        lease_limit: None,
        lease_length: None,
        lease_wish: None,
        rework_count: 0,
        block_reason: None,
        block_class: None,
        block_owner: None,
        block_due: None,
        step: 0,
        step_rework_count: 0,
        retry_at: None,
        deadline: None,
        created_at: At(tx.now),
        updated_at: At(tx.now),
        completed_at: None,
    }
}

/// Inserts new rows with their events, and opens the attempts of those that are assigned. A
/// lease runs only for what can be begun.
pub(in crate::domain) async fn insert(
    tx: &Tx,
    actor: &Actor,
    mut rows: Vec<Model>,
) -> Result<Vec<Model>, Error> {
    for row in &mut rows {
        let ready = row.task_open && row.open_dependencies == 0;
        if let Some(agent) = row.assigned_agent.as_deref() {
            attempts::open(tx, &row.id, row.attempt, agent, None);
            row.lease_until = ready.then(|| At(tx.now + tx.timings.assignment_lease));
        }
        events::record(tx, row, actor.did("create", ""));
    }
    sub_tasks::insert(tx, rows.clone()).await?;
    Ok(rows)
}

/// Change a sub-task's text or priority.
pub struct Edit {
    /// Who changes it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// What it is to say.
    pub patch: SubTaskPatch,
    /// How long its leases are to be.
    pub lease: Option<LeaseLength>,
}

impl Command for Edit {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        let lease = fitting_lease(tx, self.lease)?;
        fitting_deadline(tx, self.patch.deadline)?;
        let id = whole_id(tx, &self.id).await?;
        let changes = vec![Change::Text(SubTaskPatch { lease, ..self.patch.clone() })];
        let transition = Transition::new(self.actor.role, Action::Edit, &id);
        let row = Transition { changes, ..transition }.run(tx).await?;
        events::record(tx, &row, self.actor.did(Action::Edit.as_str(), ""));
        Ok(row.into())
    }
}

/// Give a sub-task to a named executor.
pub struct Reassign {
    /// Who gives it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// An active executor; empty for the one who suits best.
    pub agent: String,
}

impl Command for Reassign {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        legal_moves(Action::Reassign, self.actor.role)?;
        if self.agent.is_empty() {
            let id = whole_id(tx, &self.id).await?;
            let best = best_executor(tx, &id).await?.ok_or_else(nobody)?;
            return Ok(reassign(tx, &self.actor, &id, &best).await?.into());
        }
        let agent = executor(tx.db(), &self.agent).await?;
        let id = whole_id(tx, &self.id).await?;
        Ok(reassign(tx, &self.actor, &id, &agent).await?.into())
    }
}

fn nobody() -> Refusal {
    Refusal::bad_value("agent_id", "is empty, and there is no executor who could take it")
        .next(NextStep::ListAgents { role: Some(Role::Executor) })
}

/// Gives a sub-task to an executor: the attempt that lives ends, and a new one is opened.
pub(in crate::domain) async fn reassign(
    tx: &Tx,
    actor: &Actor,
    id: &str,
    agent: &agent::Model,
) -> Result<Model, Error> {
    let mut changes = released();
    changes.extend([Change::Agent(Some(agent.id.clone())), Change::Unblocked, Change::NewAttempt]);
    tasks::lock_of(tx, id).await?;
    let transition = Transition::new(actor.role, Action::Reassign, id);
    let row = Transition { changes, ..transition }.run(tx).await?;
    attempts::end(tx, &row.id, Action::Reassign, Ending::default()).await?;
    attempts::open(tx, &row.id, row.attempt, &agent.id, None);
    sub_tasks::start_assignment_leases(tx, &row.task_id).await?;
    let detail = format!("to {}", agent.name);
    events::record(tx, &row, actor.did(Action::Reassign.as_str(), detail));
    Ok(sub_tasks::find(tx.db(), id).await?.unwrap_or(row))
}

/// Give a sub-task up.
pub struct Cancel {
    /// Who gives it up.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
}

impl Command for Cancel {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        let id = whole_id(tx, &self.id).await?;
        Ok(cancel(tx, &self.actor, &id).await?.into())
    }
}

/// Gives one up: its attempt ends, and what waited for it waits no longer.
pub(in crate::domain) async fn cancel(tx: &Tx, actor: &Actor, id: &str) -> Result<Model, Error> {
    let mut changes = released();
    changes.push(Change::Unblocked);
    tasks::lock_of(tx, id).await?;
    let transition = Transition::new(actor.role, Action::Cancel, id);
    let row = Transition { changes, ..transition }.run(tx).await?;
    attempts::end(tx, &row.id, Action::Cancel, Ending::default()).await?;
    count_final(tx, &row.task_id, false).await?;
    sub_tasks::free_dependents(tx, &row).await?;
    events::record(tx, &row, actor.did(Action::Cancel.as_str(), ""));
    Ok(row)
}
