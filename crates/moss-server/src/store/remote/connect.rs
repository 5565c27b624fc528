//! Connections to a PostgreSQL server, by what they are for.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::SqlxPostgresConnector;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor};
use tokio::time::timeout;

use crate::store::remote::pool::Pool;
use crate::store::remote::reach::Reach;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Writes the work: a commit is on disk when it returns.
    Writer,
    /// Writes what may be lost with the power: commits that wait for no disk.
    Relaxed,
    /// Reads, several at once.
    Reader,
}

/// How long a connection is waited for, whether all are in use or none can be made.
const PATIENCE: Duration = Duration::from_millis(1_200);
/// A connection that was at rest this long is tried before it is used: the server may have been
/// started again, or a firewall may have forgotten it.
const AT_REST: Duration = Duration::from_secs(1);
/// A connection that comes back while others were lost is kept only if it answers within this.
const LOOK: Duration = Duration::from_secs(1);
/// How long one is kept that nobody needs.
const IDLE: Duration = Duration::from_secs(5 * 60);

impl Role {
    /// How many connections at most, of so many in all.
    pub(super) fn connections(self, all: u32) -> u32 {
        let writers = (all / 2).max(1);
        match self {
            Self::Writer => writers,
            Self::Relaxed => 1,
            Self::Reader => all.saturating_sub(writers + 1).max(1),
        }
    }

    /// What a connection is told first. A statement that takes too long, or waits too long for
    /// another's lock, is given up by the server, so that none is left behind there.
    fn settings(self) -> &'static str {
        match self {
            Self::Writer => {
                // Some databases are set up to lose the last moment with the power; ours is not.
                "SET statement_timeout = '10s'; SET lock_timeout = '3s'; \
                 SET idle_in_transaction_session_timeout = '30s'; \
                 SET default_transaction_isolation = 'read committed'; \
                 SELECT set_config('synchronous_commit', 'on', false) \
                 WHERE current_setting('synchronous_commit') = 'off'"
            }
            Self::Relaxed => {
                "SET statement_timeout = '10s'; SET lock_timeout = '3s'; \
                 SET idle_in_transaction_session_timeout = '30s'; SET synchronous_commit = off"
            }
            Self::Reader => {
                "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'; \
                 SET default_transaction_read_only = on"
            }
        }
    }
}

/// The connections of a role, made when they are needed.
pub(super) fn connect(
    options: &PgConnectOptions,
    role: Role,
    all: u32,
    reach: &Arc<Reach>,
) -> Pool {
    let (released, acquired) = (reach.clone(), reach.clone());
    let pool = PgPoolOptions::new()
        .max_connections(role.connections(all))
        .acquire_timeout(PATIENCE)
        .idle_timeout(IDLE)
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            let is_doubtful = meta.idle_for >= AT_REST || !acquired.is_well();
            Box::pin(async move {
                if is_doubtful {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |connection, _| {
            Box::pin(async move { connection.execute(role.settings()).await.map(drop) })
        })
        .after_release(move |connection, _| {
            let is_well = released.is_well();
            Box::pin(async move {
                // One that waits for a network that is gone would keep its place for long.
                Ok(is_well || timeout(LOOK, connection.ping()).await.is_ok_and(|ping| ping.is_ok()))
            })
        })
        .connect_lazy_with(options.clone());
    Pool::new(role, SqlxPostgresConnector::from_sqlx_postgres_pool(pool), reach.clone())
}
