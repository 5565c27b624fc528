//! Whose schema a database has, and bringing it up to date.

use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionTrait};
use sea_orm_migration::MigratorTrait;
use sqlx::Error;

use crate::config::PostgresAddress;
use crate::store::OpenError;
use crate::store::dialect::said;
use crate::store::migration::{Migrator, unapplied};
use crate::store::remote::error::RemoteError;
use crate::store::remote::pool::Pool;

/// The lock that servers hold while they migrate: the word `moss` as a number.
const MIGRATING: i64 = 0x6d6f_7373;

/// What a database is like before it is used.
pub(super) struct Found {
    /// Whether it has tables of ours.
    pub has_tables: bool,
    /// Migrations of this build that it does not have.
    pub missing: Vec<String>,
}

/// An error of the database as one of opening it.
pub(in crate::store) fn failed(address: &PostgresAddress) -> impl Fn(DbErr) -> OpenError + '_ {
    move |error| {
        let options = &address.options;
        let user = options.get_username();
        let database = options.get_database().unwrap_or(user);
        OpenError::Remote(if let Some(said) = said(&error) {
            RemoteError::of(address, user, database, said)
        } else if matches!(error, DbErr::ConnectionAcquire(_)) {
            RemoteError::of(address, user, database, &Error::PoolTimedOut)
        } else {
            RemoteError::new(address, format!("cannot be used: {error}"))
        })
    }
}

const LOOK: &str = "SELECT current_setting('server_encoding') AS encoding, \
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS reads_only, \
    COALESCE(current_schema()::text, '') AS schema, \
    COALESCE(has_schema_privilege(current_schema()::text, 'CREATE'), false) AS may_create, \
    (SELECT COUNT(*) FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') \
     AND relnamespace = current_schema()::text::regnamespace) AS all_tables, \
    to_regclass('seaql_migrations') IS NOT NULL AS ours";

/// Looks, without writing, whether a database can be used.
///
/// # Errors
/// When it cannot; what to do.
pub(super) async fn look<C: ConnectionTrait>(
    db: &C,
    address: &PostgresAddress,
) -> Result<Found, OpenError> {
    let failed = failed(address);
    let refused = |problem: String| Err(OpenError::Remote(RemoteError::new(address, problem)));
    let ask = |sql: &str| Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(ask(LOOK)).await.map_err(&failed)?;
    let row = row.ok_or_else(|| failed(DbErr::RecordNotFound("nothing".to_owned())))?;
    let (user, database) =
        (address.options.get_username(), address.options.get_database().unwrap_or_default());
    let truth = |name: &str| row.try_get::<bool>("", name).map_err(&failed);
    let text = |name: &str| row.try_get::<String>("", name).map_err(&failed);
    let encoding = text("encoding")?;
    if encoding != "UTF8" {
        return refused(format!(
            "is in {encoding}, which has not every letter; make another and name that: CREATE \
             DATABASE moss OWNER \"{user}\" ENCODING 'UTF8' TEMPLATE template0"
        ));
    }
    if truth("reads_only")? {
        return refused(
            "takes no writes: it is a copy that only reads, or is set to; database.url must name \
             the one that is written to"
                .to_owned(),
        );
    }
    let schema = text("schema")?;
    let may_create = truth("may_create")?;
    if schema.is_empty() {
        return refused(format!(
            "has no schema for {user}; make one: CREATE SCHEMA AUTHORIZATION \"{user}\""
        ));
    }
    let has_tables = truth("ours")?;
    if !has_tables && row.try_get::<i64>("", "all_tables").map_err(&failed)? > 0 {
        return refused(format!(
            "holds the tables of another program in its schema {schema}; nothing was touched: give \
             moss-server a database of its own"
        ));
    }
    let mut applied = Vec::new();
    if has_tables {
        let rows = db.query_all_raw(ask("SELECT version FROM seaql_migrations")).await;
        for row in rows.map_err(&failed)? {
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
        return refused(format!(
            "does not let {user} make tables in its schema {schema}; as its owner: GRANT CREATE ON \
             SCHEMA \"{schema}\" TO \"{user}\", or give it the database: ALTER DATABASE \
             \"{database}\" OWNER TO \"{user}\""
        ));
    }
    Ok(Found { has_tables, missing })
}

/// Looks, and brings the schema up to date: all of it in one transaction, and one server after
/// the other.
pub(super) async fn migrate(db: &Pool, address: &PostgresAddress) -> Result<(), OpenError> {
    let failed = failed(address);
    let found = look(db.connections(), address).await?;
    if found.missing.is_empty() {
        return Ok(());
    }
    let tx = db.connections().begin().await.map_err(&failed)?;
    // Another may be at it, and a step may take its time.
    let begin = format!(
        "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; \
         SET LOCAL idle_in_transaction_session_timeout = 0; \
         SELECT pg_advisory_xact_lock({MIGRATING})"
    );
    tx.execute_unprepared(&begin).await.map_err(&failed)?;
    // It may have been done by now.
    look(&tx, address).await?;
    Migrator::up(&tx, None).await.map_err(&failed)?;
    tx.commit().await.map_err(&failed)
}
