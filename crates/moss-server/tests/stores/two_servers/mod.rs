//! Two servers on one database: what one was told counts on the other within a second, and what may
//! happen once happens once.

pub mod jobs;
pub mod keys;
mod process;
pub mod rates;
pub mod set_up;
pub mod settings;
pub mod throttle;

use std::time::Duration;

use moss_server::config::Config;
use test_support::database::Kind;

use crate::harness::{Answer, World, address};
use crate::new_url;

/// Within this every server knows.
const KNOWN: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_micros(1);

/// Two servers whose configurations say the same, each with a clock of its own.
async fn two(kind: Kind, change: impl Fn(&mut Config)) -> (World, World) {
    let address = address(new_url(kind));
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
