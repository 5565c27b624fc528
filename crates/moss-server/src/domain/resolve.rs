//! From what a caller typed to the row it means.

use moss_api::{Attempt, ErrorCode, HistoryEvent, IdPrefix, SubTask, short};
use sea_orm::ConnectionTrait;

use crate::domain::Refusal;
use crate::store::entity::{agent, invite, module, review, rule, sub_task, task};
use crate::store::paging::{Lookup, resolve};
use crate::store::{agents, attempts, dependencies, events};

/// Most events a history shows.
const MAX_HISTORY: u64 = 500;

macro_rules! id_of {
    ($(#[$meta:meta])* $name:ident, $entity:ident, $what:literal, $named_by:ident) => {
        $(#[$meta])*
        ///
        /// # Errors
        /// When nothing or several things begin so.
        pub async fn $name<C: ConnectionTrait>(db: &C, text: &str) -> Result<String, Refusal> {
            let Ok(prefix) = text.parse::<IdPrefix>() else {
                return Err(Refusal::not_found($what, text));
            };
            if prefix.is_whole() {
                return Ok(prefix.as_str().to_owned());
            }
            let (id, name) = ($entity::Column::Id, $entity::Column::$named_by);
            match resolve::<$entity::Entity, C>(db, id, name, &prefix).await? {
                Lookup::One(id) => Ok(id),
                Lookup::None => Err(Refusal::not_found($what, text)),
                Lookup::Many(rows) => Err(Refusal::ambiguous($what, prefix.as_str(), &rows)),
            }
        }
    };
}

id_of!(
    /// The sub-task a text names. A whole id is taken as it is: the write that follows finds out.
    sub_task_id, sub_task, "sub-task", Name
);
id_of!(
    /// The task a text names. A whole id is taken as it is.
    task_id, task, "task", Name
);
id_of!(
    /// The module a text names. A whole id is taken as it is.
    module_id, module, "module", Name
);
id_of!(
    /// The agent a text names. A whole id is taken as it is.
    agent_id, agent, "agent", Name
);
id_of!(
    /// The invite a text names. A whole id is taken as it is.
    invite_id, invite, "invite", Role
);
id_of!(
    /// The review a text names. A whole id is taken as it is.
    review_id, review, "review", SubTaskId
);
id_of!(
    /// The rule a text names. A whole id is taken as it is.
    rule_id, rule, "rule", Scope
);

/// The sub-task a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn sub_task<C: ConnectionTrait>(db: &C, text: &str) -> Result<sub_task::Model, Refusal> {
    let id = sub_task_id(db, text).await?;
    let row = crate::store::sub_tasks::find(db, &id).await?;
    row.ok_or_else(|| Refusal::not_found("sub-task", text))
}

/// The task a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn task<C: ConnectionTrait>(db: &C, text: &str) -> Result<task::Model, Refusal> {
    let id = task_id(db, text).await?;
    let row = crate::store::tasks::find(db, &id).await?;
    row.ok_or_else(|| Refusal::not_found("task", text))
}

/// The agent a text names: an id, its beginning, or a name.
///
/// # Errors
/// When there is none, or several.
pub async fn agent<C: ConnectionTrait>(db: &C, text: &str) -> Result<agent::Model, Refusal> {
    // A whole id is an id, whatever anybody is called.
    let is_id = text.parse::<IdPrefix>().is_ok_and(|prefix| prefix.is_whole());
    if !is_id && let Some(row) = agents::by_name(db, text).await? {
        return Ok(row);
    }
    let id = agent_id(db, text).await.map_err(|refusal| refusal.hint("moss agents"))?;
    let row = agents::find(db, &id).await?;
    row.ok_or_else(|| Refusal::not_found("agent", text).hint("moss agents"))
}

/// The active executor a text names.
///
/// # Errors
/// When there is none, or it cannot be given work.
pub async fn executor<C: ConnectionTrait>(db: &C, text: &str) -> Result<agent::Model, Refusal> {
    let row = agent(db, text).await?;
    if agents::is_active_executor(&row) {
        return Ok(row);
    }
    Err(Refusal::bad_value(
        "agent",
        format!("\"{}\" is a {} {}, not an active executor", row.name, row.status.0, row.role.0),
    )
    .hint("moss agents --role executor"))
}

/// How the answer about one sub-task looks: with its dependencies and its holder's name.
///
/// # Errors
/// When there is none, or several.
pub async fn sub_task_in_full<C: ConnectionTrait>(db: &C, text: &str) -> Result<SubTask, Refusal> {
    let row = sub_task(db, text).await?;
    let waits_for = dependencies::of(db, std::slice::from_ref(&row.id)).await?;
    let names = agents::names(db, row.assigned_agent.clone()).await?;
    let mut full = SubTask::from(row);
    full.assigned_agent_name = full.assigned_agent.as_ref().and_then(|id| names.get(id)).cloned();
    full.depends_on = Some(waits_for.into_iter().map(|edge| edge.depends_on).collect());
    Ok(full)
}

/// The attempts of a sub-task, first to last.
///
/// # Errors
/// When there is no such sub-task.
pub async fn attempts_of<C: ConnectionTrait>(db: &C, text: &str) -> Result<Vec<Attempt>, Refusal> {
    let sub_task = sub_task(db, text).await?;
    let rows = attempts::of_sub_task(db, &sub_task.id).await?;
    let names = agents::names(db, rows.iter().map(|row| row.agent_id.clone())).await?;
    Ok(rows
        .into_iter()
        .map(|row| Attempt {
            artifacts: attempts::artifacts(&row),
            agent_name: names.get(&row.agent_id).cloned().unwrap_or_default(),
            sub_task_id: row.sub_task_id,
            number: row.number,
            agent_id: row.agent_id,
            session_id: row.session_id,
            opened_at: row.opened_at.0,
            ended_at: row.ended_at.map(|at| at.0),
            outcome: row.outcome.map(|word| word.0.to_string()),
        })
        .collect())
}

/// What happened to a sub-task, in order.
///
/// # Errors
/// When there is no such sub-task.
pub async fn history_of<C: ConnectionTrait>(
    db: &C,
    text: &str,
) -> Result<Vec<HistoryEvent>, Refusal> {
    let sub_task = sub_task(db, text).await?;
    let rows = events::of_sub_task(db, &sub_task.id, MAX_HISTORY).await?;
    let names = agents::names(db, rows.iter().filter_map(|row| row.agent_id.clone())).await?;
    let mut stood = None;
    Ok(rows
        .into_iter()
        .map(|row| {
            let from = stood.take();
            stood = row.to_status.map(|word| word.0);
            HistoryEvent {
                agent_name: row.agent_id.as_ref().and_then(|id| names.get(id)).cloned(),
                seq: row.seq,
                at: row.at.0,
                action: row.action,
                agent_id: row.agent_id,
                acted_by: row.acted_by,
                from: from.map(Into::into),
                to: stood.map(Into::into),
                attempt: row.attempt,
                detail: row.detail,
            }
        })
        .collect())
}

/// Who holds a sub-task, for messages: `sub-task 01a3c9f2 is held by "AI-Wu" (attempt 2, until
/// 14:05Z)`.
pub(super) async fn holder_text<C: ConnectionTrait>(
    db: &C,
    row: &sub_task::Model,
) -> Result<String, Refusal> {
    let names = agents::names(db, row.assigned_agent.clone()).await?;
    let name = row.assigned_agent.as_ref().and_then(|id| names.get(id));
    // With the day when it is not the day it was given.
    let until = row
        .lease_until
        .map(|at| if at.0.day() == row.updated_at.0.day() { at.0.clock() } else { at.0.minute() });
    Ok(match (name, until) {
        (None, _) => {
            format!("sub-task {} is in {} and held by nobody", short(&row.id), row.status.0)
        }
        (Some(name), None) => {
            format!("sub-task {} belongs to \"{name}\" ({})", short(&row.id), row.status.0)
        }
        (Some(name), Some(until)) => format!(
            "sub-task {} is held by \"{name}\" (attempt {}, until {until})",
            short(&row.id),
            row.attempt
        ),
    })
}

/// A text that is to be a whole number within a range.
///
/// # Errors
/// [`ErrorCode::BadValue`] outside the range.
pub fn within(field: &str, n: i64, range: std::ops::RangeInclusive<i64>) -> Result<i64, Refusal> {
    if range.contains(&n) {
        return Ok(n);
    }
    Err(Refusal::new(
        ErrorCode::BadValue,
        format!("{field}: {n} is outside {} to {}", range.start(), range.end()),
    ))
}
