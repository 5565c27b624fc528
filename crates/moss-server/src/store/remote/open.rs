//! Opening a database of a server.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr};
use tokio::time::timeout;

use crate::config::RemoteAddress;
use crate::store::open::Opened;
use crate::store::remote::connect::{Role, connect, knock};
use crate::store::remote::error::RemoteError;
use crate::store::remote::reach::{LONGEST, LONGEST_OF_ALL, Reach};
use crate::store::remote::schema::{look, migrate};
use crate::store::{Database, OpenError};

pub(in crate::store) use crate::store::remote::schema::failed;

/// How long a first answer is waited for.
const FIRST: Duration = Duration::from_secs(5);

/// Opens it, and brings its schema up to date.
///
/// # Errors
/// When it cannot be used; nothing was changed then.
pub(in crate::store) async fn open(address: &RemoteAddress) -> Result<Opened, OpenError> {
    let reach = reached(address).await?;
    let of = |role| Database::from(connect(address, role, &reach));
    let writing = of(Role::Writer);
    migrate(&writing, address).await?;
    let writers = Role::Writer.connections(address.connections);
    Ok(Opened { readers: of(Role::Reader), writing, relaxed: of(Role::Relaxed), writers })
}

/// Opens it for one write beside a running server. Nothing is migrated; that is the server's.
///
/// # Errors
/// When it cannot be used, or has not this build's schema.
pub(in crate::store) async fn open_current(address: &RemoteAddress) -> Result<Database, OpenError> {
    let db = one(address).await?;
    is_current(&db, address).await?;
    Ok(db)
}

/// Opens it to read or write all of it, however long that takes. Nothing is migrated.
///
/// # Errors
/// As [`open_current`].
pub(in crate::store) async fn open_whole(address: &RemoteAddress) -> Result<Database, OpenError> {
    knocked(address).await?;
    let reach = Reach::new(address.clone(), LONGEST_OF_ALL);
    let db = connect(address, Role::Whole, &reach).into();
    is_current(&db, address).await?;
    Ok(db)
}

async fn is_current(db: &Database, address: &RemoteAddress) -> Result<(), OpenError> {
    let found = look(db, address).await?;
    let refused = |problem| Err(OpenError::Remote(RemoteError::new(address, problem)));
    if !found.has_tables {
        return refused("holds nothing of moss-server's yet; moss-server serve makes it");
    }
    if !found.missing.is_empty() {
        return refused(
            "was made by an older moss-server; start this one once, which brings it up to date",
        );
    }
    Ok(())
}

/// Looks what a start would find, and touches nothing: whether there are tables of ours.
///
/// # Errors
/// When a start would be refused because of it.
pub(in crate::store) async fn look_at(address: &RemoteAddress) -> Result<bool, OpenError> {
    let db = one(address).await?;
    let found = look(&db, address).await;
    db.close().await.map_err(failed(address))?;
    Ok(found?.has_tables)
}

/// The connections of a command that asks little.
async fn one(address: &RemoteAddress) -> Result<Database, OpenError> {
    let reach = reached(address).await?;
    Ok(connect(address, Role::Writer, &reach).into())
}

async fn reached(address: &RemoteAddress) -> Result<Arc<Reach>, OpenError> {
    knocked(address).await?;
    Ok(Reach::new(address.clone(), LONGEST))
}

/// Looks whether it lets anybody in, while there is somebody to be told why not.
async fn knocked(address: &RemoteAddress) -> Result<(), OpenError> {
    let error = match timeout(FIRST, knock(address)).await {
        Ok(Ok(())) => return Ok(()),
        Ok(Err(error)) => error,
        Err(_) => sqlx::Error::PoolTimedOut,
    };
    Err(failed(address)(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))))
}
