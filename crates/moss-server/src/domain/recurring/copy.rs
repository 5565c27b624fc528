//! What is made for a round: the same once more.

use std::collections::HashMap;
use std::time::Duration;

use moss_api::{SubTaskStatus, TaskStatus, Timestamp, WorkType, offers_work, short_id};

use crate::domain::Error;
use crate::domain::planning::{sub_tasks as planned, tasks as planned_tasks};
use crate::store::entity::{module, sub_task, task};
use crate::store::events::{self, NewEvent};
use crate::store::{At, Tx, Word, dependencies, new_id, sub_tasks, tasks};

/// A sub-task for a round, in the same task; none when that takes no more.
pub(super) async fn copy_sub_task(
    tx: &Tx,
    id: &str,
    round: i64,
    slot: Timestamp,
) -> Result<Option<String>, Error> {
    let Some(of) = sub_tasks::find(tx.db(), id).await? else { return Ok(None) };
    let Some(task) = tasks::lock(tx, &of.task_id).await? else { return Ok(None) };
    if !tasks::count_new(tx, &task.id, 1).await? {
        return Ok(None);
    }
    let row = sub_task::Model {
        id: new_id(),
        task_id: task.id.clone(),
        module_id: of.module_id.clone(),
        task_open: offers_work(task.status.0),
        ..again(tx, &of, slot)
    };
    let (made, detail) = (row.id.clone(), format!("round {round} of {}", short_id(id)));
    events::record(tx, &row, NewEvent { action: "create", detail, ..NewEvent::default() });
    sub_tasks::insert(tx, vec![row]).await?;
    Ok(Some(made))
}

/// A task for a round, with everything in it that was not given up, open for work.
pub(super) async fn copy_task(
    tx: &Tx,
    id: &str,
    round: i64,
    slot: Timestamp,
) -> Result<Option<String>, Error> {
    let Some(of) = tasks::find(tx.db(), id).await? else { return Ok(None) };
    let mut rows = sub_tasks::of_task(tx.db(), id).await?;
    rows.retain(|row| row.status.0 != SubTaskStatus::Cancelled);
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let made = task::Model {
        name: of.name.clone(),
        description: of.description.clone(),
        kind: Word(WorkType::Recurring),
        sub_tasks: count,
        open_sub_tasks: count,
        ..planned_tasks::fresh(tx, TaskStatus::Active)
    }
    .with_thresholds(of.thresholds());
    let task_id = made.id.clone();
    tasks::insert(tx, made).await?;
    let detail = format!("round {round} of {}", short_id(id));
    let event = NewEvent { action: "create", detail, ..NewEvent::default() };
    events::record_task(tx, &task_id, event.clone());

    let modules = tasks::modules(tx.db(), id).await?;
    let module_ids: HashMap<String, String> =
        modules.iter().map(|row| (row.id.clone(), new_id())).collect();
    let modules = modules.into_iter().map(|row| module::Model {
        id: module_ids.get(&row.id).cloned().unwrap_or_default(),
        task_id: task_id.clone(),
        ..row
    });
    tasks::insert_modules(tx, modules.collect()).await?;

    let ids: HashMap<String, String> = rows.iter().map(|row| (row.id.clone(), new_id())).collect();
    let mut edges = Vec::new();
    let mut waits: HashMap<String, i64> = HashMap::new();
    for edge in dependencies::of_task(tx.db(), id).await? {
        if let (Some(from), Some(to)) = (ids.get(&edge.sub_task_id), ids.get(&edge.depends_on)) {
            edges.push((from.clone(), to.clone()));
            *waits.entry(from.clone()).or_default() += 1;
        }
    }
    let mut made = Vec::new();
    for (order, of) in (0_u64..).zip(&rows) {
        let id = ids.get(&of.id).cloned().unwrap_or_default();
        let row = sub_task::Model {
            open_dependencies: waits.get(&id).copied().unwrap_or(0),
            task_id: task_id.clone(),
            module_id: of.module_id.as_ref().and_then(|id| module_ids.get(id)).cloned(),
            plan_key: of.plan_key.clone(),
            task_open: true,
            created_at: At(tx.now + Duration::from_micros(order)),
            id,
            ..again(tx, of, slot)
        };
        events::record(tx, &row, event.clone());
        made.push(row);
    }
    sub_tasks::insert(tx, made).await?;
    dependencies::insert(tx, &edges).await?;
    Ok(Some(task_id))
}

/// The same sub-task as it was before anybody had it, due as long after its round as the first was
/// after it was made.
fn again(tx: &Tx, of: &sub_task::Model, slot: Timestamp) -> sub_task::Model {
    let deadline = of.deadline.map(|deadline| {
        let after = deadline.0.micros().saturating_sub(of.created_at.0.micros());
        At(slot + Duration::from_micros(u64::try_from(after).unwrap_or(0)))
    });
    sub_task::Model {
        name: of.name.clone(),
        description: of.description.clone(),
        deliverable: of.deliverable.clone(),
        acceptance: of.acceptance.clone(),
        kind: Word(WorkType::Recurring),
        lease_wish: of.lease_wish,
        deadline,
        ..planned::fresh(tx, of.priority.0, None)
    }
}
