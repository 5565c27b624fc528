//! What is only so of a database that is a server: it may be away, be somebody else's, or be opened
//! by several at once.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use moss_server::config::Address;
use moss_server::config::Config;
use moss_server::domain::{Command, Error};
use moss_server::store::{Store, Tx, look};
use serde_json::{Value, json};
use test_support::database::{Cluster, Kind};
use test_support::needs::{MARIADB, POSTGRES};

use crate::TOLD;
use crate::harness::{World, address};
use crate::outage::{heals, is_told_to_all};

on_each_server![
    an_outage_is_told_at_once_and_heals_by_itself,
    however_many_wait_they_are_told_of_an_outage_at_once,
    a_connection_that_is_lost_between_two_requests_costs_nothing,
    servers_that_start_at_once_migrate_once_and_a_newer_schema_is_refused,
    a_password_is_taken_from_a_file_and_a_wrong_one_is_refused;
    what_postgres_cannot_use_is_told_in_one_line_and_left_as_it_is needs POSTGRES,
    what_mariadb_cannot_use_is_told_in_one_line_and_left_as_it_is needs MARIADB,
    a_migration_that_was_cut_off_is_gone_on_with needs MARIADB,
    a_database_of_other_letters_holds_ours_byte_by_byte needs MARIADB
];

/// A server on a new database.
pub async fn world_on(cluster: &Cluster) -> World {
    let database = address(cluster.url("moss", &cluster.database()));
    World::on(database).await
}

pub async fn refusal(address: &Address) -> String {
    let refused = Store::open(address).await.err().expect("it was opened").to_string();
    assert_eq!(look(address).await.err().map(|error| error.to_string()), Some(refused.clone()));
    assert!(!refused.contains('\n'), "{refused}");
    refused
}

#[tokio::main]
async fn an_outage_is_told_at_once_and_heals_by_itself(kind: Kind) {
    let cluster = Cluster::start(kind);
    let world = world_on(&cluster).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let health = async || world.ask("GET", "/api/health", &[], &Value::Null).await;

    cluster.stop();
    world.clock.advance(Duration::from_secs(1)); // so that keys are asked for again
    for _ in 0..3 {
        is_told_to_all(&world, &team, &id).await;
        let unwell = health().await.json();
        assert_eq!(unwell["problem"], "the database is not reached; it is tried again and again");
    }

    cluster.go_on();
    heals(async || world.act(&team.executor, &id, "claim", json!({})).await).await;
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 1);
    assert_eq!(health().await.status, 200);
}

/// A command that would do nothing.
struct Idle<const GROUPS: bool>;

impl<const GROUPS: bool> Command for Idle<GROUPS> {
    type Output = ();
    const GROUPS: bool = GROUPS;

    async fn run(&self, _: &Tx) -> Result<(), Error> {
        Ok(())
    }
}

#[tokio::main]
async fn however_many_wait_they_are_told_of_an_outage_at_once(kind: Kind) {
    let cluster = Cluster::start(kind);
    let world = world_on(&cluster).await;
    cluster.stop();
    let began = Instant::now();
    let writer = &world.app.writer;
    let (grouped, single) = tokio::join!(
        join_all((0..64).map(|_| writer.write(Idle::<true>, None))),
        join_all((0..64).map(|_| writer.write(Idle::<false>, None))),
    );
    assert!(began.elapsed() < TOLD, "told after {:?}", began.elapsed());
    assert!(grouped.iter().chain(&single).all(Result::is_err));
}

/// A connection that the server ends is one, and not the database.
#[tokio::main]
async fn a_connection_that_is_lost_between_two_requests_costs_nothing(kind: Kind) {
    let cluster = Cluster::start(kind);
    let world = world_on(&cluster).await;
    let team = world.team().await;
    for round in 0..5 {
        cluster.hang_up("test_0");
        let name = format!("round {round}");
        world.get(&team.planner, "/api/sub-tasks").await.ok();
        world.get(&team.planner, "/api/wake").await.ok();
        world.post(&team.planner, "/api/tasks", json!({ "name": name })).await.ok();
    }
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 5);
}

#[tokio::main]
async fn servers_that_start_at_once_migrate_once_and_a_newer_schema_is_refused(kind: Kind) {
    let cluster = Cluster::start(kind);
    let name = cluster.database();
    let address = address(cluster.url("moss", &name));
    assert!(!look(&address).await.unwrap(), "there are tables already");
    let opened = (0..4).map(|_| {
        let address = address.clone();
        tokio::spawn(async move { Store::open(&address).await.map(drop) })
    });
    for one in opened.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    assert!(look(&address).await.unwrap());
    assert_eq!(cluster.sql(&name, "SELECT COUNT(*) FROM seaql_migrations"), "1");
    let (schema, collation) = match kind {
        Kind::Postgres => ("public", "C"),
        Kind::MariaDb => (name.as_str(), "utf8mb4_nopad_bin"),
    };
    let collations = format!(
        "SELECT DISTINCT COALESCE(collation_name, 'none') FROM information_schema.columns \
         WHERE table_schema = '{schema}' AND table_name <> 'seaql_migrations' \
         AND data_type IN ('text', 'mediumtext', 'varchar', 'character varying')"
    );
    assert_eq!(cluster.sql(&name, &collations), collation);

    cluster.sql(&name, "INSERT INTO seaql_migrations VALUES ('m9999_later', 0)");
    let refused = refusal(&address).await;
    assert!(
        refused.ends_with(
            "was written by a newer moss-server (it has the migration m9999_later); upgrade this one"
        ),
        "{refused}"
    );
}

pub fn says(refused: &str, words: &[&str]) {
    for word in words {
        assert!(refused.contains(word), "{word:?} in {refused}");
    }
}

/// Of a server that is not there, the password stays ours.
async fn nobody_is_there(scheme: &str) {
    let nobody = address(format!("{scheme}://moss:s3cret@127.0.0.1:1/moss"));
    let refused = refusal(&nobody).await;
    let names = format!("{scheme}://moss@127.0.0.1:1/moss cannot be reached");
    says(&refused, &[&names, "is it running"]);
    assert!(!refused.contains("s3cret"), "{refused}");
}

#[tokio::main]
async fn what_postgres_cannot_use_is_told_in_one_line_and_left_as_it_is() {
    let cluster = Cluster::start(Kind::Postgres);
    let at = |user: &str, database: &str| address(cluster.url(user, database));
    let none = refusal(&at("moss", "none")).await;
    says(&none, &["is not there", "CREATE DATABASE \"none\" OWNER \"moss\""]);

    cluster.sql("postgres", "CREATE ROLE little LOGIN");
    let own = cluster.database();
    says(
        &refusal(&at("little", &own)).await,
        &["does not let little make tables", "GRANT CREATE ON SCHEMA \"public\" TO \"little\""],
    );

    let latin = "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc \
                 TEMPLATE template0";
    cluster.sql("postgres", latin);
    says(&refusal(&at("moss", "latin")).await, &["is in LATIN1", "ENCODING 'UTF8'"]);

    cluster.sql(&own, "CREATE TABLE theirs (a int)");
    says(
        &refusal(&at("moss", &own)).await,
        &["tables of another program in its schema public", "database of its own"],
    );
    assert_eq!(cluster.sql(&own, "SELECT COUNT(*) FROM pg_tables WHERE schemaname='public'"), "1");

    let reads = cluster.database();
    cluster.sql(&reads, &format!("ALTER DATABASE {reads} SET default_transaction_read_only = on"));
    says(&refusal(&at("moss", &reads)).await, &["takes no writes"]);

    cluster.sql("postgres", "CREATE ROLE full LOGIN CONNECTION LIMIT 0");
    says(&refusal(&at("full", &own)).await, &["has no connection free", "database.connections"]);
    nobody_is_there("postgres").await;
}

#[tokio::main]
async fn what_mariadb_cannot_use_is_told_in_one_line_and_left_as_it_is() {
    let cluster = Cluster::start(Kind::MariaDb);
    let at = |user: &str, database: &str| address(cluster.url(user, database));
    let none = refusal(&at("moss", "none")).await;
    says(&none, &["is not there", "CREATE DATABASE `none`"]);

    let own = cluster.database();
    let grant = |what: &str, user: &str| {
        let sql = format!("CREATE USER {user}@localhost; GRANT {what} TO {user}@localhost");
        cluster.sql("mysql", &sql);
    };
    grant("SELECT, INSERT, UPDATE, DELETE ON `test\\_0`.*", "little");
    says(
        &refusal(&at("little", &own)).await,
        &["does not let little make tables", "GRANT ALL ON `test_0`.* TO 'little'@'localhost'"],
    );
    says(&refusal(&at("little", "none")).await, &["is not there, or not for little"]);
    // What is granted by a pattern, or by a role, counts.
    grant("ALL ON `test\\_%`.*", "much");
    assert!(!look(&at("much", &own)).await.unwrap());
    cluster.sql("mysql", "CREATE ROLE maker; GRANT ALL ON `test\\_0`.* TO maker");
    grant("maker", "made");
    cluster.sql("mysql", "SET DEFAULT ROLE maker FOR made@localhost");
    assert!(!look(&at("made", &own)).await.unwrap());

    cluster.sql(&own, "CREATE TABLE theirs (a int)");
    says(
        &refusal(&at("moss", &own)).await,
        &["holds the tables of another program; nothing", "database of its own"],
    );
    assert_eq!(cluster.sql(&own, "SHOW TABLES"), "theirs");

    let empty = cluster.database();
    for (variable, value, before, words) in [
        ("read_only", "1", "0", &["takes no writes", "(read_only)"][..]),
        (
            "max_allowed_packet",
            "1048576",
            "16777216",
            &["than 1048576 bytes", "max_allowed_packet ="],
        ),
    ] {
        cluster.sql("mysql", &format!("SET GLOBAL {variable} = {value}"));
        says(&refusal(&at("moss", &empty)).await, words);
        cluster.sql("mysql", &format!("SET GLOBAL {variable} = {before}"));
    }
    assert_eq!(cluster.sql(&empty, "SHOW TABLES"), "");

    grant("ALL ON *.*", "full");
    cluster.sql("mysql", "ALTER USER full@localhost WITH MAX_CONNECTIONS_PER_HOUR 1");
    says(&refusal(&at("full", &empty)).await, &["has no connection free", "database.connections"]);
    nobody_is_there("mysql").await;
}

/// MySQL and MariaDB undo nothing of a start that was killed while it made the tables.
#[tokio::main]
async fn a_migration_that_was_cut_off_is_gone_on_with() {
    let cluster = Cluster::start(Kind::MariaDb);
    let name = cluster.database();
    let address = address(cluster.url("moss", &name));
    Store::open(&address).await.unwrap().close().await;
    let tables = || cluster.sql(&name, "SHOW TABLES");
    let indexes = || {
        let all = "SELECT table_name, index_name, seq_in_index, column_name \
                   FROM information_schema.statistics WHERE table_schema = DATABASE() \
                   ORDER BY table_name, index_name, seq_in_index";
        cluster.sql(&name, all)
    };
    let whole = (tables(), indexes());
    assert!(whole.0.lines().count() > 20, "{}", whole.0);
    cluster.sql(&name, "DELETE FROM seaql_migrations; DROP TABLE sub_tasks, tasks, request_logs");
    Store::open(&address).await.unwrap().close().await;
    assert_eq!((tables(), indexes()), whole);
}

/// The database is in Latin letters, and its texts are sorted without regard to case.
#[tokio::main]
async fn a_database_of_other_letters_holds_ours_byte_by_byte() {
    let cluster = Cluster::start(Kind::MariaDb);
    let default = "SELECT default_collation_name FROM information_schema.schemata \
                   WHERE schema_name = 'test_0'";
    let world = world_on(&cluster).await;
    assert_eq!(cluster.sql("mysql", default), "latin1_swedish_ci");
    let team = world.team().await;
    // A byte more than a `text` of MySQL holds.
    let text = "漢字 🙂 ".repeat(5_461) + "abcd";
    for name in ["Plan a", "plan A", "PLAN a", "plän a", "🙂"] {
        let task = json!({ "name": name, "description": text });
        world.post(&team.planner, "/api/tasks", task).await.ok();
    }
    let listed = world.get(&team.planner, "/api/tasks").await.ok();
    assert_eq!(listed["total"], 5);
    assert_eq!(listed["items"][0]["description"], text);
    // A key is another one by its case, or by a space at its end.
    let log = json!({ "action": "coding", "summary": "x" });
    for key in ["k", "K", "k-", "ķ"] {
        let answer = world.keyed(&team.executor, key, "/api/logs", log.clone()).await;
        if key.is_ascii() {
            answer.ok();
        }
    }
    let logs = world.get(&team.executor, "/api/logs/mine").await.ok();
    assert_eq!(logs.as_array().map(Vec::len), Some(3), "{logs}");
    cluster.sql("test_0", "INSERT INTO meta VALUES ('a', 1, 101), ('a ', 1, 102), ('A', 1, 103)");
    assert_eq!(cluster.sql("test_0", "SELECT COUNT(*) FROM meta WHERE \"key\" = 'a'"), "1");
}

/// The password is asked for, and never told.
#[tokio::main]
async fn a_password_is_taken_from_a_file_and_a_wrong_one_is_refused(kind: Kind) {
    let cluster = Cluster::start(kind);
    let name = &cluster.database();
    cluster.set_password("p@ss/w#rd é");
    let folder = tempfile::tempdir().unwrap();
    let config_path = folder.path().join("config.yaml");
    let mut config = Config::default();
    config.database.url = cluster.url("moss", name);
    config.database.password_file = "password".into();
    let missing = config.address(Some(&config_path)).unwrap_err().to_string();
    assert!(missing.contains("password: No such file"), "{missing}");
    for (text, opens) in [("p@ss/w#rd é\n", true), ("wr0ng\n", false)] {
        std::fs::write(folder.path().join("password"), text).unwrap();
        let address = config.address(Some(&config_path)).unwrap();
        match look(&address).await {
            Ok(there) => assert!(opens && !there),
            Err(error) => {
                let error = error.to_string();
                assert!(!opens && error.contains("does not let in moss"), "{error}");
                assert!(!error.contains("wr0ng"), "{error}");
            }
        }
    }
    let in_url = cluster.url("moss:p%40ss%2Fw%23rd%20%C3%A9", name);
    assert!(!look(&address(in_url)).await.unwrap());
}
