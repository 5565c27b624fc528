//! Applying a whole plan in one transaction. Items are told apart by their keys, so that the
//! same plan applied twice changes nothing the second time.

use std::collections::{HashMap, HashSet};

use moss_api::text::Text;
use moss_api::{
    Action, ErrorCode, IdPrefix, MAX_DEPENDENCIES, MAX_PLAN_ITEMS, Plan, PlanChange, PlanItem,
    PlanModule, PlanOutcome, PlanSubTask, Priority, Role, SHORT_ID, SubTaskStatus, TaskStatus,
    WorkType, offers_work, quoted, short_id,
};

use crate::domain::planning::dependencies::find_cycle;
use crate::domain::planning::sub_tasks::{
    fitting_deadline, fitting_lease, fresh, insert, reassign,
};
use crate::domain::planning::tasks::move_task;
use crate::domain::recurring::set::{Subject, set};
use crate::domain::resolve::{self, executor};
use crate::domain::work::transition::Transition;
use crate::domain::{Actor, Command, Error, Refusal};
use crate::store::entity::sub_task::Model;
use crate::store::entity::{agent, module, task};
use crate::store::sub_tasks::{self, Change, SubTaskPatch, micros};
use crate::store::tasks::TaskPatch;
use crate::store::{At, Tx, Word, dependencies, events, new_id, tasks};

/// Apply a plan.
pub struct Apply {
    /// Who plans.
    pub actor: Actor,
    /// The plan.
    pub plan: Plan,
}

/// A sub-task of the plan with the key of the module it is in.
struct Item<'a> {
    planned: &'a PlanSubTask,
    module: Option<&'a str>,
}

impl Command for Apply {
    type Output = PlanOutcome;

    async fn run(&self, tx: &Tx) -> Result<PlanOutcome, Error> {
        self.actor.must_be(&[Role::Planner])?;
        let items = self.items()?;
        let (task, task_item) = self.apply_task(tx).await?;
        let (module_ids, modules) = self.apply_modules(tx, &task.id).await?;
        let old = sub_tasks::of_task(tx.db(), &task.id).await?;
        let sub_tasks = self.apply_sub_tasks(tx, &task, &module_ids, old, &items).await?;
        self.apply_recurring(tx, &task.id, &items, &sub_tasks).await?;
        Ok(PlanOutcome { task: task_item, modules, sub_tasks })
    }
}

impl Apply {
    /// The sub-tasks in order, after checking what can be checked without the database.
    fn items(&self) -> Result<Vec<Item<'_>>, Refusal> {
        let plan = &self.plan;
        let mut module_keys = HashSet::new();
        for module in &plan.modules {
            if !module_keys.insert(module.key()) {
                return Err(twice("module", module.key()));
            }
        }
        let inside = plan.modules.iter().flat_map(|module| {
            module.sub_tasks.iter().map(|planned| Item { planned, module: Some(module.key()) })
        });
        let outside = plan.sub_tasks.iter().map(|planned| Item {
            planned,
            module: planned.module.as_ref().map(moss_api::text::Token::as_str),
        });
        let items: Vec<Item<'_>> = inside.chain(outside).collect();
        let count = items.len() + plan.modules.len();
        if count > MAX_PLAN_ITEMS {
            return Err(Refusal::bad_value(
                "plan",
                format!("has {count} modules and sub-tasks, at most {MAX_PLAN_ITEMS} are allowed"),
            ));
        }
        let mut keys = HashSet::new();
        for item in &items {
            if !keys.insert(item.planned.key()) {
                return Err(twice("sub-task", item.planned.key()));
            }
            if item.planned.depends_on.as_ref().map_or(0, Vec::len) > MAX_DEPENDENCIES {
                return Err(Refusal::bad_value(
                    "depends_on",
                    format!(
                        "of {} has more than {MAX_DEPENDENCIES} keys",
                        quoted(item.planned.key())
                    ),
                ));
            }
            if let Some(module) = item.module.filter(|module| !module_keys.contains(module)) {
                return Err(Refusal::bad_value(
                    "module",
                    format!(
                        "sub-task {} is in module {}, which the plan has not",
                        quoted(item.planned.key()),
                        quoted(module)
                    ),
                ));
            }
        }
        Ok(items)
    }

    /// What comes again: the task, and those of its sub-tasks of which the plan says so.
    async fn apply_recurring(
        &self,
        tx: &Tx,
        task: &str,
        items: &[Item<'_>],
        made: &[PlanItem],
    ) -> Result<(), Error> {
        if let Some(recurring) = &self.plan.task.recurring {
            set(tx, &Subject::task(task), recurring).await?;
        }
        for (item, made) in items.iter().zip(made) {
            if let Some(recurring) = &item.planned.recurring {
                set(tx, &Subject::sub_task(&made.id, task), recurring).await?;
            }
        }
        Ok(())
    }

    async fn apply_task(&self, tx: &Tx) -> Result<(task::Model, PlanItem), Error> {
        let planned = &self.plan.task;
        let to = if planned.draft { TaskStatus::Planning } else { TaskStatus::Active };
        let there = match self.task_that_is_there(tx).await? {
            Some(row) => tasks::lock(tx, &row.id).await?,
            None => None,
        };
        let Some(mut old) = there else {
            let row = task::Model {
                plan_key: Some(planned.key().to_owned()),
                name: planned.name.to_string(),
                description: text(planned.description.as_ref(), ""),
                kind: Word(planned.kind.unwrap_or(WorkType::Once)),
                ..crate::domain::planning::tasks::fresh(tx, to)
            }
            .with_thresholds(planned.patrol.unwrap_or_default().into());
            tasks::insert(tx, row.clone()).await?;
            events::record_task(tx, &row.id, self.actor.did("create", "plan"));
            let item = outcome(planned.key(), &row.id, &row.name, PlanChange::Created);
            return Ok((row, item));
        };
        // What a person wants stays in their words.
        let (name, description) = if old.from_person {
            (old.name.clone(), old.description.clone())
        } else {
            let description = text(planned.description.as_ref(), &old.description);
            (planned.name.to_string(), description)
        };
        let kind = planned.kind.unwrap_or(old.kind.0);
        let same_text = old.name == name
            && old.description == description
            && old.kind.0 == kind
            && planned.patrol.is_none_or(|patrol| old.thresholds() == patrol.into());
        let opens = old.status.0 == TaskStatus::Planning && !planned.draft;
        let mut change = PlanChange::Unchanged;
        if !same_text {
            let patch = TaskPatch {
                name: Some(name.clone()),
                description: Some(description),
                kind: Some(kind),
                thresholds: planned.patrol.map(Into::into),
            };
            let changed = tasks::edit(tx, &old.id, patch).await?;
            change = if changed { PlanChange::Updated } else { PlanChange::Locked };
        }
        if opens {
            move_task(tx, &self.actor, &old.id, TaskStatus::Active).await?;
            old.status = Word(TaskStatus::Active);
            change = PlanChange::Updated;
        }
        let item = outcome(planned.key(), &old.id, &name, change);
        Ok((old, item))
    }

    /// The task the plan is for, if it is there: by the plan's key, by its id, or by its name. A goal
    /// that was found by its name is from now on known by the key the plan has.
    async fn task_that_is_there(&self, tx: &Tx) -> Result<Option<task::Model>, Error> {
        let planned = &self.plan.task;
        let (key, has_key) = (planned.key(), planned.key.is_some());
        if let Some(row) = tasks::by_plan_key(tx.db(), key).await? {
            return Ok(Some(row));
        }
        if has_key && looks_like_an_id(key) {
            return resolve::task(tx.db(), key).await.map(Some);
        }
        let called = tasks::open_called(tx.db(), planned.name.as_str(), has_key).await?;
        match called.as_slice() {
            [] => Ok(None),
            [one] if !has_key => Ok(Some(one.clone())),
            [goal] if goal.sub_tasks == 0 => {
                tasks::set_plan_key(tx, &goal.id, key).await?;
                Ok(Some(goal.clone()))
            }
            _ => {
                let ids: Vec<&str> = called.iter().map(|row| short_id(&row.id)).collect();
                let problem = format!("is the name of a task that is there: {}", ids.join(", "));
                Err(Refusal::bad_value("task.name", problem)
                    .hint("to add to one of them, give its id as the task's key; else another name")
                    .into())
            }
        }
    }

    async fn apply_modules(
        &self,
        tx: &Tx,
        task: &str,
    ) -> Result<(HashMap<String, String>, Vec<PlanItem>), Error> {
        let old: HashMap<String, module::Model> = tasks::modules(tx.db(), task)
            .await?
            .into_iter()
            .filter_map(|row| Some((row.plan_key.clone()?, row)))
            .collect();
        let (mut ids, mut items, mut new) = (HashMap::new(), Vec::new(), Vec::new());
        for (order, planned) in self.plan.modules.iter().enumerate() {
            let (id, change) = match old.get(planned.key()) {
                Some(row) => (row.id.clone(), change_module(tx, row, planned).await?),
                None => {
                    let row = module::Model {
                        id: new_id(),
                        task_id: task.to_owned(),
                        plan_key: Some(planned.key().to_owned()),
                        name: planned.name.to_string(),
                        description: text(planned.description.as_ref(), ""),
                        created_at: in_order(tx, order),
                    };
                    let id = row.id.clone();
                    new.push(row);
                    (id, PlanChange::Created)
                }
            };
            items.push(outcome(planned.key(), &id, planned.name.as_str(), change));
            ids.insert(planned.key().to_owned(), id);
        }
        tasks::insert_modules(tx, new).await?;
        Ok((ids, items))
    }

    async fn apply_sub_tasks(
        &self,
        tx: &Tx,
        task: &task::Model,
        module_ids: &HashMap<String, String>,
        old: Vec<Model>,
        items: &[Item<'_>],
    ) -> Result<Vec<PlanItem>, Error> {
        let by_key: HashMap<&str, &Model> =
            old.iter().filter_map(|row| Some((row.plan_key.as_deref()?, row))).collect();
        let mut ids: HashMap<&str, String> =
            by_key.iter().map(|(key, row)| (*key, row.id.clone())).collect();
        for item in items {
            ids.entry(item.planned.key()).or_insert_with(new_id);
        }
        let wanted = wanted_edges(items, &ids)?;
        let mut existing: HashMap<String, Vec<String>> = HashMap::new();
        for edge in dependencies::of_task(tx.db(), &task.id).await? {
            existing.entry(edge.sub_task_id).or_default().push(edge.depends_on);
        }
        refuse_cycle(&existing, &wanted, &ids, &old)?;

        let finished: HashSet<&str> =
            old.iter().filter(|row| row.status.0.is_final()).map(|row| row.id.as_str()).collect();
        let open_count = |waits_for: &[String]| {
            let open = waits_for.iter().filter(|id| !finished.contains(id.as_str())).count();
            i64::try_from(open).unwrap_or(i64::MAX)
        };
        let (mut outcomes, mut new, mut edges) = (Vec::new(), Vec::new(), Vec::new());
        for (order, item) in items.iter().enumerate() {
            let planned = item.planned;
            let id = ids.get(planned.key()).cloned().unwrap_or_default();
            let module_id = item.module.and_then(|key| module_ids.get(key)).cloned();
            let before = existing.get(&id).cloned().unwrap_or_default();
            let waits_for = wanted.get(&id).unwrap_or(&before).clone();
            let change = match by_key.get(planned.key()) {
                Some(row) => {
                    let module_id = module_id.or_else(|| row.module_id.clone());
                    let open = open_count(&waits_for);
                    let wanted = PlannedChange { planned, module_id, before, waits_for, open };
                    self.change_sub_task(tx, row, wanted).await?
                }
                None => {
                    let agent = match &planned.assignee {
                        None => None,
                        Some(text) => Some(executor(tx.db(), text.as_str()).await?.id),
                    };
                    let priority = planned.priority.unwrap_or(Priority::Medium);
                    let lease = fitting_lease(tx, planned.lease)?;
                    new.push(Model {
                        id: id.clone(),
                        task_id: task.id.clone(),
                        module_id,
                        plan_key: Some(planned.key().to_owned()),
                        name: planned.name.to_string(),
                        description: text(planned.description.as_ref(), ""),
                        deliverable: text(planned.deliverable.as_ref(), ""),
                        acceptance: text(planned.acceptance.as_ref(), ""),
                        kind: Word(planned.kind.unwrap_or(WorkType::Once)),
                        task_open: offers_work(task.status.0),
                        open_dependencies: open_count(&waits_for),
                        lease_wish: lease.map(micros),
                        deadline: fitting_deadline(tx, planned.deadline)?.map(At),
                        created_at: in_order(tx, order),
                        ..fresh(tx, priority, agent)
                    });
                    edges.extend(waits_for.into_iter().map(|on| (id.clone(), on)));
                    PlanChange::Created
                }
            };
            outcomes.push(outcome(planned.key(), &id, planned.name.as_str(), change));
        }
        if !new.is_empty() {
            let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
            if !tasks::count_new(tx, &task.id, count).await? {
                return Err(Refusal::new(
                    ErrorCode::TaskNotOpen,
                    format!(
                        "task {} is {}: it takes no new sub-tasks",
                        quoted(&task.name),
                        task.status.0
                    ),
                )
                .hint("give the plan's task another key")
                .into());
            }
            insert(tx, &self.actor, new).await?;
            dependencies::insert(tx, &edges).await?;
        }
        Ok(outcomes)
    }

    /// Brings an existing sub-task to what the plan says, while nobody has begun it.
    async fn change_sub_task(
        &self,
        tx: &Tx,
        row: &Model,
        wanted: PlannedChange<'_>,
    ) -> Result<PlanChange, Error> {
        let PlannedChange { planned, module_id, before, waits_for, open } = wanted;
        let assignee = new_assignee(tx, row, planned).await?;
        let priority = planned.priority.unwrap_or(row.priority.0);
        let lease = fitting_lease(tx, planned.lease)?;
        let description = text(planned.description.as_ref(), &row.description);
        let deliverable = text(planned.deliverable.as_ref(), &row.deliverable);
        let acceptance = text(planned.acceptance.as_ref(), &row.acceptance);
        let same_text = row.name == planned.name.as_str()
            && row.description == description
            && row.deliverable == deliverable
            && row.acceptance == acceptance
            && row.priority.0 == priority
            && row.kind.0 == planned.kind.unwrap_or(row.kind.0)
            && lease.is_none_or(|lease| row.lease_wish == Some(micros(lease)))
            && planned.deadline.is_none_or(|deadline| row.deadline == Some(At(deadline)))
            && row.module_id == module_id;
        let same_edges = before.iter().collect::<HashSet<_>>() == waits_for.iter().collect();
        if same_text && same_edges && assignee.is_none() {
            return Ok(PlanChange::Unchanged);
        }
        let patch = SubTaskPatch {
            name: Some(planned.name.to_string()),
            description: Some(description),
            deliverable: Some(deliverable),
            acceptance: Some(acceptance),
            priority: Some(priority),
            kind: planned.kind,
            lease,
            deadline: match planned.deadline {
                // The same plan again, when its time is over.
                Some(deadline) if row.deadline == Some(At(deadline)) => None,
                deadline => fitting_deadline(tx, deadline)?,
            },
        };
        let mut edit = Transition {
            changes: vec![Change::Text(patch), Change::Module(module_id)],
            ..Transition::new(self.actor.role, Action::Edit, &row.id)
        };
        if !same_edges {
            // Who waits for what matters only before it is given away.
            edit.only_from = Some(SubTaskStatus::Pending);
            edit.changes.push(Change::OpenDependencies(open));
        }
        if edit.try_run(tx).await?.is_none() {
            return Ok(PlanChange::Locked);
        }
        if !same_edges {
            dependencies::replace(tx, &row.id, &waits_for).await?;
        }
        if let Some(agent) = assignee {
            reassign(tx, &self.actor, &row.id, &agent).await?;
        }
        events::record(tx, row, self.actor.did(Action::Edit.as_str(), "plan"));
        Ok(PlanChange::Updated)
    }
}

/// What the plan says of a sub-task that exists.
struct PlannedChange<'a> {
    planned: &'a PlanSubTask,
    module_id: Option<String>,
    before: Vec<String>,
    waits_for: Vec<String>,
    /// How many of `waits_for` are not final.
    open: i64,
}

/// Who is to have a sub-task that nobody has begun, when that is not who has it. Whoever has it
/// already may have been disabled meanwhile: the plan is not wrong for that.
async fn new_assignee(
    tx: &Tx,
    row: &Model,
    planned: &PlanSubTask,
) -> Result<Option<agent::Model>, Error> {
    let Some(named) = &planned.assignee else { return Ok(None) };
    if !matches!(row.status.0, SubTaskStatus::Pending | SubTaskStatus::Assigned) {
        return Ok(None);
    }
    let agent = resolve::assignee(tx.db(), named.as_str()).await?;
    if row.assigned_agent.as_ref() == Some(&agent.id) {
        return Ok(None);
    }
    executor(tx.db(), named.as_str()).await.map(Some)
}

async fn change_module(
    tx: &Tx,
    row: &module::Model,
    planned: &PlanModule,
) -> Result<PlanChange, Error> {
    let description = text(planned.description.as_ref(), &row.description);
    if row.name == planned.name.as_str() && row.description == description {
        return Ok(PlanChange::Unchanged);
    }
    tasks::edit_module(tx, &row.id, planned.name.to_string(), description).await?;
    Ok(PlanChange::Updated)
}

/// What a plan says of a text. What it leaves out stays as it is.
fn text(planned: Option<&Text>, now: &str) -> String {
    planned.map_or(now, Text::as_str).to_owned()
}

/// Whether a task's key can only be meant as its id.
fn looks_like_an_id(key: &str) -> bool {
    key.len() >= SHORT_ID && key.parse::<IdPrefix>().is_ok()
}

/// What each sub-task of the plan waits for, by id, where the plan says so.
fn wanted_edges(
    items: &[Item<'_>],
    ids: &HashMap<&str, String>,
) -> Result<HashMap<String, Vec<String>>, Refusal> {
    let mut wanted = HashMap::new();
    for item in items {
        let key = item.planned.key();
        let mut waits_for: Vec<String> = Vec::new();
        let Some(depends_on) = &item.planned.depends_on else { continue };
        for on in depends_on {
            let Some(id) = ids.get(on.as_str()) else {
                return Err(Refusal::bad_value(
                    "depends_on",
                    format!(
                        "sub-task {} waits for {}, which the plan has not",
                        quoted(key),
                        quoted(on.as_str())
                    ),
                ));
            };
            if !waits_for.contains(id) {
                waits_for.push(id.clone());
            }
        }
        if let Some(id) = ids.get(key) {
            wanted.insert(id.clone(), waits_for);
        }
    }
    Ok(wanted)
}

fn refuse_cycle(
    existing: &HashMap<String, Vec<String>>,
    wanted: &HashMap<String, Vec<String>>,
    ids: &HashMap<&str, String>,
    old: &[Model],
) -> Result<(), Refusal> {
    let mut edges = existing.clone();
    // What was given away keeps what it waits for, whatever the plan says.
    let fixed: HashSet<&str> = old
        .iter()
        .filter(|row| row.status.0 != SubTaskStatus::Pending)
        .map(|row| row.id.as_str())
        .collect();
    let changeable = wanted.iter().filter(|(id, _)| !fixed.contains(id.as_str()));
    edges.extend(changeable.map(|(id, on)| (id.clone(), on.clone())));
    let Some(circle) = find_cycle(&edges) else { return Ok(()) };
    let mut shown: HashMap<&str, &str> =
        old.iter().map(|row| (row.id.as_str(), row.name.as_str())).collect();
    shown.extend(ids.iter().map(|(key, id)| (id.as_str(), *key)));
    let mut path: Vec<&str> =
        circle.iter().map(|id| shown.get(id.as_str()).copied().unwrap_or(id.as_str())).collect();
    // Ids are random; told from its first name, the same circle is always the same message.
    path.pop();
    let first = path.iter().enumerate().min_by_key(|(_, name)| **name).map_or(0, |(at, _)| at);
    path.rotate_left(first);
    path.extend(path.first().copied());
    let path: Vec<String> = path.into_iter().map(quoted).collect();
    Err(Refusal::new(
        ErrorCode::DependencyCycle,
        format!("the dependencies go in a circle: {}", path.join(" -> ")),
    )
    .hint("take one of these out of depends_on"))
}

/// Rows made together keep the plan's order.
fn in_order(tx: &Tx, order: usize) -> At {
    At(tx.now + std::time::Duration::from_micros(u64::try_from(order).unwrap_or(0)))
}

fn twice(what: &str, key: &str) -> Refusal {
    Refusal::bad_value("key", format!("two {what}s have the key or name {}", quoted(key)))
        .hint("give each its own key")
}

fn outcome(key: &str, id: &str, name: &str, change: PlanChange) -> PlanItem {
    PlanItem { key: key.to_owned(), id: id.to_owned(), name: name.to_owned(), change }
}
