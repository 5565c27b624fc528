//! A whole plan, item by item.

use std::collections::HashMap;

use moss_api::{
    ErrorCode, Module, Plan, PlanChange, PlanItem, PlanOutcome, PlanSubTask, SubTask, Task,
    TaskStatus, quoted,
    requests::{CreateModule, CreateSubTask, CreateTask, SetTaskStatus},
    short_id,
};

use super::cannot;
use crate::client::{Client, pages, resolve};
use crate::error::{Error, Result};
use crate::hints;
use crate::render::out::note;

/// How many items an error names.
const MAX_NAMED: usize = 5;

/// Creates the task, its modules and its sub-tasks, in this order. Not a transaction: when it
/// breaks off, what was made is named and stays.
///
/// # Errors
/// When the plan asks for what the original cannot do, a task of that name is there already, or
/// a call fails.
pub async fn apply(client: &Client, plan: &Plan) -> Result<PlanOutcome> {
    check(client, plan).await.map_err(|error| error.adding(hints::NOTHING_CREATED))?;
    let body = CreateTask {
        name: plan.task.name.clone(),
        description: plan.task.description.clone().unwrap_or_default(),
        kind: plan.task.kind.map(Into::into),
    };
    let task: Task = client.post("/api/tasks", &body).await?;
    match fill(client, plan, &task).await {
        Ok(outcome) => Ok(outcome),
        Err(error) => {
            let id = short_id(&task.id);
            note(&hints::applied_in_part(id));
            Err(error)
        }
    }
}

async fn fill(client: &Client, plan: &Plan, task: &Task) -> Result<PlanOutcome> {
    let mut modules = Vec::new();
    let mut sub_tasks = Vec::new();
    let mut module_ids = HashMap::new();
    for module in &plan.modules {
        let body = CreateModule {
            name: module.name.clone(),
            description: module.description.clone().unwrap_or_default(),
        };
        let path = format!("/api/tasks/{}/modules", task.id);
        let made: Module = client.post(&path, &body).await?;
        module_ids.insert(module.key(), made.id.clone());
        modules.push(created(module.key(), made.id, made.name));
    }
    let inside = plan.modules.iter().flat_map(|m| m.sub_tasks.iter().map(|s| (Some(m.key()), s)));
    let outside = plan.sub_tasks.iter().map(|s| (s.module.as_ref().map(|m| m.as_str()), s));
    for (module, sub_task) in inside.chain(outside) {
        let module_id = module.and_then(|key| module_ids.get(key).cloned());
        let made = create(client, task, module_id, sub_task).await?;
        sub_tasks.push(created(sub_task.key(), made.id, made.name));
    }
    if !plan.task.draft {
        let body = SetTaskStatus { status: TaskStatus::Active.into() };
        client.put::<Task>(&format!("/api/tasks/{}/status", task.id), &body).await?;
    }
    let task = created(plan.task.key(), task.id.clone(), task.name.clone());
    Ok(PlanOutcome { task, modules, sub_tasks })
}

async fn create(
    client: &Client,
    task: &Task,
    module_id: Option<String>,
    sub_task: &PlanSubTask,
) -> Result<SubTask> {
    let assigned_agent = match &sub_task.assignee {
        Some(agent) => Some(resolve::agent_id(client, agent.as_str()).await?),
        None => None,
    };
    let body = CreateSubTask {
        task_id: task.id.clone(),
        name: sub_task.name.clone(),
        description: sub_task.description.clone().unwrap_or_default(),
        deliverable: sub_task.deliverable.clone().unwrap_or_default(),
        acceptance: sub_task.acceptance.clone().unwrap_or_default(),
        priority: sub_task.priority.map(Into::into),
        module_id,
        assigned_agent,
        kind: sub_task.kind.map(Into::into),
        depends_on: Vec::new(),
        // There are no leases there, and no deadlines.
        lease: None,
        deadline: None,
        answers: Vec::new(),
    };
    client.post("/api/sub-tasks", &body).await
}

/// Everything that can be known to fail, before anything is made.
async fn check(client: &Client, plan: &Plan) -> Result<()> {
    let all = || plan.modules.iter().flat_map(|m| &m.sub_tasks).chain(&plan.sub_tasks);
    let waiting: Vec<_> = all()
        .filter(|sub_task| sub_task.depends_on.as_ref().is_some_and(|on| !on.is_empty()))
        .map(|sub_task| quoted(sub_task.key()))
        .collect();
    if !waiting.is_empty() {
        let (waiting, others) = waiting.split_at(waiting.len().min(MAX_NAMED));
        let more = if others.is_empty() { "" } else { ", …" };
        let which = format!("{}{more}", waiting.join(", "));
        return Err(cannot(&format!(
            "make a sub-task wait for others: leave out depends_on of {which}; nothing was created"
        ))
        .hint(hints::PLAN_IN_STEPS));
    }
    for sub_task in &plan.sub_tasks {
        if let Some(module) = &sub_task.module
            && !plan.modules.iter().any(|m| m.key() == module.as_str())
        {
            let message = format!(
                "sub-task {}: no module has the key {}",
                quoted(sub_task.key()),
                quoted(module.as_str())
            );
            return Err(Error::refused(message));
        }
    }
    for agent in all().filter_map(|sub_task| sub_task.assignee.as_ref()) {
        resolve::agent_id(client, agent.as_str()).await?;
    }
    // It keeps no keys, so a second application would double everything.
    let tasks = pages::all::<Task>(client, "/api/tasks", &[]).await?;
    let open = |t: &&Task| t.name == plan.task.name.as_str() && t.status != TaskStatus::Cancelled;
    match tasks.items.iter().find(open) {
        None => Ok(()),
        Some(task) => {
            let id = short_id(&task.id);
            let message =
                format!("a task called {} is there already: {id}", quoted(plan.task.name.as_str()));
            Err(Error::of(ErrorCode::NameTaken, message).hint(hints::applied_before(id)))
        }
    }
}

fn created(key: &str, id: String, name: String) -> PlanItem {
    PlanItem { key: key.to_owned(), id, name, change: PlanChange::Created }
}
