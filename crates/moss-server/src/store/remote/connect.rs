//! Connections to a database server, by what they are for.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::SqlxPostgresConnector;
use sqlx::pool::PoolOptions;
use sqlx::{ConnectOptions, Connection, Database, Executor};
use tokio::time::timeout;

use crate::config::{Engine, RemoteAddress};
use crate::store::remote::connections::Connections;
use crate::store::remote::mysql::{self, connection};
use crate::store::remote::pool::Pool;
use crate::store::remote::postgres;
use crate::store::remote::reach::Reach;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Writes the work: a commit is on disk when it returns.
    Writer,
    /// Writes what may be lost with the power: commits that wait for no disk, where there are such.
    Relaxed,
    /// Reads, several at once.
    Reader,
    /// Makes the tables, which may take its time.
    Migrator,
    /// Reads or writes all there is, in one state of it, which may take its time, too.
    Whole,
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
            Self::Relaxed | Self::Migrator => 1,
            Self::Whole => 2,
            Self::Reader => all.saturating_sub(writers + 1).max(1),
        }
    }
}

/// The connections of a role, made when they are needed.
pub(super) fn connect(address: &RemoteAddress, role: Role, reach: &Arc<Reach>) -> Pool {
    let all = address.connections;
    let connections = match &address.engine {
        Engine::Postgres(options) => {
            let pool = pooled::<sqlx::Postgres>(role, postgres::settings(role), all, reach);
            let pool = pool.connect_lazy_with(*options.clone());
            Connections::Postgres(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
        }
        Engine::MySql(options) => {
            let pool = pooled::<sqlx::MySql>(role, mysql::settings(role), all, reach);
            let pool = pool.connect_lazy_with(*options.clone());
            Connections::MySql(connection::Connections(pool))
        }
    };
    Pool::new(role, connections, reach.clone())
}

fn pooled<D: Database>(
    role: Role,
    settings: &'static str,
    all: u32,
    reach: &Arc<Reach>,
) -> PoolOptions<D>
where
    for<'c> &'c mut D::Connection: Executor<'c, Database = D>,
{
    let (released, acquired) = (reach.clone(), reach.clone());
    PoolOptions::<D>::new()
        .max_connections(role.connections(all))
        .acquire_timeout(PATIENCE)
        .idle_timeout(IDLE)
        .test_before_acquire(false)
        .before_acquire(move |connection: &mut D::Connection, meta| {
            let is_doubtful = meta.idle_for >= AT_REST || !acquired.is_well();
            Box::pin(async move {
                if is_doubtful {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |connection: &mut D::Connection, _| {
            Box::pin(async move { connection.execute(settings).await.map(drop) })
        })
        .after_release(move |connection: &mut D::Connection, _| {
            let is_well = released.is_well();
            Box::pin(async move {
                // One that waits for a network that is gone would keep its place for long.
                Ok(is_well || timeout(LOOK, connection.ping()).await.is_ok_and(|ping| ping.is_ok()))
            })
        })
}

/// Connects once, and leaves again.
pub(super) async fn knock(address: &RemoteAddress) -> sqlx::Result<()> {
    match &address.engine {
        Engine::Postgres(options) => options.connect().await?.close().await,
        Engine::MySql(options) => options.connect().await?.close().await,
    }
}
