//! Changing a score by hand.

use moss_api::admin::Adjusted;
use moss_api::{MAX_SCORE_DELTA, RewardLog, Role};

use crate::domain::resolve::{agent, sub_task, within};
use crate::domain::{Actor, Command, Error, Refusal};
use crate::store::entity::reward;
use crate::store::{At, Tx, new_id, reviews};

/// Add to an agent's ledger (invariant 5).
pub struct Adjust {
    /// Who does it.
    pub actor: Actor,
    /// Whose score.
    pub agent: String,
    /// By how much; not zero.
    pub delta: i64,
    /// Why.
    pub reason: String,
    /// What for.
    pub sub_task: Option<String>,
}

/// The same by a person, who is told the score it led to.
pub struct AdjustByAdmin(pub Adjust);

impl Adjust {
    /// By a person, who says why in a few words.
    ///
    /// # Errors
    /// When the reason says nothing, or is too long.
    pub fn by_admin(mut self) -> Result<AdjustByAdmin, Refusal> {
        self.reason = self.reason.trim().to_owned();
        if self.reason.is_empty() {
            return Err(Refusal::bad_value("reason", "says nothing"));
        }
        if self.reason.chars().count() > MAX_REASON {
            let problem = format!("has more than {MAX_REASON} characters");
            return Err(Refusal::bad_value("reason", problem));
        }
        Ok(AdjustByAdmin(self))
    }
}

/// Longest reason a person may give, in characters: what is kept is a little longer, and 100 at most.
pub const MAX_REASON: usize = 80;

impl Command for AdjustByAdmin {
    type Output = Adjusted;

    async fn run(&self, tx: &Tx) -> Result<Adjusted, Error> {
        let line = self.0.run(tx).await?;
        let agent = agent(tx.db(), &line.agent_id).await?;
        Ok(Adjusted { line, current_total_score: agent.total_score })
    }
}

impl Command for Adjust {
    type Output = RewardLog;

    async fn run(&self, tx: &Tx) -> Result<RewardLog, Error> {
        self.actor.must_be(&[Role::Reviewer, Role::Planner])?;
        within("score_delta", self.delta, -MAX_SCORE_DELTA..=MAX_SCORE_DELTA)?;
        if self.delta == 0 {
            return Err(Refusal::bad_value("score_delta", "must not be 0").into());
        }
        let agent = agent(tx.db(), &self.agent).await?;
        let about = match self.sub_task.as_deref().filter(|id| !id.is_empty()) {
            None => None,
            Some(text) => Some(sub_task(tx.db(), text).await?.id),
        };
        let row = reward::Model {
            id: new_id(),
            agent_id: agent.id,
            sub_task_id: about,
            review_id: None,
            reason: format!("[adjusted by {}] {}", self.actor.told(), self.reason),
            score_delta: self.delta,
            created_at: At(tx.now),
        };
        reviews::reward(tx, row.clone()).await?;
        Ok(row.into())
    }
}
