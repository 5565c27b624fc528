//! What PostgreSQL has of its own: what a connection is told, what a database is like, and the codes
//! of its errors.

use sea_orm::{ConnectionTrait, DbErr, Statement};

use crate::config::RemoteAddress;
use crate::store::dialect::Fault;
use crate::store::remote::connect::Role;
use crate::store::remote::schema::Facts;

/// The lock that servers hold while they migrate: the word `moss` as a number.
const MIGRATING: i64 = 0x6d6f_7373;

/// What every connection of a running server is told. A statement that takes too long is given up by
/// the server, so that none is left behind there.
///
/// Statements are planned by the indexes that are there for them, whatever the database believes of
/// the rows. It counts them now and then; in a queue that is wrong a moment later, and a plan made by
/// it reads and sorts all that waits to find the first (50 ms a claim at 10,000). A plan serves every
/// value, so that it is made once.
macro_rules! at_work {
    ($session:literal) => {
        concat!(
            "SET statement_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'; \
             SET enable_seqscan = off; SET enable_sort = off; SET jit = off; \
             SET plan_cache_mode = force_generic_plan; ",
            $session
        )
    };
}

/// What a connection of a role is told first. Who waits too long for another's lock gives up, too.
pub(super) fn settings(role: Role) -> &'static str {
    match role {
        // Some databases are set up to lose the last moment with the power; ours is not.
        Role::Writer => at_work!(
            "SET lock_timeout = '3s'; SET default_transaction_isolation = 'read committed'; \
             SELECT set_config('synchronous_commit', 'on', false) \
             WHERE current_setting('synchronous_commit') = 'off'"
        ),
        Role::Relaxed => at_work!("SET lock_timeout = '3s'; SET synchronous_commit = off"),
        Role::Reader => at_work!("SET default_transaction_read_only = on"),
        Role::Whole => {
            "SET statement_timeout = 0; SET lock_timeout = '60s'; \
             SET idle_in_transaction_session_timeout = 0; \
             SET default_transaction_isolation = 'repeatable read'"
        }
        Role::Migrator => {
            "SET statement_timeout = 0; SET lock_timeout = '60s'; \
             SET idle_in_transaction_session_timeout = 0"
        }
    }
}

/// Lets one server after the other migrate, until the transaction ends.
pub(super) async fn lock<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    db.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATING})")).await.map(drop)
}

/// What is looked at before a database is used.
const LOOK: &str = "SELECT current_setting('server_encoding') AS encoding, \
    pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean AS reads_only, \
    COALESCE(current_schema()::text, '') AS schema, \
    COALESCE(has_schema_privilege(current_schema()::text, 'CREATE'), false) AS may_create, \
    (SELECT COUNT(*) FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p') \
     AND relnamespace = current_schema()::text::regnamespace) AS all_tables, \
    to_regclass('seaql_migrations') IS NOT NULL AS ours";

/// Looks at a database.
pub(super) async fn facts<C: ConnectionTrait>(
    db: &C,
    address: &RemoteAddress,
) -> Result<Facts, DbErr> {
    let ask = Statement::from_string(db.get_database_backend(), LOOK);
    let row = db.query_one_raw(ask).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("nothing".to_owned()))?;
    let (user, database) = (address.user(), address.database());
    let (encoding, schema): (String, String) =
        (row.try_get("", "encoding")?, row.try_get("", "schema")?);
    let unfit = if encoding != "UTF8" {
        Some(format!(
            "is in {encoding}, which has not every letter; make another and name that: CREATE \
             DATABASE moss OWNER \"{user}\" ENCODING 'UTF8' TEMPLATE template0"
        ))
    } else if row.try_get("", "reads_only")? {
        Some(
            "takes no writes: it is a copy that only reads, or is set to; database.url must name \
             the one that is written to"
                .to_owned(),
        )
    } else if schema.is_empty() {
        Some(format!("has no schema for {user}; make one: CREATE SCHEMA AUTHORIZATION \"{user}\""))
    } else {
        None
    };
    Ok(Facts {
        unfit,
        warning: None,
        tables: row.try_get("", "all_tables")?,
        ours: row.try_get("", "ours")?,
        may_create: row.try_get("", "may_create")?,
        grant: format!(
            "as its owner: GRANT CREATE ON SCHEMA \"{schema}\" TO \"{user}\", or give it the \
             database: ALTER DATABASE \"{database}\" OWNER TO \"{user}\""
        ),
        place: format!(" in its schema {schema}"),
    })
}

/// What an error means, by its code.
pub(in crate::store) fn fault(code: &str) -> Fault {
    match code {
        // Being stopped or started, too many connections, and a transaction in which we were silent
        // for too long.
        "57P01" | "57P02" | "57P03" | "53300" | "25P03" => Fault::Unreachable,
        code if code.starts_with("08") => Fault::Unreachable,
        // Serialization, deadlock, what took longer than we wait, and a row like one that another
        // server has inserted since it was looked for.
        "40001" | "40P01" | "55P03" | "57014" | "23505" => Fault::Passing,
        "53100" => Fault::Full,
        "25006" => Fault::ReadOnly,
        "XX001" | "XX002" => Fault::Damaged,
        "58030" => Fault::Unreadable,
        _ => Fault::Other,
    }
}

/// Why a database cannot be used, by the code of the error; what to do.
pub(super) fn refusal(code: &str, message: &str, address: &RemoteAddress) -> Option<String> {
    let (user, database) = (address.user(), address.database());
    Some(match code {
        "28000" if message.contains("pg_hba.conf") && message.ends_with("no encryption") => {
            format!(
                "does not let in {user} without TLS ({message}); write sslmode=require in database.url, \
             or let its pg_hba.conf do without"
            )
        }
        "28000" if message.contains("pg_hba.conf") => format!(
            "does not let in {user} from this machine ({message}); write a line for it into its \
             pg_hba.conf"
        ),
        "28P01" | "28000" => format!(
            "does not let in {user} ({message}); the password stands in database.url, in the file \
             of database.password_file or in MOSS_DATABASE__URL"
        ),
        "3D000" => format!(
            "is not there ({message}); make it on that server: CREATE DATABASE \"{database}\" \
             OWNER \"{user}\" ENCODING 'UTF8' TEMPLATE template0"
        ),
        "53300" => format!(
            "has no connection free ({message}); raise its max_connections or lower \
             database.connections of each server"
        ),
        "57P03" | "57P01" => format!("is being started or stopped ({message}); try again soon"),
        "42501" => format!(
            "keeps {user} from what it needs ({message}); let it own the database: ALTER DATABASE \
             \"{database}\" OWNER TO \"{user}\""
        ),
        "25006" => {
            "takes no writes: it is a copy that only reads; database.url must name the one that \
             is written to"
                .to_owned()
        }
        "53100" => format!("has a full disk ({message}); make room there"),
        _ => return None,
    })
}
