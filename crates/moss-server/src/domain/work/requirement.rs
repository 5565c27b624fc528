//! What must hold for a move, besides the status: each requirement knows the condition that guards
//! the UPDATE and the refusal that explains it, so that the two cannot drift apart.

use moss_api::{Action, ErrorCode, NextStep, short_id};

use crate::domain::resolve::holder_text;
use crate::domain::{Error, Refusal};
use crate::store::entity::sub_task::Model;
use crate::store::idempotency::Caller;
use crate::store::sub_tasks::{Guard, Move};
use crate::store::{Tx, attempts, looks};

/// One thing that must hold. A command lists its requirements in the order in which a caller is
/// told of those that do not.
#[derive(Clone, Copy, Debug)]
pub(in crate::domain) enum Requirement<'a> {
    /// The state machine has the move (invariant 6).
    Legal,
    /// This agent holds it (invariant 3).
    Holder(&'a str),
    /// The newest attempt has this number (invariants 2 and 9).
    Attempt(i64),
    /// It waits for nothing, and its task is open.
    Claimable,
    /// This agent never worked on it (invariant 9). Attempts are read: see [`Tx::flush`].
    NotOwnWork(&'a str),
    /// This caller was shown the newest attempt, and none since (invariant 9).
    Shown(&'a Caller),
    /// The attempt has not reached its maximum age (invariant 7).
    NotTooOld,
    /// The lease ran out (invariant 7).
    LeaseExpired,
    /// The time to try again has come.
    RetryDue,
}

impl Requirement<'_> {
    /// The condition on the sub-task `id`; none for what every transition's UPDATE says anyway.
    pub(in crate::domain) fn guard(&self, tx: &Tx, id: &str) -> Option<Guard> {
        match *self {
            Self::Legal => None,
            Self::Holder(agent) => Some(Guard::held_by(agent)),
            Self::Attempt(number) => Some(Guard::newest_attempt(number)),
            Self::Claimable => Some(Guard::claimable()),
            Self::NotOwnWork(agent) => Some(Guard::never_held_by(agent, id)),
            Self::Shown(caller) => Some(Guard::newest_shown_to(caller, id)),
            Self::NotTooOld => Some(Guard::within_max_age(tx.now)),
            Self::LeaseExpired => Some(Guard::lease_over(tx.now)),
            Self::RetryDue => Some(Guard::retry_due(tx.now)),
        }
    }

    /// Why the row does not fulfil it; none when it does. `moves` are the legal ones.
    pub(in crate::domain) async fn refusal(
        &self,
        tx: &Tx,
        row: &Model,
        action: Action,
        moves: &[Move],
    ) -> Result<Option<Refusal>, Error> {
        let status = row.status.0;
        Ok(match *self {
            Self::Legal if moves.iter().any(|(from, _)| *from == status) => None,
            Self::Legal if action == Action::Claim && status.is_held() => {
                let detail = holder_text(tx.db(), row).await?;
                Some(Refusal::new(ErrorCode::AlreadyClaimed, detail).next(NextStep::ListAvailable))
            }
            Self::Legal => Some(Refusal::illegal(action, &row.id, status)),
            // What is over has no holder to speak of: that it is over says more.
            Self::Holder(_) if status.is_final() => None,
            Self::Holder(agent) if row.assigned_agent.as_deref() == Some(agent) => None,
            Self::Holder(_) => {
                let detail = holder_text(tx.db(), row).await?;
                Some(Refusal::new(ErrorCode::NotHolder, detail).next(NextStep::Wake))
            }
            Self::Attempt(number) => (number != row.attempt).then(|| stale(row, number)),
            Self::Claimable => not_claimable(row),
            Self::NotOwnWork(agent) => {
                let id = std::slice::from_ref(&row.id);
                let own = !attempts::worked_on(tx.db(), agent, id).await?.is_empty();
                own.then(|| own_work(row))
            }
            Self::Shown(caller) => {
                let noted = looks::of(tx.db(), caller, [row.id.as_str()]).await?;
                not_shown(row, noted.get(&row.id).map(|look| look.attempt))
            }
            Self::NotTooOld => {
                row.lease_limit.filter(|limit| limit.0 <= tx.now).map(|_| too_old(row))
            }
            Self::LeaseExpired => {
                let over = row.lease_until.is_some_and(|until| until.0 < tx.now);
                (!over).then(changed)
            }
            Self::RetryDue => {
                let due = row.retry_at.is_some_and(|at| at.0 <= tx.now);
                (!due).then(changed)
            }
        })
    }
}

fn stale(row: &Model, number: i64) -> Refusal {
    let id = short_id(&row.id);
    let newest = row.attempt;
    Refusal::new(
        ErrorCode::StaleAttempt,
        format!("attempt {number} of sub-task {id} is over: the newest is attempt {newest}"),
    )
    .next(NextStep::Show { id: Some(id.to_owned()) })
}

/// A verdict is on what its reviewer was shown last: that must be the newest attempt.
fn not_shown(row: &Model, shown: Option<i64>) -> Option<Refusal> {
    let (id, newest) = (short_id(&row.id), row.attempt);
    let (code, detail) = match shown {
        Some(shown) if shown == newest => return None,
        Some(shown) => {
            let detail = format!(
                "attempt {shown} of sub-task {id}, which you were shown, is over: the newest is attempt {newest}"
            );
            (ErrorCode::StaleAttempt, detail)
        }
        None => {
            let detail = format!(
                "you were not shown attempt {newest} of sub-task {id}, and a verdict is on what its reviewer was shown"
            );
            (ErrorCode::NotShown, detail)
        }
    };
    let refusal = Refusal::new(code, detail).hint("look at it, then judge");
    Some(refusal.next(NextStep::ShowHandedIn { id: id.to_owned() }))
}

fn too_old(row: &Model) -> Refusal {
    Refusal::new(
        ErrorCode::AttemptTooOld,
        "this attempt has reached its maximum age; its lease is not extended",
    )
    .next(NextStep::SubmitOrRelease { id: short_id(&row.id).to_owned() })
}

fn own_work(row: &Model) -> Refusal {
    let detail = format!("you worked on sub-task {} yourself", short_id(&row.id));
    Refusal::new(ErrorCode::OwnWork, detail)
        .hint("leave it to another reviewer")
        .next(NextStep::ListReviews)
}

fn not_claimable(row: &Model) -> Option<Refusal> {
    let id = short_id(&row.id);
    if row.open_dependencies != 0 {
        let (open, s) = (row.open_dependencies, if row.open_dependencies == 1 { "" } else { "s" });
        let detail = format!("sub-task {id} waits for {open} other{s} to be done");
        return Some(
            Refusal::new(ErrorCode::NotReady, detail)
                .next(NextStep::Show { id: Some(id.to_owned()) }),
        );
    }
    if !row.task_open {
        let detail = format!("the task of sub-task {id} is not open");
        return Some(
            Refusal::new(ErrorCode::TaskNotOpen, detail)
                .next(NextStep::ActivateTask { id: short_id(&row.task_id).to_owned() }),
        );
    }
    None
}

/// Somebody was faster, or it is not as it was found.
pub(in crate::domain) fn changed() -> Refusal {
    Refusal::new(ErrorCode::StaleAttempt, "it changed in the meantime").hint("try again")
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use moss_api::Role;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};
    use proptest::test_runner::{Config, TestRunner};

    use super::*;
    use crate::domain::work::transition::{Transition, legal_moves};
    use crate::store::sub_tasks;
    use crate::store::sub_tasks::sample::{any_sub_task, scratch};

    static ME: LazyLock<Caller> = LazyLock::new(|| Caller::new("me"));

    fn all() -> [Requirement<'static>; 9] {
        [
            Requirement::Legal,
            Requirement::Holder("me"),
            Requirement::Attempt(1),
            Requirement::Claimable,
            Requirement::NotOwnWork("me"),
            Requirement::Shown(&ME),
            Requirement::NotTooOld,
            Requirement::LeaseExpired,
            Requirement::RetryDue,
        ]
    }

    /// A list without it does not compile, so that none is left out of [`all`].
    fn number(requirement: Requirement<'_>) -> usize {
        match requirement {
            Requirement::Legal => 0,
            Requirement::Holder(_) => 1,
            Requirement::Attempt(_) => 2,
            Requirement::Claimable => 3,
            Requirement::NotOwnWork(_) => 4,
            Requirement::Shown(_) => 5,
            Requirement::NotTooOld => 6,
            Requirement::LeaseExpired => 7,
            Requirement::RetryDue => 8,
        }
    }

    #[test]
    fn every_requirement_is_tried() {
        let numbers: Vec<usize> = all().iter().map(|requirement| number(*requirement)).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }

    /// The UPDATE happens exactly when no requirement explains a refusal. Were a guard weaker than
    /// its explanation or an explanation weaker than its guard, a caller would get what it may not
    /// have, or a no without its reason.
    #[test]
    fn guards_and_explanations_agree() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _inside = runtime.enter();
        let (_folder, _store, tx) = runtime.block_on(scratch());
        let some = subsequence(all()[1..].to_vec(), 0..=3);
        let action = (select(Action::ALL), select(Role::ALL))
            .prop_filter("for this role", |(action, role)| legal_moves(*action, *role).is_ok());
        let shown = proptest::option::of(0_i64..3);
        let case = (any_sub_task(), some, action, any::<bool>(), shown);
        TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(1_000) })
            .run(&case, |(row, requirements, (action, role), worked, shown)| {
                let moves = legal_moves(action, role).unwrap();
                let mut transition = Transition::new(role, action, &row.id);
                transition.requirements.extend(requirements);
                let (refusals, happened) = runtime.block_on(async {
                    sub_tasks::insert(&tx, vec![row.clone()]).await.unwrap();
                    if worked {
                        attempts::open(&tx, &row.id, 1, "me", None);
                    }
                    if let Some(attempt) = shown {
                        looks::note(&tx, &ME, &row.id, attempt, true).await.unwrap();
                    }
                    tx.flush().await.unwrap();
                    let mut refusals = Vec::new();
                    for one in &transition.requirements {
                        refusals.extend(one.refusal(&tx, &row, action, &moves).await.unwrap());
                    }
                    (refusals, transition.try_run(&tx).await.unwrap().is_some())
                });
                prop_assert_eq!(happened, refusals.is_empty(), "{:?}", refusals);
                Ok(())
            })
            .unwrap();
    }
}
