//! Scores as the person in charge is shown them.

use std::collections::HashMap;

use moss_api::admin::{AdminLeaderboardRow, AdminRewardLog, ScoresInShort};
use moss_api::{Page, RewardLog};

use crate::domain::Error;
use crate::domain::queries::admin::Names;
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::store::entity::{agent, reward};
use crate::store::listed::{agents as agent_rows, rewards, standings};

pub use crate::store::listed::rewards::{Sign, Which as WhichLines};
pub use crate::store::listed::standings::{By, Which};

/// The scores of all agents, in a few numbers.
pub async fn in_short(db: &Db) -> Result<ScoresInShort, Error> {
    let scores = agent_rows::scores(db).await?;
    let count = |which: fn(&i64) -> bool| scores.iter().copied().filter(which).count() as i64;
    let sum: i64 = scores.iter().fold(0, |sum, score| sum.saturating_add(*score));
    Ok(ScoresInShort {
        total_agents: count(|_| true),
        positive_score_agents: count(|score| *score > 0),
        zero_score_agents: count(|score| *score == 0),
        negative_score_agents: count(|score| *score < 0),
        top_score: scores.iter().copied().max().unwrap_or(0),
        average_score: ratio(sum, count(|_| true)),
        last_score_at: standings::last_change(db).await?,
    })
}

/// To two places; 0 of nothing.
pub(super) fn ratio(of: i64, by: i64) -> f64 {
    if by == 0 { 0.0 } else { (of as f64 * 100.0 / by as f64).round() / 100.0 }
}

impl From<agent::Model> for AdminLeaderboardRow {
    fn from(row: agent::Model) -> Self {
        Self {
            rank: 0,
            agent_id: row.id,
            agent_name: row.name,
            role: row.role.0.into(),
            status: row.status.0.into(),
            total_score: row.total_score,
            reward_count: 0,
            penalty_count: 0,
            total_records: 0,
            last_score_at: None,
            created_at: row.created_at.0,
        }
    }
}

/// Agents by their score, without what their ledgers say. Who has the same score shares a rank; it is the
/// rank among all, whichever are asked for.
pub async fn ranking(
    db: &Db,
    which: &Which,
    order: (By, Sort),
    page: PageRequest,
) -> Result<Page<AdminLeaderboardRow>, Error> {
    let mut page = standings::list::<AdminLeaderboardRow>(db, which, order, page).await?;
    let scores = agent_rows::scores(db).await?;
    for row in &mut page.items {
        row.rank = rank(&scores, row.total_score);
    }
    Ok(page)
}

/// The same, with how many lines each ledger has: all of them are counted.
pub async fn leaderboard(
    db: &Db,
    which: &Which,
    order: (By, Sort),
    page: PageRequest,
) -> Result<Page<AdminLeaderboardRow>, Error> {
    let mut page = ranking(db, which, order, page).await?;
    let ids: Vec<String> = page.items.iter().map(|row| row.agent_id.clone()).collect();
    let ledgers: HashMap<String, standings::Ledger> = standings::ledgers(db, &ids).await?;
    for row in &mut page.items {
        if let Some(ledger) = ledgers.get(&row.agent_id) {
            row.reward_count = ledger.rewards;
            row.penalty_count = ledger.penalties;
            row.total_records = ledger.lines;
            row.last_score_at = ledger.last;
        }
    }
    Ok(page)
}

/// Scores that are higher, plus 1.
pub(super) fn rank(scores: &[i64], score: i64) -> i64 {
    let above = scores.iter().filter(|other| **other > score).count();
    i64::try_from(above).unwrap_or(i64::MAX - 1) + 1
}

impl From<reward::Model> for AdminRewardLog {
    fn from(row: reward::Model) -> Self {
        Self { line: RewardLog::from(row), agent_name: None }
    }
}

/// Lines of the ledger, with whose they are.
pub async fn lines(
    db: &Db,
    which: &WhichLines,
    sort: Sort,
    page: PageRequest,
) -> Result<Page<AdminRewardLog>, Error> {
    let mut page = rewards::list::<AdminRewardLog>(db, which, sort, page).await?;
    let ids = page.items.iter().map(|row| row.line.agent_id.clone()).collect();
    let names = Names::of(db, ids, Vec::new(), Vec::new()).await?;
    for row in &mut page.items {
        row.agent_name = names.agent(Some(&row.line.agent_id));
    }
    Ok(page)
}
