//! Opening a database of a PostgreSQL server.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr};
use sqlx::{ConnectOptions, Connection};
use tokio::time::timeout;

use crate::config::PostgresAddress;
use crate::store::open::Opened;
use crate::store::remote::connect::{Role, connect};
use crate::store::remote::error::RemoteError;
use crate::store::remote::pool::Pool;
use crate::store::remote::reach::Reach;
use crate::store::remote::schema::{look, migrate};
use crate::store::{Database, OpenError};

pub(in crate::store) use crate::store::remote::schema::failed;

/// How long a first answer is waited for.
const FIRST: Duration = Duration::from_secs(5);

/// Opens it, and brings its schema up to date.
///
/// # Errors
/// When it cannot be used; nothing was changed then.
pub(in crate::store) async fn open(address: &PostgresAddress) -> Result<Opened, OpenError> {
    let reach = reached(address).await?;
    let of = |role| connect(&address.options, role, address.connections, &reach);
    let writing = of(Role::Writer);
    migrate(&writing, address).await?;
    Ok(Opened {
        readers: of(Role::Reader).into(),
        writing: writing.into(),
        relaxed: of(Role::Relaxed).into(),
        writers: Role::Writer.connections(address.connections),
    })
}

/// Opens it for one write beside a running server. Nothing is migrated; that is the server's.
///
/// # Errors
/// When it cannot be used, or has not this build's schema.
pub(in crate::store) async fn open_current(
    address: &PostgresAddress,
) -> Result<Database, OpenError> {
    let db = one(address).await?;
    let found = look(db.connections(), address).await?;
    let refused = |problem| Err(OpenError::Remote(RemoteError::new(address, problem)));
    if !found.has_tables {
        return refused("holds nothing of moss-server's yet; moss-server serve makes it");
    }
    if !found.missing.is_empty() {
        return refused(
            "was made by an older moss-server; start this one once, which brings it up to date",
        );
    }
    Ok(db.into())
}

/// Looks what a start would find, and touches nothing: whether there are tables of ours.
///
/// # Errors
/// When a start would be refused because of it.
pub(in crate::store) async fn look_at(address: &PostgresAddress) -> Result<bool, OpenError> {
    let db = one(address).await?;
    let found = look(db.connections(), address).await;
    db.close().await;
    Ok(found?.has_tables)
}

/// The connections of a command that asks little.
async fn one(address: &PostgresAddress) -> Result<Pool, OpenError> {
    let reach = reached(address).await?;
    Ok(connect(&address.options, Role::Writer, 1, &reach))
}

/// Looks whether it lets anybody in, while there is somebody to be told why not.
async fn reached(address: &PostgresAddress) -> Result<Arc<Reach>, OpenError> {
    let asked = timeout(FIRST, address.options.connect()).await;
    let error = match asked {
        Ok(Ok(connection)) => {
            let _ = connection.close().await;
            return Ok(Reach::new(*address.options.clone()));
        }
        Ok(Err(error)) => error,
        Err(_) => sqlx::Error::PoolTimedOut,
    };
    Err(failed(address)(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))))
}
