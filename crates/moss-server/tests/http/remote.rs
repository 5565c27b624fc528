//! What is only so of a database that is a server: it may be away, be somebody else's, or be opened
//! by several at once.

use std::time::{Duration, Instant};

use moss_server::config::{Address, Config};
use moss_server::store::{Store, look};
use serde_json::{Value, json};

use crate::harness::{Answer, World};
use crate::postgres::{Cluster, is_asked_for};
use crate::proxy::Proxy;

/// Within this every caller is told that the database is away.
const TOLD: Duration = Duration::from_secs(2);

fn is_skipped() -> bool {
    if !is_asked_for() {
        eprintln!("SKIPPED on SQLite: MOSS_TEST_DATABASE=postgres runs it");
    }
    !is_asked_for()
}

fn at(url: String) -> Address {
    let mut config = Config::default();
    config.database.url = url;
    config.address(None).unwrap()
}

async fn refusal(address: &Address) -> String {
    let refused = Store::open(address).await.err().expect("it was opened").to_string();
    assert_eq!(look(address).await.err().map(|error| error.to_string()), Some(refused.clone()));
    assert!(!refused.contains('\n'), "{refused}");
    refused
}

fn is_told_to_come_back(answer: &Answer) {
    answer.refused(503, "unavailable");
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_told_at_once_and_heals_by_itself() {
    if is_skipped() {
        return;
    }
    let cluster = Cluster::start();
    let world = World::on(cluster.address()).await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let health = async || world.ask("GET", "/api/health", &[], &Value::Null).await;

    cluster.control(&["-m", "immediate", "stop"]);
    world.clock.advance(Duration::from_secs(1)); // so that keys are asked for again
    for _ in 0..3 {
        let began = Instant::now();
        let (read, write, other) = tokio::join!(
            world.get(&team.executor, "/api/sub-tasks/available"),
            world.act(&team.executor, &id, "claim", json!({})),
            world.post(&team.planner, "/api/tasks", json!({ "name": "lost" })),
        );
        assert!(began.elapsed() < TOLD, "told after {:?}", began.elapsed());
        for answer in [read, write, other] {
            is_told_to_come_back(&answer);
        }
        let unwell = health().await.json();
        assert_eq!(unwell["problem"], "the database is not reached; it is tried again and again");
    }

    cluster.control(&["start"]);
    let began = Instant::now();
    loop {
        let answer = world.act(&team.executor, &id, "claim", json!({})).await;
        if answer.status == 200 {
            break;
        }
        is_told_to_come_back(&answer);
        assert!(began.elapsed() < Duration::from_secs(5), "it does not heal");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 1);
    assert_eq!(health().await.status, 200);
}

/// A connection that the server ends is one, and not the database.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_between_two_requests_costs_nothing() {
    if is_skipped() {
        return;
    }
    let cluster = Cluster::start();
    let world = World::on(cluster.address()).await;
    let team = world.team().await;
    for round in 0..5 {
        cluster.sql(
            "postgres",
            "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'test_0'",
        );
        let name = format!("round {round}");
        world.get(&team.planner, "/api/sub-tasks").await.ok();
        world.get(&team.planner, "/api/wake").await.ok();
        world.post(&team.planner, "/api/tasks", json!({ "name": name })).await.ok();
    }
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_migrate_once_and_a_newer_schema_is_refused() {
    if is_skipped() {
        return;
    }
    let cluster = Cluster::shared();
    let name = cluster.database();
    let address = at(cluster.url("moss", &name));
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
    let collations = "SELECT DISTINCT COALESCE(collation_name, 'none') FROM information_schema.columns \
                      WHERE table_schema = 'public' AND table_name <> 'seaql_migrations' \
                      AND data_type IN ('text', 'character varying')";
    assert_eq!(cluster.sql(&name, collations), "C");

    cluster.sql(&name, "INSERT INTO seaql_migrations VALUES ('m9999_later', 0)");
    let refused = refusal(&address).await;
    assert!(
        refused.ends_with(
            "was written by a newer moss-server (it has the migration m9999_later); upgrade this one"
        ),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_told_in_one_line_and_left_as_it_is() {
    if is_skipped() {
        return;
    }
    let cluster = Cluster::start();
    let says = |refused: String, words: &[&str]| {
        for word in words {
            assert!(refused.contains(word), "{word:?} in {refused}");
        }
    };
    let none = at(cluster.url("moss", "none"));
    says(refusal(&none).await, &["is not there", "CREATE DATABASE \"none\" OWNER \"moss\""]);

    cluster.sql("postgres", "CREATE ROLE little LOGIN");
    let own = cluster.database();
    let little = at(cluster.url("little", &own));
    says(
        refusal(&little).await,
        &["does not let little make tables", "GRANT CREATE ON SCHEMA \"public\" TO \"little\""],
    );

    let latin = "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc \
                 TEMPLATE template0";
    cluster.sql("postgres", latin);
    says(refusal(&at(cluster.url("moss", "latin"))).await, &["is in LATIN1", "ENCODING 'UTF8'"]);

    cluster.sql(&own, "CREATE TABLE theirs (a int)");
    let foreign = at(cluster.url("moss", &own));
    says(refusal(&foreign).await, &["tables of another program", "database of its own"]);
    assert_eq!(cluster.sql(&own, "SELECT COUNT(*) FROM pg_tables WHERE schemaname='public'"), "1");

    let reads = cluster.database();
    cluster.sql(&reads, &format!("ALTER DATABASE {reads} SET default_transaction_read_only = on"));
    says(refusal(&at(cluster.url("moss", &reads))).await, &["takes no writes"]);

    cluster.sql("postgres", "CREATE ROLE full LOGIN CONNECTION LIMIT 0");
    says(
        refusal(&at(cluster.url("full", &own))).await,
        &["has no connection free", "database.connections"],
    );

    let nobody = at("postgres://moss:s3cret@127.0.0.1:1/moss".to_owned());
    let refused = refusal(&nobody).await;
    says(refused.clone(), &["postgres://moss@127.0.0.1:1/moss cannot be reached", "is it running"]);
    assert!(!refused.contains("s3cret"), "{refused}");
}

/// The password is asked for, and never told.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_taken_from_a_file_and_a_wrong_one_is_refused() {
    if is_skipped() {
        return;
    }
    let cluster = Cluster::start();
    cluster.sql("postgres", "ALTER ROLE moss PASSWORD 'p@ss/w#rd é'");
    cluster.demand_passwords();
    let name = "postgres";
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
    assert!(!look(&at(in_url)).await.unwrap());
}

/// A server whose way to the database can be cut.
async fn behind_a_proxy(cluster: &Cluster) -> (World, Proxy) {
    let proxy = Proxy::to(cluster.folder());
    let database = cluster.database();
    let url = format!("postgres://moss@localhost/{database}?host={}", proxy.folder().display());
    (World::on(at(url)).await, proxy)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_without_an_answer_is_found_by_its_key_and_told_without_one() {
    if is_skipped() {
        return;
    }
    let (world, proxy) = behind_a_proxy(Cluster::shared()).await;
    let team = world.team().await;
    let tasks = async || world.get(&team.planner, "/api/tasks").await.ok()["total"].clone();

    proxy.cut_at_next_commit();
    let kept = world.keyed(&team.planner, "k", "/api/tasks", json!({ "name": "kept" })).await;
    assert!(proxy.has_cut());
    assert_eq!(kept.ok()["name"], "kept", "its answer stood under its key");
    assert_eq!(kept.headers["idempotency-replayed"], "true");
    assert_eq!(tasks().await, 1);

    proxy.cut_at_next_commit();
    let unknown = world.post(&team.planner, "/api/tasks", json!({ "name": "unknown" })).await;
    assert!(proxy.has_cut());
    is_told_to_come_back(&unknown);
    assert!(unknown.text.contains("whether this was done is not known"), "{}", unknown.text);
    assert_eq!(tasks().await, 2, "it was done, and not done again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_swallows_every_word_is_told_within_two_seconds_and_heals() {
    if is_skipped() {
        return;
    }
    let (world, proxy) = behind_a_proxy(Cluster::shared()).await;
    let team = world.team().await;
    proxy.be_silent(true);
    world.clock.advance(Duration::from_secs(1));
    let end = Instant::now() + Duration::from_secs(10);
    while Instant::now() < end {
        let began = Instant::now();
        let (read, write) = tokio::join!(
            world.get(&team.executor, "/api/sub-tasks/available"),
            world.keyed(&team.planner, "k", "/api/tasks", json!({ "name": "late" })),
        );
        is_told_to_come_back(&read);
        is_told_to_come_back(&write);
        assert!(began.elapsed() < TOLD, "{:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    proxy.be_silent(false);
    let healed = Instant::now();
    loop {
        let body = json!({ "name": "late" });
        let again = world.keyed(&team.planner, "k", "/api/tasks", body).await;
        if again.status == 200 {
            break;
        }
        is_told_to_come_back(&again);
        assert!(healed.elapsed() < Duration::from_secs(5), "it does not heal");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 1);
}
