//! Judging: one verdict and one reward per sub-task and round (invariant 5), never on one's own
//! work, never on an attempt that is over (invariant 9).

use std::collections::HashSet;

use moss_api::{
    Action, BlockClass, ErrorCode, LeftoverKind, MAX_REVIEW_SCORE, MIN_REVIEW_SCORE, NextStep,
    NoticeKind, SubTaskStatus, Verdict, quoted, short_id,
};

use crate::domain::outbox::announce;
use crate::domain::planning::leftovers::note;
use crate::domain::planning::tasks::count_final;
use crate::domain::resolve::{agent, executor, within};
use crate::domain::work::requirement::Requirement;
use crate::domain::work::step_up::{Step, Trouble, step_up};
use crate::domain::work::transition::{Transition, asked_by, legal_moves, whole_id};
use crate::domain::{Actor, Command, Error, Refusal, must_be_active};
use crate::store::attempts::Ending;
use crate::store::entity::sub_task::Model;
use crate::store::entity::{review, reward};
use crate::store::idempotency::Caller;
use crate::store::sub_tasks::{self, Change};
use crate::store::{At, Tx, Word, attempts, events, looks, new_id, reviews, tasks};

/// Give what was handed in its verdict.
pub struct Review {
    /// Who judges.
    pub actor: Actor,
    /// An id or its beginning.
    pub sub_task: String,
    /// The judgement.
    pub verdict: Verdict,
    /// 1 to 5.
    pub score: i64,
    /// What is wrong; needed for a rejection.
    pub issues: String,
    /// Anything else.
    pub comment: String,
    /// Somebody else to rework it.
    pub rework_agent: Option<String>,
    /// The attempt that is judged; none for the one the reviewer was shown last.
    pub attempt: Option<i64>,
    /// What is to be done besides, for the planner.
    pub follow_up: Option<String>,
}

impl Command for Review {
    type Output = moss_api::Review;

    async fn run(&self, tx: &Tx) -> Result<moss_api::Review, Error> {
        let record = moss_api::Review::from(self.judge(tx).await?.0);
        let waiting =
            sub_tasks::count_in(tx.db(), SubTaskStatus::Review, WAITING_COUNT_CAP).await?;
        let next_waiting = match waiting {
            0 => None,
            _ => self.next(tx).await?,
        };
        Ok(moss_api::Review { waiting: Some(waiting), next_waiting, ..record })
    }
}

/// How far those that still wait are counted.
const WAITING_COUNT_CAP: u64 = 100;
/// How far they are read to find one that is not the reviewer's own work.
const NEXT_WINDOW: u64 = 60;

impl Review {
    /// What has waited longest of what the reviewer may judge.
    async fn next(&self, tx: &Tx) -> Result<Option<String>, Error> {
        let waiting = sub_tasks::oldest_in(tx.db(), SubTaskStatus::Review, NEXT_WINDOW).await?;
        let own = attempts::worked_on(tx.db(), &self.actor.id, &waiting).await?;
        Ok(waiting.into_iter().find(|id| !own.contains(id)))
    }

    /// The verdict's row and the sub-task as it stands then.
    pub(in crate::domain) async fn judge(&self, tx: &Tx) -> Result<(review::Model, Model), Error> {
        let action = match self.verdict {
            Verdict::Approved => Action::Approve,
            Verdict::Rejected => Action::Reject,
        };
        legal_moves(action, self.actor.role)?;
        within("score", self.score, MIN_REVIEW_SCORE..=MAX_REVIEW_SCORE)?;
        if self.verdict == Verdict::Rejected && self.issues.trim().is_empty() {
            return Err(Refusal::bad_value("issues", "a rejection says what is wrong").into());
        }
        let id = whole_id(tx, &self.sub_task).await?;
        let rework_agent = self.rework_agent(tx, &id).await?;
        let before = reviews::last_of(tx.db(), std::slice::from_ref(&id)).await?.remove(&id);
        tasks::lock_of(tx, &id).await?;
        let mut row = self.transition(tx, &id, action).await?;
        let judged_by_rework = i64::from(self.verdict == Verdict::Approved);
        let round = row.rework_count + judged_by_rework;
        let worker = row.assigned_agent.clone();
        if let Some(agent) = rework_agent.clone() {
            self.hand_over(tx, &mut row, agent).await?;
        }
        let verdict = review::Model {
            id: new_id(),
            sub_task_id: id.clone(),
            reviewer_agent: self.actor.id.clone(),
            round,
            attempt: row.attempt,
            result: Word(self.verdict),
            score: self.score,
            issues: self.issues.clone(),
            comment: self.comment.clone(),
            rework_agent,
            created_at: At(tx.now),
        };
        if !reviews::insert(tx, verdict.clone()).await? {
            return Err(already_judged(&id, round).into());
        }
        looks::forget(tx, &Caller::from(&self.actor), &id).await?;
        self.reward(tx, worker, &verdict).await?;
        if self.verdict == Verdict::Approved {
            count_final(tx, &row.task_id, true).await?;
            sub_tasks::free_dependents(tx, &row).await?;
        } else {
            let (id, name, by) = (short_id(&id), quoted(&row.name), quoted(&self.actor.name));
            let text = format!(
                "sub-task {id} {name} was rejected by {by} in round {round}, with {}/{MAX_REVIEW_SCORE}",
                self.score
            );
            announce(tx, NoticeKind::ReviewRejected, &row, text).await?;
        }
        let detail = format!("round {round}: {}/{MAX_REVIEW_SCORE}", self.score);
        events::record(tx, &row, self.actor.did(action.as_str(), detail));
        let follow_up = self.follow_up.as_deref().unwrap_or_default();
        note(tx, &row, LeftoverKind::FollowUp, &self.actor, follow_up).await?;
        if self.verdict == Verdict::Approved {
            note(tx, &row, LeftoverKind::Remark, &self.actor, &self.comment).await?;
        }
        if let Some(reason) = self.goes_round(tx, &row, before).await? {
            row = self.step_up(tx, &row, reason).await?;
        }
        Ok((verdict, row))
    }

    /// Why it does not come to an end, if it does not: too many rejections since it went up last, or
    /// the same issue twice in a row. A reviewer who names another to rework it has taken the first
    /// step with that, and no further one.
    async fn goes_round(
        &self,
        tx: &Tx,
        row: &Model,
        before: Option<review::Model>,
    ) -> Result<Option<String>, Error> {
        if self.verdict != Verdict::Rejected {
            return Ok(None);
        }
        let rounds = row.rework_count - row.step_rework_count;
        if rounds >= tx.timings.recovery.rework_rounds {
            return Ok(Some(format!("rejected {rounds} times in a row")));
        }
        let before = before.filter(|review| {
            review.result.0 == Verdict::Rejected && review.round > row.step_rework_count
        });
        Ok(before.filter(|before| same_issue(&before.issues, &self.issues)).map(|before| {
            format!(
                "rejected for the same issue in rounds {} and {}",
                before.round, row.rework_count
            )
        }))
    }

    async fn step_up(&self, tx: &Tx, row: &Model, reason: String) -> Result<Model, Error> {
        let trouble = Trouble {
            class: BlockClass::Rework,
            reason: format!("{reason}; the last time: {}", self.issues),
            requirements: vec![Requirement::Legal, Requirement::Attempt(row.attempt)],
            only_from: Some(SubTaskStatus::Rework),
            outcome: Action::PassOn,
            handed_in: Ending::default(),
        };
        step_up(tx, row, Step::after(row.step), trouble).await
    }

    async fn transition(&self, tx: &Tx, id: &str, action: Action) -> Result<Model, Error> {
        let mut requirements = asked_by(None, self.attempt);
        requirements.push(Requirement::NotOwnWork(&self.actor.id));
        let caller = Caller::from(&self.actor);
        if self.attempt.is_none() {
            requirements.push(Requirement::Shown(&caller));
        }
        let change = match self.verdict {
            Verdict::Approved => Change::Completed(tx.now),
            Verdict::Rejected => Change::Rework,
        };
        let transition = Transition {
            requirements,
            changes: vec![change],
            ..Transition::new(self.actor.role, action, id)
        };
        if let Some(row) = transition.try_run(tx).await? {
            return Ok(row);
        }
        let refusal = transition.explain(tx).await?;
        if refusal.code == ErrorCode::IllegalTransition {
            let last = reviews::last_of(tx.db(), std::slice::from_ref(&id.to_owned())).await?;
            if let Some(review) = last.get(id) {
                return Err(already_judged(id, review.round).into());
            }
        }
        Err(refusal.into())
    }

    /// Who is to rework it instead. Found before anything is changed, but complained about only
    /// when there is something to judge, as the contract orders its checks.
    async fn rework_agent(&self, tx: &Tx, id: &str) -> Result<Option<String>, Error> {
        let wanted = self.rework_agent.as_deref().filter(|agent| !agent.is_empty());
        let Some(wanted) = wanted else { return Ok(None) };
        match executor(tx.db(), wanted).await {
            Ok(agent) => Ok(Some(agent.id)),
            Err(Error::Refused(refusal)) => match sub_tasks::find(tx.db(), id).await? {
                Some(row) if row.status.0 == SubTaskStatus::Review => Err(refusal.into()),
                _ => Ok(None),
            },
            Err(fault @ Error::Database(_)) => Err(fault),
        }
    }

    /// Gives a rejected sub-task to somebody else.
    async fn hand_over(&self, tx: &Tx, row: &mut Model, agent: String) -> Result<(), Error> {
        if self.verdict == Verdict::Rejected {
            sub_tasks::hand_over(tx, row, agent).await?;
        }
        Ok(())
    }

    async fn reward(
        &self,
        tx: &Tx,
        worker: Option<String>,
        verdict: &review::Model,
    ) -> Result<(), Error> {
        let (Some(agent_id), Some(score_delta)) = (worker, moss_api::reward(self.score)) else {
            return Ok(());
        };
        let line = reward::Model {
            id: new_id(),
            agent_id,
            sub_task_id: Some(verdict.sub_task_id.clone()),
            review_id: Some(verdict.id.clone()),
            reason: format!(
                "{} in round {} with {}/{MAX_REVIEW_SCORE}",
                self.verdict, verdict.round, self.score
            ),
            score_delta,
            created_at: At(tx.now),
        };
        reviews::reward(tx, line).await?;
        Ok(())
    }
}

/// Whether two rejections name the same issue: a whole line of some length, whatever its case, spaces
/// and marks.
fn same_issue(one: &str, other: &str) -> bool {
    let issues = |text: &str| -> HashSet<String> {
        let plain = |line: &str| -> String {
            line.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        text.lines().map(plain).filter(|line| line.chars().count() >= SHORTEST_ISSUE).collect()
    };
    !issues(one).is_disjoint(&issues(other))
}

/// Letters and digits that a line has at least which says something by itself.
const SHORTEST_ISSUE: usize = 10;

fn already_judged(id: &str, round: i64) -> Refusal {
    Refusal::new(
        ErrorCode::AlreadyJudged,
        format!("round {round} of sub-task {} has its verdict", short_id(id)),
    )
    .next(NextStep::ListReviews)
}

/// A verdict of the person in charge, in the place of a reviewer, on the attempt that they were shown.
pub struct JudgeInPlaceOf {
    /// The reviewer: an id, its beginning, or a name.
    pub reviewer: String,
    /// An id or its beginning.
    pub sub_task: String,
    /// The attempt that is judged.
    pub attempt: i64,
    /// The judgement.
    pub verdict: Verdict,
    /// 1 to 5.
    pub score: i64,
    /// What is wrong; needed for a rejection.
    pub issues: String,
    /// Anything else.
    pub comment: String,
}

impl Command for JudgeInPlaceOf {
    type Output = moss_api::Review;

    async fn run(&self, tx: &Tx) -> Result<Self::Output, Error> {
        let reviewer = agent(tx.db(), &self.reviewer).await?;
        let status = reviewer.status.0;
        let actor = Actor::in_place_of(reviewer);
        must_be_active(&actor.id, &actor.name, status)?;
        let review = Review {
            actor,
            sub_task: self.sub_task.clone(),
            verdict: self.verdict,
            score: self.score,
            issues: self.issues.clone(),
            comment: self.comment.clone(),
            rework_agent: None,
            attempt: Some(self.attempt),
            follow_up: None,
        };
        review.run(tx).await
    }
}

/// The original's `complete` and `rework` routes: a verdict with a default score, answered with
/// the sub-task instead of the review.
pub struct ReviewByPrefix(pub Review);

impl Command for ReviewByPrefix {
    type Output = moss_api::SubTask;

    async fn run(&self, tx: &Tx) -> Result<Self::Output, Error> {
        Ok(self.0.judge(tx).await?.1.into())
    }
}

#[cfg(test)]
mod tests {
    use super::same_issue;

    #[test]
    fn an_issue_is_a_line_and_not_its_spelling() {
        assert!(same_issue("page_size is ignored", "- Page_size is ignored!"));
        assert!(same_issue("a\npage_size is ignored", "page_size is  ignored.\nno tests"));
        assert!(!same_issue("page_size is ignored", "page is ignored"));
        assert!(!same_issue("no", "no"), "too short to be an issue of its own");
        assert!(same_issue("缺少空列表的测试用例与说明", "缺少空列表的测试用例与说明。"));
    }
}
