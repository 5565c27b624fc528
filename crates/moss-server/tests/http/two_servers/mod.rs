//! Two servers on one database: what one was told counts on the other within a second, and what may
//! happen once happens once.

mod jobs;
mod keys;
mod process;
mod set_up;
mod settings;
mod throttle;

use std::time::Duration;

use moss_server::config::{Address, Config};

use crate::harness::{Answer, World};
use crate::postgres::{Cluster, is_asked_for};

/// Within this every server knows.
const KNOWN: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_micros(1);

/// A file of SQLite's has one server.
fn is_skipped() -> bool {
    if !is_asked_for() {
        eprintln!("SKIPPED on SQLite: MOSS_TEST_DATABASE=postgres runs it");
    }
    !is_asked_for()
}

/// Two servers whose configurations say the same.
async fn two(change: impl Fn(&mut Config)) -> (World, World) {
    let address = Cluster::shared().address();
    (World::of(address.clone(), &change).await, World::of(address, &change).await)
}

/// Lets time go by on both.
fn advance(servers: [&World; 2], by: Duration) {
    for world in servers {
        world.clock.advance(by);
    }
}

async fn login(world: &World, password: &str) -> Answer {
    let body = serde_json::json!({ "password": password });
    world.ask("POST", "/api/admin/login", &[], &body).await
}

fn at(url: &str) -> Address {
    let mut config = Config::default();
    config.database.url = url.to_owned();
    config.address(None).unwrap()
}
