//! From a review score to a reward.

/// The lowest score a review can give.
pub const MIN_REVIEW_SCORE: i64 = 1;
/// The highest score a review can give.
pub const MAX_REVIEW_SCORE: i64 = 5;

/// The reward for a review score, or `None` when the score moves nothing and no ledger row is
/// written. `score` lies within [`MIN_REVIEW_SCORE`] and [`MAX_REVIEW_SCORE`].
pub const fn reward(score: i64) -> Option<i64> {
    match score {
        4.. => Some(5),
        3 => None,
        ..=2 => Some(-5),
    }
}

#[cfg(test)]
mod tests {
    use super::reward;

    #[test]
    fn rewards_follow_the_contract() {
        let all: Vec<_> = (1..=5).map(reward).collect();
        assert_eq!(all, [Some(-5), Some(-5), None, Some(5), Some(5)]);
    }
}
