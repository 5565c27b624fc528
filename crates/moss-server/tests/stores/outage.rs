//! What callers see of a database that is away, whatever keeps it away.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Answer, Team, World};
use crate::{TOLD, is_told_to_come_back};

/// Whoever reads, writes to what is there or makes something is told so, soon.
pub async fn is_told_to_all(world: &World, team: &Team, id: &str) {
    let began = Instant::now();
    let (read, write, other) = tokio::join!(
        world.get(&team.executor, "/api/sub-tasks/available"),
        world.act(&team.executor, id, "claim", json!({})),
        world.post(&team.planner, "/api/tasks", json!({ "name": "lost" })),
    );
    assert!(began.elapsed() < TOLD, "told after {:?}", began.elapsed());
    for answer in [read, write, other] {
        is_told_to_come_back(&answer);
    }
}

/// Whoever asks again and again is let in soon, and told to come back until then.
pub async fn heals(ask: impl AsyncFn() -> Answer) {
    let began = Instant::now();
    loop {
        let answer = ask().await;
        if answer.status == 200 {
            return;
        }
        is_told_to_come_back(&answer);
        assert!(began.elapsed() < Duration::from_secs(5), "it does not heal");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
