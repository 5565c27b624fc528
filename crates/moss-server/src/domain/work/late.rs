//! Late submissions: work that was done while its attempt ended. It is kept as it came, overwrites
//! nothing, and becomes a new attempt when somebody adopts it.

use moss_api::{
    Action, ErrorCode, LateState, LateSubmission, NextStep, Role, SubTask, SubTaskStatus, short_id,
};

use crate::domain::work::requirement::Requirement;
use crate::domain::work::transition::{Transition, released};
use crate::domain::{Actor, Command, Error, Refusal, resolve};
use crate::store::attempts::{self, Ending};
use crate::store::entity::attempt;
use crate::store::entity::late_submission::Model;
use crate::store::events;
use crate::store::sub_tasks::Change;
use crate::store::{At, Reads, Tx, Word, agents, late_submissions, new_id, sub_tasks, tasks};

/// Most that are kept of one attempt: somebody may hand in again what it has mended.
const MOST_OF_AN_ATTEMPT: usize = 10;

/// What was handed in.
pub(super) struct Delivery<'a> {
    pub actor: &'a Actor,
    /// The attempt the caller believes it holds.
    pub attempt: Option<i64>,
    pub session: Option<String>,
    pub summary: Option<String>,
    /// The files, as JSON.
    pub artifacts: String,
}

/// Keeps what a former holder hands in. None when the caller never held it, holds it now, or has
/// handed that attempt in: then the refusal stands as it is.
pub(super) async fn keep(
    tx: &Tx,
    sub_task: &str,
    delivery: Delivery<'_>,
) -> Result<Option<LateSubmission>, Error> {
    let Some(row) = sub_tasks::find(tx.db(), sub_task).await? else { return Ok(None) };
    let me = delivery.actor.id.as_str();
    let is_mine_now = row.assigned_agent.as_deref() == Some(me)
        && (row.status.0.is_held() || row.status.0 == SubTaskStatus::Rework);
    if is_mine_now {
        return Ok(None);
    }
    tx.flush().await?;
    let attempts = attempts::all_of(tx.db(), sub_task).await?;
    let mine = attempts
        .into_iter()
        .rev()
        .find(|it| it.agent_id == me && delivery.attempt.is_none_or(|number| number == it.number));
    let Some(attempt) = mine.filter(is_lost) else { return Ok(None) };
    let kept = late_submissions::of_attempt(tx, sub_task, attempt.number).await?;
    let summary = delivery.summary.unwrap_or_default();
    let ended_by = attempt.outcome.map_or(String::new(), |it| it.0.to_string());
    let (agent_name, sub_task_name) = (delivery.actor.name.clone(), row.name.clone());
    let told = |late: Model| LateSubmission { ended_by, agent_name, sub_task_name, ..late.into() };
    let is_same = |it: &Model| it.summary == summary && it.artifacts == delivery.artifacts;
    if let Some(same) = kept.iter().find(|it| is_same(it)) {
        return Ok(Some(told(same.clone())));
    }
    if kept.len() >= MOST_OF_AN_ATTEMPT {
        let id = short_id(sub_task);
        let detail = format!(
            "attempt {} of sub-task {id} is over, and {MOST_OF_AN_ATTEMPT} late submissions of it are kept",
            attempt.number
        );
        return Err(Refusal::new(ErrorCode::StaleAttempt, detail).next(NextStep::Wake).into());
    }
    let late = Model {
        id: new_id(),
        sub_task_id: row.id.clone(),
        attempt: attempt.number,
        agent_id: me.to_owned(),
        session_id: delivery.session,
        summary,
        artifacts: delivery.artifacts,
        state: Word(LateState::Waiting),
        judged_by: None,
        created_at: At(tx.now),
        judged_at: None,
    };
    late_submissions::add(tx, late.clone()).await?;
    let detail = format!("attempt {}, kept as {}", attempt.number, short_id(&late.id));
    events::record(tx, &row, delivery.actor.did(LATE, detail));
    Ok(Some(told(late)))
}

/// The event of one that was kept.
const LATE: &str = "late_submit";

/// Whether what was done under this attempt was not handed in.
fn is_lost(attempt: &attempt::Model) -> bool {
    attempt.outcome.is_some_and(|outcome| outcome.0 != Action::Submit)
}

/// The late submission a text names.
async fn named(tx: &Tx, text: &str) -> Result<Model, Error> {
    let id = resolve::late_submission_id(tx.db(), text).await?;
    let row = late_submissions::find(tx.db(), &id).await?;
    Ok(row.ok_or_else(|| Refusal::not_found("late submission", text))?)
}

fn decided(row: &Model) -> Refusal {
    let detail = format!("late submission {} was {} already", short_id(&row.id), row.state.0);
    let id = Some(short_id(&row.sub_task_id).to_owned());
    Refusal::new(ErrorCode::IllegalTransition, detail).next(NextStep::Show { id })
}

/// Take a late submission: the attempt that lives ends, and what was handed in is a new one that
/// waits for its verdict.
pub struct Adopt {
    /// Who takes it.
    pub actor: Actor,
    /// The late submission: an id or its beginning.
    pub id: String,
}

impl Command for Adopt {
    type Output = SubTask;

    async fn run(&self, tx: &Tx) -> Result<SubTask, Error> {
        self.actor.must_be(&[Role::Planner, Role::Reviewer])?;
        let late = named(tx, &self.id).await?;
        if !late_submissions::judge(tx, &late.id, LateState::Adopted, &self.actor.id).await? {
            return Err(decided(&named(tx, &late.id).await?).into());
        }
        tasks::lock_of(tx, &late.sub_task_id).await?;
        let mut changes = released();
        changes.extend([
            Change::Agent(Some(late.agent_id.clone())),
            Change::Unblocked,
            Change::NewAttempt,
        ]);
        let transition = Transition {
            requirements: vec![Requirement::Legal],
            changes,
            ..Transition::new(self.actor.role, Action::Adopt, &late.sub_task_id)
        };
        let row = transition.run(tx).await?;
        attempts::end(tx, &row.id, Action::Adopt, Ending::default()).await?;
        let summary = Some(late.summary.clone()).filter(|summary| !summary.is_empty());
        attempts::add_handed_in(tx, &row, &late.agent_id, summary, late.artifacts.clone()).await?;
        let detail = format!("late submission {} of attempt {}", short_id(&late.id), late.attempt);
        events::record(tx, &row, self.actor.did(Action::Adopt.as_str(), detail));
        Ok(row.into())
    }
}

/// Leave a late submission: it is kept, and nobody is asked about it any more.
pub struct Dismiss {
    /// Who leaves it.
    pub actor: Actor,
    /// The late submission: an id or its beginning.
    pub id: String,
}

impl Command for Dismiss {
    type Output = LateSubmission;

    async fn run(&self, tx: &Tx) -> Result<LateSubmission, Error> {
        self.actor.must_be(&[Role::Planner, Role::Reviewer])?;
        let late = named(tx, &self.id).await?;
        if !late_submissions::judge(tx, &late.id, LateState::Dismissed, &self.actor.id).await? {
            return Err(decided(&named(tx, &late.id).await?).into());
        }
        if let Some(row) = sub_tasks::find(tx.db(), &late.sub_task_id).await? {
            let detail = format!("late submission {}", short_id(&late.id));
            events::record(tx, &row, self.actor.did("dismiss", detail));
        }
        let now = vec![named(tx, &late.id).await?];
        let told = told(tx.db(), now).await?.pop();
        Ok(told.ok_or_else(|| Refusal::not_found("late submission", &self.id))?)
    }
}

/// Late submissions as they are shown, with the names that belong to them.
pub(in crate::domain) async fn told<C: Reads>(
    db: &C,
    rows: Vec<Model>,
) -> Result<Vec<LateSubmission>, Error> {
    let names = agents::names(db, rows.iter().map(|row| row.agent_id.clone())).await?;
    let sub_tasks = sub_tasks::names(db, rows.iter().map(|row| row.sub_task_id.clone())).await?;
    let mut told = Vec::new();
    for row in rows {
        let attempts = attempts::all_of(db, &row.sub_task_id).await?;
        let attempt = attempts.into_iter().find(|attempt| attempt.number == row.attempt);
        let ended_by =
            attempt.and_then(|it| it.outcome).map_or(String::new(), |it| it.0.to_string());
        let agent_name = names.get(&row.agent_id).cloned().unwrap_or_default();
        let sub_task_name = sub_tasks.get(&row.sub_task_id).cloned().unwrap_or_default();
        told.push(LateSubmission { ended_by, agent_name, sub_task_name, ..row.into() });
    }
    Ok(told)
}
