//! Guesses, where there are several servers to ask.

use moss_server::security::password;
use moss_server::security::throttle::FREE_GUESSES;
use test_support::database::Kind;

use crate::harness::World;
use crate::two_servers::{login, two};

on_each_server![each_server_counts_for_itself];

async fn exhaust(world: &World) -> u32 {
    let mut judged = 0;
    while login(world, "wrong horse").await.status == 403 {
        judged += 1;
    }
    judged
}

/// The bound that is written down: each server lets five through, and then no more than one a
/// minute.
#[tokio::main]
async fn each_server_counts_for_itself(kind: Kind) {
    let hash = password::hash("right horse").unwrap();
    let (a, b) = two(kind, |config| config.admin.password.clone_from(&hash)).await;
    assert_eq!((exhaust(&a).await, exhaust(&b).await), (FREE_GUESSES, FREE_GUESSES));
    for world in [&a, &b] {
        login(world, "right horse").await.refused(429, "throttled");
    }
}
