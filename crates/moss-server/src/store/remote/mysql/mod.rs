//! What MySQL and MariaDB have of their own: what a connection is told, what a database is like, and
//! the numbers of their errors. Where the two differ, each reads its own comments: `/*!80000 */` is
//! MySQL's alone, `/*M! */` MariaDB's.

pub(super) mod connection;

use sea_orm::{ConnectionTrait, DbErr, Statement};
use sqlx::mysql::MySqlDatabaseError;

use crate::config::RemoteAddress;
use crate::store::dialect::Fault;
use crate::store::remote::connect::Role;
use crate::store::remote::schema::Facts;

/// There is a row like this one.
pub(in crate::store) const DUPLICATE: u16 = 1062;

/// What a connection is told first, whatever it is for: a value that does not fit is refused and
/// never cut. After that, what is its own.
macro_rules! session {
    ($its_own:literal) => {
        concat!(
            "SET SESSION autocommit = 1, sql_mode = \
             'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT,ANSI_QUOTES', ",
            $its_own
        )
    };
}

/// What a connection of a role is told first.
///
/// A statement that takes too long, or waits too long for another's lock, is given up by the
/// server, so that none is left behind there. MySQL knows the first for a SELECT only, and ends a
/// transaction that nobody goes on with by ending the connection.
///
/// What waited for a lock sees what it waited for, as in PostgreSQL; what reads can have one state
/// of the database for several statements. How a commit gets to the disk no session can say.
pub(super) fn settings(role: Role) -> &'static str {
    match role {
        Role::Reader => session!(
            "innodb_lock_wait_timeout = 3, lock_wait_timeout = 3 \
             /*M!100103 , max_statement_time = 10, idle_transaction_timeout = 30 */ \
             /*!80000 , max_execution_time = 10000, wait_timeout = 30 */; \
             SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        ),
        Role::Writer | Role::Relaxed => session!(
            "innodb_lock_wait_timeout = 3, lock_wait_timeout = 3 \
             /*M!100103 , max_statement_time = 10, idle_transaction_timeout = 30 */ \
             /*!80000 , max_execution_time = 10000, wait_timeout = 30 */; \
             SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE"
        ),
        Role::Whole => session!(
            "lock_wait_timeout = 60 /*M!100103 , max_statement_time = 0 */; \
             SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE"
        ),
        Role::Migrator => session!(
            "lock_wait_timeout = 60 /*M!100103 , max_statement_time = 0 */; \
             SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE"
        ),
    }
}

/// Lets one server after the other migrate, until the connection ends.
pub(super) async fn lock<C: ConnectionTrait>(db: &C) -> Result<(), DbErr> {
    // Such names are the whole server's, and end at 64 letters.
    let sql = "SELECT COALESCE(GET_LOCK(CONCAT('moss ', SHA1(DATABASE())), 60), 0) AS locked";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    match row.map(|row| row.try_get::<i64>("", "locked")).transpose()? {
        Some(1) => Ok(()),
        _ => {
            Err(DbErr::Custom("another moss-server has been making its tables for a minute".into()))
        }
    }
}

/// What is looked at before a database is used. Who may make tables is told by the grants to the
/// user, of everything or of databases whose names are like this one's; a role may grant it, too.
const LOOK: &str = "SELECT VERSION() AS version, \
    CAST(@@global.read_only AS CHAR) NOT IN ('0', 'OFF') AS reads_only, \
    CAST(@@max_allowed_packet AS SIGNED) AS packet, \
    CAST(@@innodb_flush_log_at_trx_commit AS SIGNED) AS flush, \
    me.grantee AS grantee, \
    (SELECT COUNT(*) FROM information_schema.tables \
     WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE') AS all_tables, \
    (SELECT COUNT(*) FROM information_schema.tables \
     WHERE table_schema = DATABASE() AND table_name = 'seaql_migrations') AS ours, \
    COALESCE(CURRENT_ROLE(), 'NONE') <> 'NONE' \
    OR EXISTS (SELECT 1 FROM information_schema.user_privileges AS may \
               WHERE may.grantee = me.grantee AND may.privilege_type = 'CREATE') \
    OR EXISTS (SELECT 1 FROM information_schema.schema_privileges AS may \
               WHERE may.grantee = me.grantee AND may.privilege_type = 'CREATE' \
               AND DATABASE() LIKE may.table_schema) AS may_create \
    FROM (SELECT CONCAT('''', LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) \
                   - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1), '''@''', \
                 SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''') AS grantee) AS me";

/// How long a statement must be allowed to be: what one request can bring, with room to spare.
const LEAST_PACKET: i64 = 4 * 1024 * 1024;

/// Looks at a database.
pub(super) async fn facts<C: ConnectionTrait>(
    db: &C,
    address: &RemoteAddress,
) -> Result<Facts, DbErr> {
    let ask = Statement::from_string(db.get_database_backend(), LOOK);
    let row = db.query_one_raw(ask).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("nothing".to_owned()))?;
    let number = |name: &str| row.try_get::<i64>("", name);
    let (version, grantee): (String, String) =
        (row.try_get("", "version")?, row.try_get("", "grantee")?);
    let (packet, flush) = (number("packet")?, number("flush")?);
    let unfit = if is_too_old(&version) {
        Some(format!(
            "is of a server of version {version}; moss-server takes MariaDB from 10.6 and MySQL \
             from 8.0.17"
        ))
    } else if number("reads_only")? != 0 {
        Some(
            "takes no writes: its server is a copy that only reads, or is set to (read_only); \
             database.url must name the one that is written to"
                .to_owned(),
        )
    } else if packet < LEAST_PACKET {
        Some(format!(
            "takes no statement longer than {packet} bytes; in its server's configuration write \
             max_allowed_packet = 16M"
        ))
    } else {
        None
    };
    let warning = (flush != 1).then(|| {
        format!(
            "innodb_flush_log_at_trx_commit is {flush} in the database's server: what it answered \
             last may be lost with its power; set it to 1"
        )
    });
    Ok(Facts {
        unfit,
        warning,
        place: String::new(),
        tables: number("all_tables")?,
        ours: number("ours")? != 0,
        may_create: number("may_create")? != 0,
        grant: format!(
            "as its administrator: GRANT ALL ON `{}`.* TO {grantee}",
            address.database()
        ),
    })
}

/// Whether a server of this version lacks what we need: the collation, or rows that are skipped
/// while others hold them. A number that is none is of a kindred server, whose own it is.
fn is_too_old(version: &str) -> bool {
    let numbers = version.split(['.', '-']).map(|part| part.parse().unwrap_or(u32::MAX));
    let numbers: Vec<u32> = numbers.take(3).collect();
    let least: &[u32] = if version.contains("MariaDB") { &[10, 6] } else { &[8, 0, 17] };
    numbers.as_slice() < least
}

/// The number of an error, if it is one of MySQL or MariaDB.
pub(in crate::store) fn number(error: &sqlx::Error) -> Option<u16> {
    let said = error.as_database_error()?;
    said.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number)
}

/// What an error means, by its number, its class and, for a full disk, its words.
pub(in crate::store) fn fault(number: u16, class: &str, message: &str) -> Fault {
    match number {
        // Longer than max_allowed_packet, in the class of lost connections.
        1153 => Fault::Other,
        // No connection free, being stopped, and a connection that was ended.
        1040 | 1203 | 1226 | 1053 | 1927 | 4031 => Fault::Unreachable,
        _ if class.starts_with("08") => Fault::Unreachable,
        // Waited for a lock, deadlock, changed meanwhile, what took longer than we wait, and a row
        // like one that another server has inserted since it was looked for.
        1205 | 1213 | 1020 | 1317 | 1969 | 3024 | DUPLICATE => Fault::Passing,
        1021 | 1114 => Fault::Full,
        _ if message.contains("No space left") || message.contains("error 28 ") => Fault::Full,
        1290 | 1792 | 1836 | 1223 => Fault::ReadOnly,
        1034 | 1035 | 1194 | 1195 | 1712 => Fault::Damaged,
        _ => Fault::Other,
    }
}

/// Why a database cannot be used, by the number of the error; what to do.
pub(super) fn refusal(number: u16, message: &str, address: &RemoteAddress) -> Option<String> {
    let (user, database) = (address.user(), address.database());
    Some(match number {
        // Why is not said.
        1045 | 1698 | 3159 if address.is_without_tls() => format!(
            "does not let in {user} ({message}); the password stands in database.url, in the file \
             of database.password_file or in MOSS_DATABASE__URL; where TLS is asked for, write \
             ssl-mode=REQUIRED in database.url"
        ),
        1045 | 1698 => format!(
            "does not let in {user} ({message}); the password stands in database.url, in the file \
             of database.password_file or in MOSS_DATABASE__URL"
        ),
        1129 | 1130 => format!(
            "lets in nobody from this machine ({message}); make the user {user} for it on that \
             server: CREATE USER"
        ),
        1044 => format!(
            "is not there, or not for {user} ({message}); as its administrator: CREATE DATABASE \
             IF NOT EXISTS `{database}`, and GRANT ALL ON `{database}`.* TO the user"
        ),
        1049 => {
            format!(
                "is not there ({message}); make it on that server: CREATE DATABASE `{database}`"
            )
        }
        1040 | 1203 | 1226 => format!(
            "has no connection free ({message}); raise its max_connections or lower \
             database.connections of each server"
        ),
        1053 | 1927 => format!("is being started or stopped ({message}); try again soon"),
        1142 | 1143 | 1227 | 1370 => format!(
            "keeps {user} from what it needs ({message}); as its administrator: GRANT ALL ON \
             `{database}`.* TO the user"
        ),
        1290 | 1792 | 1836 => {
            "takes no writes: it is a copy that only reads; database.url must name the one that \
             is written to"
                .to_owned()
        }
        1021 | 1114 => format!("has a full disk ({message}); make room there"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::is_too_old;

    #[test]
    fn what_lacks_the_collation_or_skip_locked_is_too_old() {
        for version in ["5.7.44-log", "8.0.16", "10.5.23-MariaDB"] {
            assert!(is_too_old(version), "{version}");
        }
        for version in [
            "8.0.17",
            "8.0.36-0ubuntu0.22.04.1",
            "8.0.mysql_aurora.3.05.2",
            "8.4.0",
            "9.1.0",
            "10.6.0-MariaDB",
            "10.11.6-MariaDB-0+deb12u1",
            "11.4.2-MariaDB-log",
        ] {
            assert!(!is_too_old(version), "{version}");
        }
    }
}
