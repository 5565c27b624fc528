//! What days that are over have counted, remembered: of a month one day is still to be counted.
//!
//! Hardly anything changes them any more, but that old requests are thrown away. So what is told of
//! them may be an hour old. The server counts those of its own time zone before anybody looks, and again
//! before they are an hour old.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use moss_api::Timestamp;

use crate::domain::Error;
use crate::store::DbErr;
use crate::store::listed::days::{Days, Deltas, Verdicts};

/// How long a count is believed.
const BELIEVED: Duration = Duration::from_secs(60 * 60);
/// How often the days are to be counted so that each is always remembered.
pub const RECOUNT: Duration = Duration::from_secs(55 * 60);
/// A write may be committed so long after the time it says.
const SETTLED: Duration = Duration::from_secs(60);
/// Days remembered of one kind of count, at most: each time zone has days of its own.
const MOST_DAYS: usize = 4_096;

/// By kind of count.
#[derive(Default)]
pub struct PastDays {
    /// Sub-tasks made.
    pub made: Memory<i64>,
    /// Sub-tasks approved.
    pub approved: Memory<i64>,
    /// Verdicts.
    pub verdicts: Memory<Verdicts>,
    /// What scores gained and lost.
    pub deltas: Memory<Deltas>,
    /// Requests of agents.
    pub requests: Memory<i64>,
    /// Entries of the activity log.
    pub logs: Memory<i64>,
}

impl PastDays {
    /// Believes what was counted just now, in place of what was remembered of the same days.
    pub fn take_over(&self, counted: Self) {
        self.made.take_over(counted.made);
        self.approved.take_over(counted.approved);
        self.verdicts.take_over(counted.verdicts);
        self.deltas.take_over(counted.deltas);
        self.requests.take_over(counted.requests);
        self.logs.take_over(counted.logs);
    }
}

/// When a day begins and ends.
type Day = (Timestamp, Timestamp);

/// What one kind of count was, and when it was counted, by day.
pub struct Memory<T>(Mutex<BTreeMap<Day, (Timestamp, T)>>);

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Copy> Memory<T> {
    /// What each of these days counts, the last of which is not over. Only those that are not
    /// remembered are asked for.
    ///
    /// # Errors
    /// When asking fails.
    pub async fn counted<C>(
        &self,
        db: &C,
        days: &[Timestamp],
        now: Timestamp,
        ask: impl AsyncFnOnce(&C, Days<'_>) -> Result<Vec<T>, DbErr>,
    ) -> Result<Vec<T>, Error> {
        let mut counts = self.remembered(days, now);
        let asked = days.get(counts.len()..).unwrap_or_default();
        let new = ask(db, Days(asked)).await?;
        self.remember(asked, &new, now);
        counts.extend(new);
        Ok(counts)
    }

    /// The first days, as far as they are remembered.
    fn remembered(&self, days: &[Timestamp], now: Timestamp) -> Vec<T> {
        let memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = |day: Day| memory.get(&day).filter(|(at, _)| now < *at + BELIEVED);
        over(days).map_while(|day| count(day).map(|(_, count)| *count)).collect()
    }

    fn take_over(&self, counted: Self) {
        let counted = counted.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(counted);
    }

    fn remember(&self, days: &[Timestamp], counts: &[T], now: Timestamp) {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() >= MOST_DAYS {
            memory.clear();
        }
        let settled = over(days).zip(counts).filter(|((_, ends), _)| *ends + SETTLED < now);
        memory.extend(settled.map(|(day, count)| (day, (now, *count))));
    }
}

/// All days but the last.
fn over(days: &[Timestamp]) -> impl Iterator<Item = Day> {
    days.iter().copied().zip(days.iter().copied().skip(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_micros(hour * 3_600_000_000)
    }

    #[tokio::test]
    async fn days_that_are_over_are_counted_once_an_hour() {
        let (memory, days) = (Memory::<i64>::default(), [at(0), at(24), at(48)]);
        let ask = async |now, answer: Vec<i64>| {
            let wanted = answer.len();
            let asked = async |(): &(), days: Days<'_>| {
                assert_eq!(days.0.len(), wanted, "so many are asked for");
                Ok(answer)
            };
            memory.counted(&(), &days, now, asked).await.unwrap()
        };
        // The second has ended just now: somebody may still be writing.
        assert_eq!(ask(at(48), vec![1, 2, 3]).await, [1, 2, 3]);
        assert_eq!(ask(at(48) + SETTLED + SETTLED, vec![4, 5]).await, [1, 4, 5]);
        assert_eq!(ask(at(48) + SETTLED + SETTLED, vec![6]).await, [1, 4, 6]);
        assert_eq!(ask(at(49), vec![7, 8, 9]).await, [7, 8, 9], "an hour is over for the first");
        assert_eq!(ask(at(50), vec![1, 1, 1]).await, [1, 1, 1]);
    }

    #[test]
    fn what_was_counted_just_now_is_believed_in_place_of_what_was_before() {
        let (past, counted) = (PastDays::default(), PastDays::default());
        let days = [at(0), at(24)];
        past.logs.remember(&days, &[1], at(25));
        counted.logs.remember(&days, &[2], at(25) + RECOUNT);
        past.take_over(counted);
        assert_eq!(past.logs.remembered(&days, at(26)), [2], "as old as the second count");
    }
}
