//! When what an agent's timer was handed is offered again.

use std::time::Duration;

use moss_api::Timestamp;

use crate::store::entity::offer::Model;

/// Work that nothing came of is offered again after this long at the latest.
pub(super) const LONGEST: Duration = Duration::from_secs(60 * 60);
/// How often a timer asks, as long as that was not measured.
const TICK: Duration = Duration::from_secs(5 * 60);
/// A timer that asks more often than that is measured wrongly.
const SHORTEST_TICK: Duration = Duration::from_secs(30);

/// How often the timer asks: as measured now, or before, or as it usually does.
pub(super) fn tick(measured: Option<Duration>, before: Option<&Model>) -> Duration {
    let kept = before.and_then(|offer| u64::try_from(offer.tick?).ok()).map(Duration::from_micros);
    measured.or(kept).unwrap_or(TICK).clamp(SHORTEST_TICK, LONGEST)
}

/// When the next packet may go out: no sooner than an hour after the last to whoever has left
/// `ignored_after` in a row unanswered, at once when nothing is unanswered or there is news, and
/// else after 1, 2, 4 … ticks.
pub(super) fn due(offer: &Model, is_news: bool, tick: Duration, ignored_after: i64) -> Timestamp {
    if offer.in_a_row == 0 {
        return offer.offered_at.0;
    }
    if offer.in_a_row >= ignored_after {
        return offer.offered_at.0 + LONGEST;
    }
    if is_news {
        return offer.offered_at.0;
    }
    let doublings = u32::try_from(offer.unanswered.clamp(1, 32) - 1).unwrap_or(0);
    let wait = tick.checked_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX));
    offer.offered_at.0 + wait.unwrap_or(LONGEST).min(LONGEST)
}

/// Whether it is time: a timer that is a little early is not sent away for a whole tick.
pub(super) fn is_time(due: Timestamp, now: Timestamp, tick: Duration) -> bool {
    now + tick / 2 >= due
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::At;

    const START: Timestamp = Timestamp::from_micros(0);
    const MINUTE: u64 = 60;

    fn offer(unanswered: i64, in_a_row: i64) -> Model {
        Model {
            agent_id: "a".to_owned(),
            asked: "x".to_owned(),
            shown: String::new(),
            offered_at: At(START),
            unanswered,
            in_a_row,
            tick: None,
            question: None,
        }
    }

    fn wait(unanswered: i64, in_a_row: i64, is_news: bool, minutes: u64) -> u64 {
        let tick = Duration::from_secs(minutes * MINUTE);
        due(&offer(unanswered, in_a_row), is_news, tick, 6).since(START).as_secs() / MINUTE
    }

    #[test]
    fn the_same_work_waits_twice_as_long_each_time_up_to_an_hour() {
        let waits: Vec<_> = (1..6).map(|n| wait(n, n, false, 5)).collect();
        assert_eq!(waits, [5, 10, 20, 40, 60]);
        assert_eq!(wait(5, 5, false, 10), 60);
        assert_eq!(wait(i64::MAX, 5, false, 10), 60, "no number is too large");
    }

    #[test]
    fn news_and_an_answer_end_the_wait_but_not_for_whoever_answers_nothing() {
        assert_eq!((wait(0, 0, false, 5), wait(3, 3, true, 5)), (0, 0));
        assert_eq!((wait(1, 6, true, 5), wait(1, 6, false, 5)), (60, 60));
    }

    #[test]
    fn a_timer_that_is_a_little_early_is_in_time() {
        let (tick, due) = (Duration::from_secs(600), START + Duration::from_secs(600));
        assert!(is_time(due, START + Duration::from_secs(595), tick));
        assert!(!is_time(due, START + Duration::from_secs(295), tick));
    }

    #[test]
    fn a_tick_is_what_was_measured_or_kept_or_usual_and_within_reason() {
        let kept = Model { tick: Some(600_000_000), ..offer(1, 1) };
        let seconds = |measured: Option<u64>, before| {
            tick(measured.map(Duration::from_secs), before).as_secs()
        };
        assert_eq!(seconds(Some(900), Some(&kept)), 900);
        assert_eq!(seconds(None, Some(&kept)), 600);
        assert_eq!(seconds(None, None), 300);
        assert_eq!((seconds(Some(1), None), seconds(Some(86_400), None)), (30, 3_600));
    }
}
