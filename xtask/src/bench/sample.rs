//! What many timings come to.

use std::fmt;
use std::time::Duration;

/// Timings in ascending order.
pub struct Sample(Vec<Duration>);

impl FromIterator<Duration> for Sample {
    fn from_iter<I: IntoIterator<Item = Duration>>(timings: I) -> Self {
        let mut timings: Vec<_> = timings.into_iter().collect();
        timings.sort_unstable();
        Self(timings)
    }
}

impl Sample {
    /// The timing that `percent` of all do not exceed; zero when there are none.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// The one in the middle.
    pub fn median(&self) -> Duration {
        self.percentile(50)
    }
}

/// A duration in milliseconds, with as many digits as mean something.
pub struct Ms(pub Duration);

impl fmt::Display for Ms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0.as_secs_f64() * 1e3;
        if ms < 10.0 { write!(f, "{ms:.2} ms") } else { write!(f, "{ms:.1} ms") }
    }
}

/// How many times the second fits into the first.
pub fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64().max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank() {
        let sample: Sample = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(sample.median(), Duration::from_millis(100));
        assert_eq!(sample.percentile(99), Duration::from_millis(198));
        assert_eq!(sample.percentile(100), Duration::from_millis(200));
        assert_eq!(Sample::from_iter([]).median(), Duration::ZERO);
    }
}
