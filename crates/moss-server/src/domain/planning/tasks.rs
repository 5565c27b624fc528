//! What the planner does to tasks and modules.

use moss_api::{
    ErrorCode, Module, NextStep, NoticeKind, Role, Task, TaskStatus, Thresholds, WorkType,
    check_task_transition, offers_work, short_id,
};

use crate::domain::outbox::announce_task;
use crate::domain::planning::sub_tasks::cancel;
use crate::domain::resolve::{task, task_id};
use crate::domain::{Actor, Command, Error, Refusal};
use crate::store::entity::{module, task as row};
use crate::store::tasks::TaskPatch;
use crate::store::{At, Tx, Word, events, leftovers, new_id, sub_tasks, tasks};

/// Make a task, in planning.
pub struct Create {
    /// Who makes it.
    pub actor: Actor,
    /// One line.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether it comes again.
    pub kind: WorkType,
}

impl Command for Create {
    type Output = Task;

    async fn run(&self, tx: &Tx) -> Result<Task, Error> {
        self.actor.must_be(&[Role::Planner])?;
        let task = row::Model {
            name: self.name.clone(),
            description: self.description.clone(),
            kind: Word(self.kind),
            ..fresh(tx, TaskStatus::Planning)
        };
        tasks::insert(tx, task.clone()).await?;
        events::record_task(tx, &task.id, self.actor.did("create", ""));
        Ok(task.into())
    }
}

/// A task without text.
pub(in crate::domain) fn fresh(tx: &Tx, status: TaskStatus) -> row::Model {
    row::Model {
        id: new_id(),
        plan_key: None,
        name: String::new(),
        description: String::new(),
        kind: Word(WorkType::Once),
        status: Word(status),
        sub_tasks: 0,
        open_sub_tasks: 0,
        done_sub_tasks: 0,
        from_person: false,
        deadline: None,
        stuck_after: None,
        starved_after: None,
        rework_limit: None,
        created_at: At(tx.now),
        updated_at: At(tx.now),
    }
}

/// Change a task's text.
pub struct Edit {
    /// Who changes it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// One line.
    pub name: Option<String>,
    /// Free text.
    pub description: Option<String>,
    /// From when on something is amiss with its sub-tasks.
    pub patrol: Option<Thresholds>,
}

impl Command for Edit {
    type Output = Task;

    async fn run(&self, tx: &Tx) -> Result<Task, Error> {
        self.actor.must_be(&[Role::Planner])?;
        let id = task_id(tx.db(), &self.id).await?;
        let (name, description) = (self.name.clone(), self.description.clone());
        let thresholds = self.patrol.map(Into::into);
        if !tasks::edit(tx, &id, TaskPatch { name, description, kind: None, thresholds }).await? {
            let task = task(tx.db(), &self.id).await?;
            return Err(Refusal::new(
                ErrorCode::TaskNotOpen,
                format!("task {} is {}: its text is fixed", short_id(&id), task.status.0),
            )
            .into());
        }
        Ok(task(tx.db(), &id).await?.into())
    }
}

/// Move a task on.
pub struct SetStatus {
    /// Who moves it.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
    /// Where to; not to cancelled, which has a route of its own.
    pub to: TaskStatus,
}

impl Command for SetStatus {
    type Output = Task;

    async fn run(&self, tx: &Tx) -> Result<Task, Error> {
        self.actor.must_be(&[Role::Planner])?;
        if self.to == TaskStatus::Cancelled {
            return Err(Refusal::bad_value("status", "use the cancel route to give a task up")
                .next(NextStep::CancelTask { id: self.id.to_string() })
                .into());
        }
        let id = task_id(tx.db(), &self.id).await?;
        move_task(tx, &self.actor, &id, self.to).await?;
        Ok(task(tx.db(), &id).await?.into())
    }
}

/// Moves a task, and opens or closes its sub-tasks for claiming with it.
pub(in crate::domain) async fn move_task(
    tx: &Tx,
    actor: &Actor,
    id: &str,
    to: TaskStatus,
) -> Result<(), Error> {
    let from: Vec<TaskStatus> = TaskStatus::ALL
        .iter()
        .copied()
        .filter(|&from| check_task_transition(from, to).is_ok())
        .collect();
    let closing = matches!(to, TaskStatus::Completed | TaskStatus::Archived);
    if !tasks::transition(tx, id, &from, to, closing).await? {
        return Err(explain(tx, id, to).await?.into());
    }
    sub_tasks::set_task_open(tx, id, offers_work(to)).await?;
    events::record_task(tx, id, actor.did(to.as_str(), ""));
    if closing {
        leftovers::close(tx, id, actor.agent_id(), &format!("the task is {to}")).await?;
    }
    if to == TaskStatus::Completed
        && let Some(row) = tasks::find(tx.db(), id).await?
    {
        announce_task(tx, NoticeKind::TaskCompleted, &row, "is completed").await?;
    }
    Ok(())
}

/// One of a task's sub-tasks is open no more, and was approved or not. That all are is told.
pub(in crate::domain) async fn count_final(tx: &Tx, id: &str, approved: bool) -> Result<(), Error> {
    tasks::count_final(tx, id, 1, i64::from(approved)).await?;
    match tasks::find(tx.db(), id).await? {
        Some(row) if row.all_done() && TaskStatus::UNFINISHED.contains(&row.status.0) => {
            let (done, all) = (row.done_sub_tasks, row.sub_tasks);
            let what = format!("is all done: {done} of {all} approved");
            announce_task(tx, NoticeKind::AllDone, &row, &what).await
        }
        Some(_) | None => Ok(()),
    }
}

async fn explain(tx: &Tx, id: &str, to: TaskStatus) -> Result<Refusal, Error> {
    let task = task(tx.db(), id).await?;
    let refused = |detail: String| {
        Refusal::new(ErrorCode::IllegalTransition, detail)
            .next(NextStep::ListSubTasks { task: Some(short_id(id).to_owned()), status: None })
    };
    Ok(match check_task_transition(task.status.0, to) {
        Err(refusal) => refused(refusal.to_string()),
        Ok(()) if to == TaskStatus::Cancelled => {
            refused(format!("task {} is {to} already", short_id(id)))
        }
        Ok(()) => Refusal::new(
            ErrorCode::OpenSubTasks,
            format!("task {} still has {} open sub-tasks", short_id(id), task.open_sub_tasks),
        )
        .next(NextStep::ListSubTasks { task: Some(short_id(id).to_owned()), status: None }),
    })
}

/// Give a task up, with every open sub-task.
pub struct Cancel {
    /// Who gives it up.
    pub actor: Actor,
    /// An id or its beginning.
    pub id: String,
}

impl Command for Cancel {
    type Output = Task;

    async fn run(&self, tx: &Tx) -> Result<Task, Error> {
        self.actor.must_be(&[Role::Planner])?;
        let id = task_id(tx.db(), &self.id).await?;
        let to = TaskStatus::Cancelled;
        if !tasks::transition(tx, &id, TaskStatus::UNFINISHED, to, false).await? {
            return Err(explain(tx, &id, to).await?.into());
        }
        for sub_task in sub_tasks::open_of_task(tx.db(), &id).await? {
            cancel(tx, &self.actor, &sub_task.id).await?;
        }
        sub_tasks::set_task_open(tx, &id, false).await?;
        leftovers::close(tx, &id, self.actor.agent_id(), &format!("the task is {to}")).await?;
        events::record_task(tx, &id, self.actor.did("cancel", ""));
        Ok(task(tx.db(), &id).await?.into())
    }
}

/// Add a module to a task.
pub struct CreateModule {
    /// Who adds it.
    pub actor: Actor,
    /// The task.
    pub task: String,
    /// One line.
    pub name: String,
    /// Free text.
    pub description: String,
}

impl Command for CreateModule {
    type Output = Module;

    async fn run(&self, tx: &Tx) -> Result<Module, Error> {
        self.actor.must_be(&[Role::Planner])?;
        let task = task(tx.db(), &self.task).await?;
        let module = module::Model {
            id: new_id(),
            task_id: task.id,
            plan_key: None,
            name: self.name.clone(),
            description: self.description.clone(),
            created_at: At(tx.now),
        };
        tasks::insert_modules(tx, vec![module.clone()]).await?;
        Ok(module.into())
    }
}
