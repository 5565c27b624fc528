//! What the server counts of its requests, for `/metrics`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{Extension, Request};
use axum::middleware::Next;
use axum::response::Response;

/// Statuses are counted up to this one.
const STATUSES: usize = 600;
/// The ends of what durations are sorted into, in milliseconds.
pub(super) const BUCKETS_MS: [u64; 6] = [1, 5, 25, 100, 500, 2_500];

/// What was counted since the server started.
pub(super) struct Counted {
    started: Instant,
    by_status: Vec<AtomicU64>,
    /// Not summed up: the last one is of those that took longer than all.
    by_duration: [AtomicU64; BUCKETS_MS.len() + 1],
    micros: AtomicU64,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            by_status: (0..STATUSES).map(|_| AtomicU64::new(0)).collect(),
            by_duration: std::array::from_fn(|_| AtomicU64::new(0)),
            micros: AtomicU64::new(0),
        }
    }
}

impl Counted {
    fn add(&self, status: u16, took: std::time::Duration) {
        if let Some(count) = self.by_status.get(usize::from(status)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BUCKETS_MS.iter().position(|end| micros <= end * 1_000);
        self.by_duration[bucket.unwrap_or(BUCKETS_MS.len())].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Seconds since the server started.
    pub fn up(&self) -> u64 {
        self.started.elapsed().as_secs()
    }

    /// How often each status was answered.
    pub fn statuses(&self) -> impl Iterator<Item = (usize, u64)> {
        let read = self.by_status.iter().map(|count| count.load(Ordering::Relaxed)).enumerate();
        read.filter(|(_, count)| *count > 0)
    }

    /// How many answers took so long or less, for each end; then all of them, and their seconds.
    pub fn durations(&self) -> (Vec<u64>, u64, f64) {
        let mut sum = 0;
        let mut sums: Vec<u64> = self
            .by_duration
            .iter()
            .map(|count| {
                sum += count.load(Ordering::Relaxed);
                sum
            })
            .collect();
        let all = sums.pop().unwrap_or(0);
        (sums, all, self.micros.load(Ordering::Relaxed) as f64 / 1e6)
    }
}

/// Counts each answer when it begins: how long it is read is the reader's business.
pub(super) async fn count(
    Extension(counted): Extension<Arc<Counted>>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let response = next.run(request).await;
    counted.add(response.status().as_u16(), began.elapsed());
    response
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_are_sorted_by_how_long_they_took() {
        let counted = Counted::default();
        for (status, micros) in [(200, 900), (200, 5_000), (503, 3_000_000), (999, 10)] {
            counted.add(status, Duration::from_micros(micros));
        }
        assert_eq!(counted.statuses().collect::<Vec<_>>(), [(200, 2), (503, 1)]);
        let (sums, all, seconds) = counted.durations();
        assert_eq!((sums, all), (vec![2, 3, 3, 3, 3, 3], 4));
        assert!((seconds - 3.005_91).abs() < 1e-9);
    }
}
