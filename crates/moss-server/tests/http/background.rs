//! What the server does without being asked.

use std::time::Duration;

use moss_api::{Role, Timestamp};
use moss_server::background::run_background;
use moss_server::store::entity::request_log::{ActiveModel, Entity};
use moss_server::store::{At, Word, new_id};
use sea_orm::{EntityTrait, NotSet, PaginatorTrait, Set};
use tokio::sync::watch;

use crate::harness::World;

/// Enough for many rounds of a purge, each with an fsync of its own.
const OLD_REQUESTS: u64 = 30_000;

fn old_request(number: u64) -> ActiveModel {
    let began: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
    ActiveModel {
        seq: NotSet,
        timestamp: Set(At(began + Duration::from_micros(number))),
        method: Set("GET".to_owned()),
        path: Set("/api/wake".to_owned()),
        agent_id: Set(new_id()),
        acted_by: Set(None),
        agent_name: Set("AI-Wu".to_owned()),
        agent_role: Set(Word(Role::Executor)),
        request_body: Set(None),
        response_status: Set(200),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_purge_does_not_hold_up_the_stop() {
    let world = World::new().await;
    let kept = || async { Entity::find().count(world.app.store.read()).await.unwrap() };
    let until = async |done: fn(u64) -> bool| {
        while !done(kept().await) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    world.app.writer.log_requests((0..OLD_REQUESTS).map(old_request).collect());
    until(|rows| rows == OLD_REQUESTS).await;

    let (stop, stopped) = watch::channel(false);
    let background = tokio::spawn(run_background(world.app.clone(), stopped));
    until(|rows| rows < OLD_REQUESTS).await;
    stop.send(true).unwrap();
    background.await.unwrap();
    assert!(kept().await > 0, "the purge was finished before the stop was seen");
}
