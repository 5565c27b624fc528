//! Whether this server should be sent requests: a load balancer asks every server, all the time.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::domain::queries::Db;
use crate::store;

/// How long an answer is given again: the database is asked once a second, however many ask.
const GIVEN_FOR: Duration = Duration::from_secs(1);

/// What was found last.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, Option<String>)>>);

impl Readiness {
    /// Why it should be sent none, if it should not. The first that asks looks, and others wait for
    /// what it finds.
    pub async fn problem(&self, db: &Db) -> Option<String> {
        let mut last = self.0.lock().await;
        if let Some((at, problem)) = last.as_ref()
            && at.elapsed() < GIVEN_FOR
        {
            return problem.clone();
        }
        let problem = match store::newer_schema(db).await {
            Ok(None) => None,
            Ok(Some(migration)) => Some(format!(
                "the database has the schema of a newer moss-server ({migration}); upgrade this one"
            )),
            Err(error) => {
                tracing::debug!(%error, "the schema could not be looked at");
                Some("the database does not answer".to_owned())
            }
        };
        *last = Some((Instant::now(), problem.clone()));
        problem
    }
}
