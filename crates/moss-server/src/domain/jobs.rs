//! Jobs that one server at a time does, of however many there are on the database.

use std::time::Duration;

use crate::domain::{Command, Error};
use crate::store::{Tx, jobs};

/// How many of its periods a server keeps a job that it has done. When it dies, another takes over at
/// its own next turn after that.
const KEPT_FOR: u32 = 2;

/// A job.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// What it is called in the database.
    pub name: &'static str,
    /// How often it is looked at.
    pub period: Duration,
}

impl Job {
    /// Within this time after its server has died another one does the job.
    pub fn taken_over_within(&self) -> Duration {
        self.period * (KEPT_FOR + 1)
    }
}

/// Does something of a job, if the job is this server's, or nobody's. The claim and what is done are
/// one transaction: whoever comes second waits for the first, and then leaves it alone.
pub struct ByOne<C> {
    /// Which job.
    pub job: Job,
    /// The server.
    pub server: String,
    /// What is to be done.
    pub command: C,
}

impl<C: Command> Command for ByOne<C> {
    /// Nothing when another server has the job.
    type Output = Option<C::Output>;
    const SECRET: bool = C::SECRET;
    const CHANGES_KEYS: bool = C::CHANGES_KEYS;

    async fn run(&self, tx: &Tx) -> Result<Self::Output, Error> {
        let until = tx.now + self.job.period * KEPT_FOR;
        if !jobs::claim(tx, self.job.name, &self.server, until).await? {
            return Ok(None);
        }
        self.command.run(tx).await.map(Some)
    }
}

/// Leaves a server's jobs to the others: it stops.
pub struct Leave {
    /// The server.
    pub server: String,
}

impl Command for Leave {
    type Output = ();

    async fn run(&self, tx: &Tx) -> Result<(), Error> {
        Ok(jobs::leave(tx, &self.server).await?)
    }
}

#[cfg(test)]
mod tests {
    use moss_api::Timestamp;

    use super::*;
    use crate::clock::Clock;
    use crate::config::timings::Timings;
    use crate::store::Store;

    const JOB: Job = Job { name: "sweep", period: Duration::from_secs(5) };

    /// Counts for nothing.
    struct Work;

    impl Command for Work {
        type Output = ();

        async fn run(&self, _: &Tx) -> Result<(), Error> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_job_is_one_servers_until_it_leaves_it_or_is_not_heard_from() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tasks.db")).await.unwrap();
        let at = |seconds: i64| Timestamp::from_micros(1_000_000 * seconds);
        let does = async |server: &str, seconds| {
            let tx = Tx::begin(store.writing(), &Clock::set_to(at(seconds)), Timings::default(), 1)
                .await
                .unwrap();
            let work = ByOne { job: JOB, server: server.to_owned(), command: Work };
            let done = work.run(&tx).await.unwrap().is_some();
            tx.commit().await.unwrap();
            done
        };
        assert!(does("a", 100).await);
        assert!(!does("b", 100).await && !does("b", 109).await);
        assert!(does("a", 109).await, "kept by doing it");
        assert!(!does("b", 118).await);
        assert!(does("b", 119).await, "a has died");
        assert!(!does("a", 120).await, "and comes back");
        let tx = Tx::begin(store.writing(), &Clock::set_to(at(121)), Timings::default(), 1)
            .await
            .unwrap();
        Leave { server: "b".to_owned() }.run(&tx).await.unwrap();
        tx.commit().await.unwrap();
        assert!(does("a", 121).await);
    }
}
