//! What stands in a packet beside the work: what came late, what was noticed, what is amiss.

use moss_api::{
    Action, Anomaly, AnomalyKind, LateSubmission, Leftover, LeftoverKind, Severity, SubjectKind,
    Timestamp, short_id,
};

use crate::hints;
use crate::render::files;
use crate::render::lines::Lines;
use crate::render::moment::until;
use crate::render::questions::question_lines;
use crate::render::sanitize::{quoted, word};

/// What was noticed on the way, and what may be done about it.
pub fn leftover_lines(out: &mut Lines, leftover: &Leftover) {
    if leftover.kind == LeftoverKind::Question {
        return question_lines(out, leftover);
    }
    let (id, task) = (short_id(&leftover.id), short_id(&leftover.task_id));
    let at = short_id(leftover.sub_task_id.as_deref().unwrap_or_default());
    let (name, by) = (quoted(&leftover.name), quoted(&leftover.agent_name));
    out.head(format!("LEFT {id} {} by {by} at {at} {name}, task {task}", leftover.kind));
    out.quote(&leftover.text);
    hints::about_leftover(task, id).iter().for_each(|next| out.next(next));
}

/// What was handed in too late, and what may be done about it.
pub fn late_lines(out: &mut Lines, late: &LateSubmission, all: bool) {
    let (id, of, name) =
        (short_id(&late.id), short_id(&late.sub_task_id), quoted(&late.sub_task_name));
    let (attempt, by, ended) =
        (late.attempt, quoted(&late.agent_name), word::<Action>(&late.ended_by));
    out.head(format!("LATE {id} for {of} {name}, by {by}: attempt {attempt} had ended ({ended})"));
    out.theirs("said", &late.summary);
    out.list(files::of_delivery(&late.artifacts, &late.sub_task_id, all));
    out.next(&hints::adopt(id));
    out.next(&hints::dismiss(id));
}

/// What is amiss, and what may be done about it.
pub fn anomaly_lines(out: &mut Lines, anomaly: &Anomaly, now: Timestamp) {
    let id = anomaly.id.as_deref().map(short_id).unwrap_or_default();
    let kind = word::<AnomalyKind>(&anomaly.kind.to_string());
    let severity = word::<Severity>(&anomaly.severity.to_string());
    let name = quoted(&anomaly.subject_name);
    let who = match anomaly.subject_kind.get() {
        Some(SubjectKind::SubTask) => {
            format!("sub-task {} {name}", short_id(&anomaly.subject))
        }
        Some(SubjectKind::Agent) => format!("agent {name}"),
        Some(SubjectKind::Task | SubjectKind::Team) | None => "the team".to_owned(),
    };
    let since = until(anomaly.opened, now);
    out.head(format!("AMISS {id} {kind}, {severity}: {who}, since {since}"));
    out.theirs("seen", &anomaly.detail);
    hints::about_anomaly(anomaly).iter().for_each(|command| out.next(command));
}
