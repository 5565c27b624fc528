//! One step up: what does not come to an end goes to another executor, then to the planner, then to
//! a person. How far up it is belongs to the sub-task, survives whoever holds it, and never goes down.

use std::collections::HashSet;

use moss_api::{
    Action, AnomalyKind, BlockClass, BlockOwner, NoticeKind, Role, SubTaskStatus, quoted, short_id,
};

use crate::domain::Error;
use crate::domain::outbox::announce;
use crate::domain::work::requirement::Requirement;
use crate::domain::work::transition::{Transition, released};
use crate::store::attempts::{self, Ending};
use crate::store::entity::agent;
use crate::store::entity::sub_task::Model;
use crate::store::events::{self, NewEvent};
use crate::store::sub_tasks::{self, Block, Change, Guard, GuardedUpdate};
use crate::store::{Tx, agents, anomalies, tasks};

/// Who is asked to help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::domain) enum Step {
    /// Another executor tries it.
    Executor,
    /// The planner mends, splits or cancels it.
    Planner,
    /// A person decides.
    Person,
}

impl Step {
    /// As the row has it.
    pub(in crate::domain) const fn number(self) -> i16 {
        match self {
            Self::Executor => 1,
            Self::Planner => 2,
            Self::Person => 3,
        }
    }

    /// The one after those a row has taken.
    pub(in crate::domain) const fn after(step: i16) -> Self {
        match step {
            ..=0 => Self::Executor,
            1 => Self::Planner,
            2.. => Self::Person,
        }
    }
}

/// What takes a sub-task up.
pub(in crate::domain) struct Trouble<'a> {
    /// What kind of trouble it is.
    pub class: BlockClass,
    /// What happened, for whoever is asked to help.
    pub reason: String,
    /// What must hold besides that the move is legal.
    pub requirements: Vec<Requirement<'a>>,
    /// Where it must stand.
    pub only_from: Option<SubTaskStatus>,
    /// How the attempt that lives ends, if one does.
    pub outcome: Action,
    /// What was handed in with that.
    pub handed_in: Ending,
}

/// What is blocked for this reason, and whose turn it is.
pub(in crate::domain) fn block(
    tx: &Tx,
    class: BlockClass,
    owner: BlockOwner,
    reason: String,
) -> Block {
    let patience = match owner {
        BlockOwner::Planner => tx.timings.recovery.planner,
        BlockOwner::Person => tx.timings.recovery.person,
    };
    Block { reason, class, owner, due: tx.now + patience, retry_at: None }
}

/// Takes a sub-task up to this step. Where there is no other executor, it goes to the planner at once.
///
/// # Errors
/// The requirement that does not hold.
pub(in crate::domain) async fn step_up(
    tx: &Tx,
    row: &Model,
    to: Step,
    trouble: Trouble<'_>,
) -> Result<Model, Error> {
    if to == Step::Executor
        && let Some(other) = another_executor(tx, &row.id).await?
    {
        return pass_on(tx, row, &other, trouble).await;
    }
    let step = to.max(Step::Planner);
    let owner = if step == Step::Person { BlockOwner::Person } else { BlockOwner::Planner };
    let mut changes = released();
    changes.push(Change::Blocked(block(tx, trouble.class, owner, trouble.reason.clone())));
    changes.push(Change::Step(step.number(), row.rework_count));
    let transition = Transition {
        only_from: trouble.only_from,
        requirements: trouble.requirements,
        changes,
        ..Transition::new(Role::Patrol, Action::Block, &row.id)
    };
    let now = transition.run(tx).await?;
    attempts::end(tx, &now.id, trouble.outcome, trouble.handed_in).await?;
    note(tx, &now, Action::Block, trouble.reason);
    if owner == BlockOwner::Person {
        needs_person(tx, &now).await?;
    }
    Ok(now)
}

/// Tells a person that it is their turn.
pub(in crate::domain) async fn needs_person(tx: &Tx, row: &Model) -> Result<(), Error> {
    let (id, name) = (short_id(&row.id), quoted(&row.name));
    let class = row.block_class.map_or(String::new(), |class| format!(" ({})", class.0));
    let text =
        format!("sub-task {id} {name} is blocked{class} and needs a person: agents have tried");
    announce(tx, NoticeKind::NeedsHuman, row, text).await
}

/// Makes what the planner has not seen to in time a person's turn, and tells one. None when the
/// planner was faster.
pub(in crate::domain) async fn to_person(tx: &Tx, row: &Model) -> Result<Option<Model>, Error> {
    let class = row.block_class.map_or(BlockClass::Other, |class| class.0);
    let reason = row.block_reason.clone().unwrap_or_default();
    let blocked = block(tx, class, BlockOwner::Person, reason);
    let changes = [
        Change::Blocked(Block { retry_at: row.retry_at.map(|at| at.0), ..blocked }),
        Change::Step(Step::Person.number(), row.rework_count),
    ];
    let moves = [(SubTaskStatus::Blocked, SubTaskStatus::Blocked)];
    let guards = vec![Guard::overdue(tx.now)];
    let update = GuardedUpdate { id: &row.id, moves: &moves, guards, changes: &changes };
    if !update.run(tx).await? {
        return Ok(None);
    }
    let now = sub_tasks::find(tx.db(), &row.id).await?;
    if let Some(now) = &now {
        note(tx, now, Action::Block, "the planner has done nothing in time".to_owned());
        needs_person(tx, now).await?;
    }
    Ok(now)
}

/// Gives a sub-task that somebody holds, or that is blocked or rejected, to this executor.
pub(in crate::domain) async fn pass_on(
    tx: &Tx,
    row: &Model,
    to: &agent::Model,
    trouble: Trouble<'_>,
) -> Result<Model, Error> {
    let mut changes = released();
    changes.extend([
        Change::Agent(Some(to.id.clone())),
        Change::Unblocked,
        Change::NewAttempt,
        Change::Step(Step::Executor.number(), row.rework_count),
    ]);
    tasks::lock_of(tx, &row.id).await?;
    let transition = Transition {
        only_from: trouble.only_from,
        requirements: trouble.requirements,
        changes,
        ..Transition::new(Role::Patrol, Action::PassOn, &row.id)
    };
    let now = transition.run(tx).await?;
    attempts::end(tx, &now.id, trouble.outcome, trouble.handed_in).await?;
    attempts::open(tx, &now.id, now.attempt, &to.id, None);
    sub_tasks::start_assignment_leases(tx, &now.task_id).await?;
    let detail = format!("to {}: {}", quoted(&to.name), trouble.reason);
    note(tx, &now, Action::PassOn, detail);
    Ok(sub_tasks::find(tx.db(), &now.id).await?.unwrap_or(now))
}

/// The server acts in nobody's name.
fn note(tx: &Tx, row: &Model, action: Action, detail: String) {
    events::record(tx, row, NewEvent { action: action.as_str(), detail, ..NewEvent::default() });
}

/// Executors that are looked at.
const CANDIDATES: u64 = 200;

/// An executor who has never had the sub-task: of those who are heard from, the one with the least in
/// its hands.
pub(in crate::domain) async fn another_executor(
    tx: &Tx,
    sub_task: &str,
) -> Result<Option<agent::Model>, Error> {
    tx.flush().await?;
    let had_it: HashSet<String> =
        attempts::all_of(tx.db(), sub_task).await?.into_iter().map(|it| it.agent_id).collect();
    let candidates = candidates(tx, |agent| !had_it.contains(&agent.id)).await?;
    least_busy(tx, candidates).await
}

/// Who is to have a sub-task that the planner gives to no one by name: somebody who has never had it,
/// else whoever has had it least lately.
pub(in crate::domain) async fn best_executor(
    tx: &Tx,
    sub_task: &str,
) -> Result<Option<agent::Model>, Error> {
    if let Some(fresh) = another_executor(tx, sub_task).await? {
        return Ok(Some(fresh));
    }
    let candidates = candidates(tx, |_| true).await?;
    let attempts = attempts::all_of(tx.db(), sub_task).await?;
    let last = |agent: &agent::Model| {
        attempts.iter().filter(|it| it.agent_id == agent.id).map(|it| it.number).max()
    };
    Ok(candidates.into_iter().min_by_key(last))
}

/// Active executors that nothing is amiss with.
async fn candidates(
    tx: &Tx,
    may: impl Fn(&agent::Model) -> bool,
) -> Result<Vec<agent::Model>, Error> {
    let mut all = agents::active(tx.db(), Role::Executor, CANDIDATES).await?;
    all.retain(may);
    if all.is_empty() {
        return Ok(all);
    }
    let amiss = anomalies::lasting(tx.db(), NOT_TO_BE_COUNTED_ON).await?;
    let amiss: HashSet<String> = amiss.into_iter().map(|row| row.subject).collect();
    all.retain(|agent| !amiss.contains(&agent.id));
    Ok(all)
}

/// An agent with one of these is none to give work to.
const NOT_TO_BE_COUNTED_ON: &[AnomalyKind] =
    &[AnomalyKind::Unanswered, AnomalyKind::KeyRefused, AnomalyKind::Silent];

async fn least_busy(tx: &Tx, candidates: Vec<agent::Model>) -> Result<Option<agent::Model>, Error> {
    let ids: Vec<String> = candidates.iter().map(|agent| agent.id.clone()).collect();
    let busy = sub_tasks::count_in_hands(tx.db(), &ids).await?;
    let has = |agent: &agent::Model| busy.get(&agent.id).copied().unwrap_or(0);
    Ok(candidates.into_iter().min_by_key(has))
}
