//! From what a caller typed to the row it means.

use moss_api::text::Name;
use moss_api::{ErrorCode, IdPrefix, NextStep, Role, quoted, short_id};

use crate::domain::{Error, Refusal};
use crate::store::entity::{
    agent, anomaly, delivery, invite, late_submission, leftover, module, notice, review, rule,
    sub_task, task,
};
use crate::store::paging::{Lookup, resolve};
use crate::store::{Reads, Tx, agents, tasks};

macro_rules! id_of {
    ($(#[$meta:meta])* $name:ident, $entity:ident, $what:literal, $named_by:ident) => {
        $(#[$meta])*
        ///
        /// # Errors
        /// When nothing or several things begin so.
        pub async fn $name<C: Reads>(db: &C, text: &str) -> Result<String, Error> {
            let Ok(prefix) = text.parse::<IdPrefix>() else {
                return Err(Refusal::not_found($what, text).into());
            };
            if prefix.is_whole() {
                return Ok(prefix.as_str().to_owned());
            }
            let (id, name) = ($entity::Column::Id, $entity::Column::$named_by);
            match resolve::<$entity::Entity, C>(db, id, name, &prefix).await? {
                Lookup::One(id) => Ok(id),
                Lookup::None => Err(Refusal::not_found($what, text).into()),
                Lookup::Many(rows) => Err(Refusal::ambiguous($what, prefix.as_str(), &rows).into()),
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

id_of!(
    /// The anomaly a text names. A whole id is taken as it is.
    anomaly_id, anomaly, "anomaly", Kind
);

id_of!(
    /// The leftover a text names. A whole id is taken as it is.
    leftover_id, leftover, "leftover", Kind
);

id_of!(
    /// The delivery a text names. A whole id is taken as it is.
    delivery_id, delivery, "delivery", State
);

id_of!(
    /// The question a text names. A whole id is taken as it is.
    question_id, leftover, "question", Kind
);

id_of!(
    /// The notice a text names. A whole id is taken as it is.
    notice_id, notice, "notice", Text
);

id_of!(
    /// The late submission a text names. A whole id is taken as it is.
    late_submission_id, late_submission, "late submission", SubTaskId
);

/// The sub-task a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn sub_task<C: Reads>(db: &C, text: &str) -> Result<sub_task::Model, Error> {
    let id = sub_task_id(db, text).await?;
    let row = crate::store::sub_tasks::find(db, &id).await?;
    Ok(row.ok_or_else(|| Refusal::not_found("sub-task", text))?)
}

/// The task a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn task<C: Reads>(db: &C, text: &str) -> Result<task::Model, Error> {
    let id = task_id(db, text).await?;
    let row = tasks::find(db, &id).await?;
    Ok(row.ok_or_else(|| Refusal::not_found("task", text))?)
}

/// The task a text names, [locked](tasks::lock).
///
/// # Errors
/// When there is none, or several.
pub async fn locked_task(tx: &Tx, text: &str) -> Result<task::Model, Error> {
    let id = task_id(tx.db(), text).await?;
    Ok(tasks::lock(tx, &id).await?.ok_or_else(|| Refusal::not_found("task", text))?)
}

/// The agent a text names: an id, its beginning, or a name. A whole id is an id, whatever anybody is
/// called; a name that is also the beginning of an id names nobody.
///
/// # Errors
/// When there is none, or several.
pub async fn agent<C: Reads>(db: &C, text: &str) -> Result<agent::Model, Error> {
    named(db, text, None).await
}

/// The agent a text names as the one who is to have work.
///
/// # Errors
/// As [`agent()`], and executors are what one is told to look at.
pub async fn assignee<C: Reads>(db: &C, text: &str) -> Result<agent::Model, Error> {
    named(db, text, Some(Role::Executor)).await
}

async fn named<C: Reads>(db: &C, text: &str, meant: Option<Role>) -> Result<agent::Model, Error> {
    let look_around = NextStep::ListAgents { role: meant };
    let nobody = || Refusal::not_found("agent", text).next(look_around.clone());
    let prefix = text.parse::<IdPrefix>().ok();
    if let Some(id) = prefix.as_ref().filter(|prefix| prefix.is_whole()) {
        return Ok(agents::find(db, id.as_str()).await?.ok_or_else(nobody)?);
    }
    let name = Name::new(text).map_or_else(|_| text.to_owned(), Name::into_inner);
    let named = agents::by_name(db, &name).await?;
    let (id, name) = (agent::Column::Id, agent::Column::Name);
    let begins_so = match prefix {
        None => Lookup::None,
        Some(prefix) => resolve::<agent::Entity, C>(db, id, name, &prefix).await?,
    };
    let several = |mut fit: Vec<(String, String)>| {
        fit.sort();
        fit.dedup();
        Error::from(Refusal::ambiguous("agent", text, &fit).next(look_around.clone()))
    };
    match (named, begins_so) {
        (Some(row), Lookup::None) => Ok(row),
        (Some(row), Lookup::One(id)) if row.id == id => Ok(row),
        (None, Lookup::One(id)) => Ok(agents::find(db, &id).await?.ok_or_else(nobody)?),
        (None, Lookup::None) => Err(nobody().into()),
        (None, Lookup::Many(fit)) => Err(several(fit)),
        (Some(row), Lookup::Many(mut fit)) => {
            fit.push((row.id, row.name));
            Err(several(fit))
        }
        (Some(row), Lookup::One(id)) => {
            let other = agents::find(db, &id).await?.ok_or_else(nobody)?;
            Err(several(vec![(row.id, row.name), (other.id, other.name)]))
        }
    }
}

/// The active executor a text names.
///
/// # Errors
/// When there is none, or it cannot be given work.
pub async fn executor<C: Reads>(db: &C, text: &str) -> Result<agent::Model, Error> {
    let row = assignee(db, text).await?;
    if agents::is_active_executor(&row) {
        return Ok(row);
    }
    Err(Refusal::bad_value(
        "agent",
        format!(
            "{} is not an active executor: {}, {}",
            quoted(&row.name),
            row.status.0,
            row.role.0
        ),
    )
    .next(NextStep::ListAgents { role: Some(Role::Executor) })
    .into())
}

/// Who holds a sub-task, for messages: `sub-task 01a3c9f2 is held by "AI-Wu" (attempt 2, until
/// 14:05Z)`.
pub(super) async fn holder_text<C: Reads>(db: &C, row: &sub_task::Model) -> Result<String, Error> {
    let names = agents::names(db, row.assigned_agent.clone()).await?;
    let name = row.assigned_agent.as_ref().and_then(|id| names.get(id)).map(|name| quoted(name));
    // With the day when it is not the day it was given.
    let until = row
        .lease_until
        .map(|at| if at.0.day() == row.updated_at.0.day() { at.0.clock() } else { at.0.minute() });
    Ok(match (name, until) {
        (None, _) => {
            format!("sub-task {} is in {} and held by nobody", short_id(&row.id), row.status.0)
        }
        (Some(name), None) => {
            format!("sub-task {} belongs to {name} ({})", short_id(&row.id), row.status.0)
        }
        (Some(name), Some(until)) => format!(
            "sub-task {} is held by {name} (attempt {}, until {until})",
            short_id(&row.id),
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
