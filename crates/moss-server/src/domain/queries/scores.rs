//! Scores and their ledger as they are shown.

use moss_api::{LeaderboardRow, Page, RewardLog, ScoreSummary};

use crate::domain::queries::{Agent, Db, PageRequest, Sort, agents};
use crate::domain::{Error, resolve};
use crate::store::reviews;

/// The ledger of one agent.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Whose.
    pub agent: Agent,
    /// By when its lines were written.
    pub sort: Sort,
    /// Which page.
    pub page: PageRequest,
}

impl Ledger {
    /// Reads a page.
    ///
    /// # Errors
    /// When several agents begin so.
    pub async fn run(self, db: &Db) -> Result<Page<RewardLog>, Error> {
        let agent = self.agent.id(db).await?;
        Ok(reviews::ledger(db, &agent, self.sort, self.page).await?.map(RewardLog::from))
    }
}

/// Score, rank and ledger counts of the agent with this id.
///
/// # Errors
/// When there is none.
pub async fn summary(db: &Db, agent: &str) -> Result<ScoreSummary, Error> {
    Ok(reviews::summary(db, &agents::by_id(db, agent).await?).await?)
}

/// Score, rank and ledger counts of the agent a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn summary_of(db: &Db, text: &str) -> Result<ScoreSummary, Error> {
    Ok(reviews::summary(db, &resolve::agent(db, text).await?).await?)
}

/// All agents by score, best first; ties by registration.
pub async fn leaderboard(db: &Db) -> Result<Vec<LeaderboardRow>, Error> {
    Ok(crate::store::agents::leaderboard(db).await?)
}
