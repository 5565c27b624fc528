//! A database server whose disk is full, and our server before it: health says it, and is well again by
//! itself when there is room, though nobody writes.

use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;
use test_support::database::{Cluster, Kind, noise};
use test_support::http::Request;
use test_support::needs::{MARIADB, MOUNTS, POSTGRES, ROOT};
use test_support::server::{Launch, configure};

use crate::team::register;

test_support::tests![
    health_comes_back_on_postgres needs [POSTGRES, MOUNTS, ROOT],
    health_comes_back_on_mariadb needs [MARIADB, MOUNTS, ROOT],
];

fn health_comes_back_on_postgres() {
    health_comes_back(Kind::Postgres);
}

fn health_comes_back_on_mariadb() {
    health_comes_back(Kind::MariaDb);
}

fn health_comes_back(kind: Kind) {
    let cluster = Cluster::on_a_small_disk(kind);
    let database = cluster.database();
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "unused.db");
    let server = Launch::new(folder.path())
        .env("MOSS_DATABASE__URL", &cluster.url("moss", &database))
        .start();
    let executor = register(&server, "executor", "executor");
    let health = || Request::new("GET", "/api/health").send(server.url());
    let log = |n: usize| {
        let body = json!({ "action": "coding", "summary": format!("{n} {}", noise(n)) });
        Request::new("POST", "/api/logs").bearer(&executor.key).json(&body).send(server.url())
    };

    let filler = cluster.fill_disk();
    let (mut refused, mut told) = (0, 0);
    for n in 0..2_000 {
        if log(n).status == 507 {
            refused += 1;
            // What the server writes by itself may still have fitted since.
            told += usize::from(health().json()["problem"] == "writes fail: the disk is full");
        }
        if refused == 5 {
            break;
        }
    }
    assert!(refused == 5 && told > 0, "{refused} refused, {told} told");

    drop(filler);
    let end = Instant::now() + Duration::from_secs(10);
    while health().status != 200 {
        assert!(Instant::now() < end, "{}", health().text());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(log(0).status, 200);
}
