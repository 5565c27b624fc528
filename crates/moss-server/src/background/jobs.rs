//! Jobs that run side by side, each under a name: all are waited for at the stop, but not for ever.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{Id, JoinSet};
use tokio::time::sleep;

/// The jobs there are.
#[derive(Default)]
pub(super) struct Jobs {
    running: JoinSet<()>,
    names: HashMap<Id, &'static str>,
}

impl Jobs {
    /// Runs one more.
    pub fn run(&mut self, name: &'static str, job: impl Future<Output = ()> + Send + 'static) {
        let id = self.running.spawn(job).id();
        self.names.insert(id, name);
    }

    /// Returns when the last has ended, or when those that are left have not for `patience` after
    /// the stop was asked for. Those are given up and named.
    pub async fn end(
        mut self,
        mut stopped: watch::Receiver<bool>,
        patience: Duration,
    ) -> Vec<&'static str> {
        let too_late = async {
            let _ = stopped.wait_for(|stop| *stop).await;
            sleep(patience).await;
        };
        tokio::select! {
            () = self.ended() => {}
            () = too_late => {}
        }
        let mut given_up: Vec<_> = self.names.into_values().collect();
        given_up.sort_unstable();
        given_up
    }

    async fn ended(&mut self) {
        while let Some(ended) = self.running.join_next_with_id().await {
            let id = match ended {
                Ok((id, ())) => id,
                Err(error) => {
                    let name = self.names.get(&error.id());
                    tracing::error!(%error, name, "a background job is gone");
                    error.id()
                }
            };
            self.names.remove(&id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[tokio::test(start_paused = true)]
    async fn a_job_that_never_ends_is_given_up_by_name() {
        let (stop, stopped) = watch::channel(false);
        let mut jobs = Jobs::default();
        let mut asked = stopped.clone();
        jobs.run("ends", async move {
            let _ = asked.wait_for(|stop| *stop).await;
        });
        jobs.run("panics", async { panic!("as it should") });
        jobs.run("sticks", pending());
        jobs.run("hangs", pending());
        let end = tokio::spawn(jobs.end(stopped, PATIENCE));
        sleep(Duration::from_secs(3_600)).await;
        assert!(!end.is_finished(), "nobody asked it to stop");
        let asked = Instant::now();
        stop.send(true).unwrap();
        assert_eq!(end.await.unwrap(), ["hangs", "sticks"]);
        assert_eq!(asked.elapsed().as_secs(), PATIENCE.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn when_all_have_ended_nothing_is_waited_for() {
        let (_stop, stopped) = watch::channel(true);
        let mut jobs = Jobs::default();
        jobs.run("one", async {});
        let began = Instant::now();
        assert!(jobs.end(stopped, PATIENCE).await.is_empty());
        assert!(began.elapsed() < PATIENCE);
    }
}
