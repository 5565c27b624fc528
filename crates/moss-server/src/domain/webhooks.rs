//! Webhooks: what people are to be told goes from the outbox to every webhook there is. At least once:
//! a delivery that was not seen to arrive is tried again, later each time, and given up at last, where
//! an admin finds it.
//!
//! A try is claimed by a guarded write, so that of several servers one makes it; whoever dies while it
//! is under way has it counted as failed.

use std::time::Duration;

use moss_api::{Delivery, DeliveryState, ErrorCode, Notice, NoticeKind, Page, Timestamp, short_id};
use serde::{Deserialize, Serialize};

use crate::domain::queries::{Db, PageRequest};
use crate::domain::{Command, Error, Refusal, resolve};
use crate::store::deliveries::{self, Course};
use crate::store::entity::delivery;
use crate::store::{Reads, Tx, notices};

/// Notices that are put on their way at once, and deliveries that are under way.
const AT_ONCE: u64 = 16;
/// A try that is under way for as long counts as failed. Longer than any lasts.
const UNDER_WAY: Duration = Duration::from_secs(60);
/// The wait after the first try; each is twice as long as the one before.
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 60 * 60);
/// After so many tries a delivery is given up: within a day.
const MOST_TRIES: i64 = 14;
/// Most characters of what came of a try.
const PROBLEM_CHARS: usize = 190;

/// Whether there is a notice to be put on its way, or a try to be made.
///
/// # Errors
/// When the database fails.
pub async fn is_due<C: Reads>(db: &C, now: Timestamp) -> Result<bool, Error> {
    Ok(!notices::to_post(db, 1).await?.is_empty() || !deliveries::due(db, now, 1).await?.is_empty())
}

/// What a receiver is sent, in the form of the Standard Webhooks specification.
#[derive(Debug, Serialize)]
pub struct Message {
    /// What came to pass; `test` when nothing did.
    #[serde(rename = "type")]
    kind: String,
    /// When.
    timestamp: Timestamp,
    data: Data,
}

#[derive(Debug, Serialize)]
struct Data {
    /// The notice, as agents know it.
    id: String,
    /// One sentence of ours, with the words of others in quotes.
    text: String,
    project: String,
    task_id: Option<String>,
    sub_task_id: Option<String>,
    agent_id: Option<String>,
}

impl Message {
    /// What tells of a notice.
    pub fn of(notice: Notice, project: String) -> Self {
        let Notice { id, text, task_id, sub_task_id, agent_id, .. } = notice;
        let data = Data { id, text, project, task_id, sub_task_id, agent_id };
        Self { kind: notice.kind.to_string(), timestamp: notice.at, data }
    }

    /// What tells that webhooks arrive.
    pub fn test(id: String, project: String, now: Timestamp) -> Self {
        let text = "a test: nothing came to pass".to_owned();
        let data = Data { id, text, project, task_id: None, sub_task_id: None, agent_id: None };
        Self { kind: "test".to_owned(), timestamp: now, data }
    }

    /// Says the same each time it is sent.
    pub fn id(&self) -> &str {
        &self.data.id
    }
}

/// What is to be posted.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Post {
    /// The delivery.
    pub id: String,
    /// Where to.
    pub url: String,
    /// Which try it is, from 1.
    pub tries: i64,
    /// What is told.
    pub notice: Notice,
}

/// What one round of posting begins with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Begun {
    /// The tries to make now.
    pub posts: Vec<Post>,
    /// So many notices were put on their way.
    pub sent: u64,
}

/// Put new notices on their way, and take the tries that are due upon oneself.
pub struct Begin {
    /// Where notices are posted, as it is now.
    pub urls: Vec<String>,
    /// What people want to hear of.
    pub kinds: Vec<NoticeKind>,
}

impl Command for Begin {
    type Output = Begun;

    async fn run(&self, tx: &Tx) -> Result<Begun, Error> {
        let mut sent = 0;
        for notice in notices::to_post(tx.db(), AT_ONCE).await? {
            if !notices::post(tx, &notice.id).await? {
                continue;
            }
            sent += 1;
            if self.kinds.contains(&notice.kind.0) {
                deliveries::add(tx, &notice, &self.urls).await?;
            }
        }
        tx.flush().await?;
        let mut posts = Vec::new();
        for row in deliveries::due(tx.db(), tx.now, AT_ONCE).await? {
            posts.extend(self.take(tx, row).await?);
        }
        Ok(Begun { posts, sent })
    }
}

impl Begin {
    /// Takes a try upon oneself, unless another server has, or nobody is posted to there any more.
    async fn take(&self, tx: &Tx, row: delivery::Model) -> Result<Option<Post>, Error> {
        let was = (DeliveryState::Pending, row.tries);
        let notice = notices::find(tx.db(), &row.notice_id).await?;
        let Some(notice) = notice.filter(|_| self.urls.contains(&row.url)) else {
            let problem = "it is no webhook any more";
            deliveries::move_on(tx, &row.id, was, given_up(row.tries, problem.to_owned())).await?;
            return Ok(None);
        };
        let tries = row.tries + 1;
        let under_way = Course {
            state: DeliveryState::Pending,
            tries,
            next_at: Some(tx.now + UNDER_WAY),
            problem: row.problem,
        };
        let is_ours = deliveries::move_on(tx, &row.id, was, under_way).await?;
        Ok(is_ours.then(|| Post { id: row.id, url: row.url, tries, notice: notice.into() }))
    }
}

fn given_up(tries: i64, problem: String) -> Course {
    Course { state: DeliveryState::Dead, tries, next_at: None, problem: Some(problem) }
}

/// Why a post did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In words of ours.
    pub problem: String,
    /// How long the receiver asks to be left alone.
    pub retry_after: Option<Duration>,
    /// The receiver says that it is gone for good.
    pub is_gone: bool,
}

/// Note what came of a try.
pub struct Settle {
    /// The delivery.
    pub id: String,
    /// Which try it was.
    pub tries: i64,
    /// What came of it.
    pub outcome: Result<(), Failure>,
}

impl Command for Settle {
    /// Whether it was given up.
    type Output = bool;

    async fn run(&self, tx: &Tx) -> Result<bool, Error> {
        let course = self.course(tx.now);
        let state = course.state;
        // A try that took too long has been taken from us: whoever has it says what comes of it.
        let was = (DeliveryState::Pending, self.tries);
        let is_noted = deliveries::move_on(tx, &self.id, was, course).await?;
        Ok(is_noted && state == DeliveryState::Dead)
    }
}

impl Settle {
    fn course(&self, now: Timestamp) -> Course {
        let tries = self.tries;
        let Err(Failure { problem, retry_after, is_gone }) = &self.outcome else {
            let state = DeliveryState::Delivered;
            return Course { state, tries, next_at: None, problem: None };
        };
        let problem = moss_api::clip(problem, PROBLEM_CHARS);
        if *is_gone || tries >= MOST_TRIES {
            return given_up(tries, problem);
        }
        let wait = backoff(tries).max(retry_after.unwrap_or_default()).min(LONGEST_WAIT);
        Course {
            state: DeliveryState::Pending,
            tries,
            next_at: Some(now + wait),
            problem: Some(problem),
        }
    }
}

/// The wait after so many tries.
fn backoff(tries: i64) -> Duration {
    let doubled = u32::try_from(tries - 1).ok().and_then(|n| 2_u32.checked_pow(n));
    let wait = doubled.and_then(|n| FIRST_WAIT.checked_mul(n));
    wait.map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT))
}

/// Try a delivery again that was given up, from the beginning.
pub struct TryAgain {
    /// An id or its beginning.
    pub id: String,
}

impl Command for TryAgain {
    type Output = Delivery;

    async fn run(&self, tx: &Tx) -> Result<Delivery, Error> {
        let row = self.named(tx).await?;
        let was = (DeliveryState::Dead, row.tries);
        let again = Course {
            state: DeliveryState::Pending,
            tries: 0,
            next_at: Some(tx.now),
            problem: row.problem,
        };
        if !deliveries::move_on(tx, &row.id, was, again).await?
            && row.state.0 == DeliveryState::Delivered
        {
            let detail = format!("delivery {} has arrived", short_id(&row.id));
            return Err(Refusal::new(ErrorCode::IllegalTransition, detail).into());
        }
        // One that is on its way is on its way.
        Ok(self.named(tx).await?.into())
    }
}

impl TryAgain {
    async fn named(&self, tx: &Tx) -> Result<delivery::Model, Error> {
        let id = resolve::delivery_id(tx.db(), &self.id).await?;
        let row = deliveries::find(tx.db(), &id).await?;
        Ok(row.ok_or_else(|| Refusal::not_found("delivery", &self.id))?)
    }
}

/// A page of deliveries, newest first: of one state, or of all.
///
/// # Errors
/// When there is no such state, or the database fails.
pub async fn list(
    db: &Db,
    state: Option<&str>,
    page: PageRequest,
) -> Result<Page<Delivery>, Error> {
    let state =
        state.map(|word| word.parse().map_err(|problem| Refusal::bad_value("state", problem)));
    let state = state.transpose()?;
    Ok(deliveries::list(db, state, page).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn after(tries: i64, retry_after: Option<u64>) -> Course {
        let retry_after = retry_after.map(Duration::from_secs);
        let failure = Failure { problem: "no".to_owned(), retry_after, is_gone: false };
        Settle { id: String::new(), tries, outcome: Err(failure) }.course(NOW)
    }

    #[test]
    fn each_wait_is_twice_as_long_until_it_is_given_up_within_a_day() {
        let waits: Vec<u64> = (1..MOST_TRIES)
            .map(|tries| after(tries, None).next_at.unwrap().since(NOW).as_secs())
            .collect();
        assert_eq!(waits[..4], [10, 20, 40, 80]);
        assert_eq!(waits.last(), Some(&LONGEST_WAIT.as_secs()));
        assert!((12 * 3_600..24 * 3_600).contains(&waits.iter().sum::<u64>()), "{waits:?}");
        assert_eq!(after(MOST_TRIES, None).state, DeliveryState::Dead);
    }

    #[test]
    fn a_receiver_may_ask_for_time_but_not_for_ever() {
        assert_eq!(after(1, Some(120)).next_at, Some(NOW + Duration::from_secs(120)));
        assert_eq!(after(1, Some(1)).next_at, Some(NOW + FIRST_WAIT));
        assert_eq!(after(1, Some(1 << 40)).next_at, Some(NOW + LONGEST_WAIT));
    }
}
