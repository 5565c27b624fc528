//! What may be done about what a packet shows.

use moss_api::placeholder::{TEXT, WHAT_IS_MISSING, WHAT_IS_STUCK, WHY};
use moss_api::{
    Anomaly, AnomalyKind, BlockClass, OrUnknown, Role, SubjectKind, WorkItem, WorkKind, short_id,
};

use super::plan::{add_to_task, cancel, plan_release};
use super::review::review_show;
use super::work::{EXECUTORS, show, start, submit};

/// What is amiss.
pub const SCAN: &str = "moss patrol scan";

/// What patrol can do about something amiss: stop the sub-task, if it is one that somebody holds, or
/// tell a person; and then leave it.
pub fn about_anomaly(anomaly: &Anomaly) -> [String; 2] {
    let id = anomaly.id.as_deref().map(short_id).unwrap_or_default();
    let can_be_stopped = matches!(
        anomaly.kind.get(),
        Some(AnomalyKind::Stuck | AnomalyKind::ReworkOverflow | AnomalyKind::Orphan)
    ) && anomaly.subject_kind == SubjectKind::SubTask;
    let first = if can_be_stopped {
        format!("moss patrol block {} --reason \"{WHAT_IS_STUCK}\"", short_id(&anomaly.subject))
    } else {
        "moss notify  # where a person is told, if anywhere; then".to_owned()
    };
    [first, format!("moss patrol ignore {id} --why \"{WHY}\"")]
}

/// Gives an item back, for whoever holds one; the original has no such command.
pub fn give_back(item: &WorkItem, on_original: bool) -> Option<String> {
    let held = matches!(
        item.kind.get(),
        Some(WorkKind::Rework | WorkKind::Assigned | WorkKind::InProgress)
    );
    (held && !on_original)
        .then(|| format!("moss release {}  # if another should do it", short_id(&item.id)))
}

/// What the items after the first are, for a role that does not go through all of them alike.
pub fn the_rest(role: Option<Role>) -> Option<&'static str> {
    match role {
        Some(Role::Executor) => Some("LATER, one a wake-up (moss show ID tells all):"),
        Some(Role::Planner | Role::Patrol) => {
            Some("THEN in the same way (moss show ID tells all):")
        }
        Some(Role::Reviewer) | None => None,
    }
}

/// What mends a sub-task that is blocked for a reason of this kind, before it goes on.
fn mend(id: &str, task: &str, class: Option<BlockClass>) -> Vec<String> {
    let edit = |what: &str, why: &str| {
        format!("moss plan edit {id} --{what} \"{TEXT}\"  # {why}; then one of")
    };
    let split = format!("{}  # a part of it, to split it", add_to_task(task));
    match class {
        Some(BlockClass::Quota | BlockClass::Environment | BlockClass::Timeout) => Vec::new(),
        Some(BlockClass::Impossible) => vec![edit("acceptance", "to ask for less"), split],
        Some(BlockClass::Rework) => vec![edit("acceptance", "to say it otherwise"), split],
        Some(BlockClass::Unclear | BlockClass::Other | BlockClass::Patrol) | None => {
            vec![edit("description", "if it was unclear")]
        }
    }
}

/// Everything one may want to do about an item. The original has no `fail`, no `release`, and no
/// edit of what is blocked; there a log entry tells the others.
pub fn about(item: &WorkItem, on_original: bool) -> Vec<String> {
    let id = short_id(&item.id);
    match item.kind.get() {
        Some(WorkKind::Rework | WorkKind::Assigned) => vec![start(id), submit(id)],
        Some(WorkKind::InProgress) => {
            let mut next = vec![submit(id)];
            if item.lease_until.is_some() {
                next.push(format!("moss heartbeat {id}  # if you need longer than the lease"));
            }
            let cannot = if on_original {
                format!("moss log add blocked --on {id}")
            } else {
                format!("moss fail {id} --class unclear --detail")
            };
            next.push(format!("{cannot} \"{WHAT_IS_MISSING}\"  # if you cannot"));
            next
        }
        Some(WorkKind::Review) => vec![review_show(id)],
        Some(WorkKind::Blocked) => {
            let mut next = Vec::new();
            if !on_original {
                let class = item.block_class.as_ref().and_then(OrUnknown::get);
                next.extend(mend(id, short_id(&item.task_id), class));
                next.push(format!("{}  # anyone may claim it", plan_release(id)));
            }
            let (whom, who) =
                if on_original { (" AGENT", EXECUTORS) } else { ("", "to who never had it") };
            next.push(format!("moss plan reassign {id}{whom}  # {who}"));
            next.push(cancel(id));
            if !on_original {
                next.push(format!("moss plan wait {id} --why \"{WHY}\"  # nothing to do yet"));
            }
            next
        }
        Some(WorkKind::Stuck) => {
            vec![format!("moss patrol block {id} --reason \"{WHAT_IS_STUCK}\"")]
        }
        None => vec![show(id)],
    }
}
