//! Whose schema a database has, and bringing it up to date.

use sea_orm::{ConnectionTrait, DbErr, Statement};
use sqlx::Error;

use crate::config::{Engine, RemoteAddress};
use crate::store::dialect::said;
use crate::store::migration::{over, unapplied};
use crate::store::remote::connect::{Role, connect};
use crate::store::remote::error::RemoteError;
use crate::store::remote::reach::{LONGEST_OF_ALL, Reach};
use crate::store::remote::{mysql, postgres};
use crate::store::{Database, OpenError};

/// What a database is like, whichever server it is on.
pub(super) struct Facts {
    /// Why it cannot be used as it is; what to do.
    pub unfit: Option<String>,
    /// What is amiss and keeps nobody from using it.
    pub warning: Option<String>,
    /// Where in it the tables are, if that has a name.
    pub place: String,
    /// Tables there are.
    pub tables: i64,
    /// Whether they are ours.
    pub ours: bool,
    /// Whether we may make some.
    pub may_create: bool,
    /// Otherwise, what makes it so.
    pub grant: String,
}

/// What a database is like before it is used.
pub(super) struct Found {
    /// Whether it has tables of ours.
    pub has_tables: bool,
    /// Migrations of this build that it does not have.
    pub missing: Vec<String>,
    warning: Option<String>,
}

/// An error of the database as one of opening it.
pub(in crate::store) fn failed(address: &RemoteAddress) -> impl Fn(DbErr) -> OpenError + '_ {
    move |error| {
        OpenError::Remote(if let Some(said) = said(&error) {
            RemoteError::of(address, said)
        } else if matches!(error, DbErr::ConnectionAcquire(_)) {
            RemoteError::of(address, &Error::PoolTimedOut)
        } else {
            RemoteError::new(address, format!("cannot be used: {error}"))
        })
    }
}

/// Looks, without writing, whether a database can be used.
///
/// # Errors
/// When it cannot; what to do.
pub(super) async fn look<C: ConnectionTrait>(
    db: &C,
    address: &RemoteAddress,
) -> Result<Found, OpenError> {
    let failed = failed(address);
    let refused = |problem: String| Err(OpenError::Remote(RemoteError::new(address, problem)));
    let facts = match address.engine {
        Engine::Postgres(_) => postgres::facts(db, address).await,
        Engine::MySql(_) => mysql::facts(db, address).await,
    };
    let Facts { unfit, warning, place, tables, ours, may_create, grant } =
        facts.map_err(&failed)?;
    if let Some(unfit) = unfit {
        return refused(unfit);
    }
    if !ours && tables > 0 {
        return refused(format!(
            "holds the tables of another program{place}; nothing was touched: give moss-server a \
             database of its own"
        ));
    }
    let mut applied = Vec::new();
    if ours {
        let ask = "SELECT version FROM seaql_migrations";
        let ask = Statement::from_string(db.get_database_backend(), ask);
        for row in db.query_all_raw(ask).await.map_err(&failed)? {
            applied.push(row.try_get("", "version").map_err(&failed)?);
        }
    }
    let missing = match unapplied(&applied) {
        Ok(missing) => missing,
        Err(migration) => {
            return refused(format!(
                "was written by a newer moss-server (it has the migration {migration}); upgrade \
                 this one"
            ));
        }
    };
    if !missing.is_empty() && !may_create {
        let user = address.user();
        return refused(format!("does not let {user} make tables{place}; {grant}"));
    }
    Ok(Found { has_tables: ours, missing, warning })
}

/// Looks, and brings the schema up to date, one server after the other. PostgreSQL does all of it
/// in one transaction; of MySQL what was made stays, and whoever starts next goes on with it.
pub(super) async fn migrate(db: &Database, address: &RemoteAddress) -> Result<(), OpenError> {
    let found = look(db, address).await?;
    if let Some(warning) = &found.warning {
        tracing::warn!("{warning}");
    }
    if found.missing.is_empty() {
        return Ok(());
    }
    let reach = Reach::new(address.clone(), LONGEST_OF_ALL);
    let db = Database::from(connect(address, Role::Migrator, &reach));
    let done = migrate_over(&db, address).await;
    // With its connection goes the lock.
    db.close().await.map_err(failed(address))?;
    done
}

async fn migrate_over(db: &Database, address: &RemoteAddress) -> Result<(), OpenError> {
    let failed = failed(address);
    let tx = db.begin().await.map_err(&failed)?;
    let locked = match address.engine {
        Engine::Postgres(_) => postgres::lock(&tx).await,
        Engine::MySql(_) => mysql::lock(&tx).await,
    };
    locked.map_err(&failed)?;
    // It may have been done by now.
    look(&tx, address).await?;
    over::migrate(tx).await.map_err(&failed)
}
