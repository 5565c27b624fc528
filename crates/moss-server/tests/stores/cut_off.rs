//! A server whose way to its database is cut: at a commit whose answer is lost, or without a word.

use std::time::{Duration, Instant};

use serde_json::json;
use test_support::database::{Cluster, Kind};

use crate::harness::{World, address};
use crate::outage::heals;
use crate::proxy::Proxy;
use crate::{TOLD, is_told_to_come_back};

on_each_server![
    a_commit_without_an_answer_is_found_by_its_key_and_told_without_one,
    a_network_that_swallows_every_word_is_told_within_two_seconds_and_heals
];

/// A server whose way to the database can be cut.
async fn behind_a_proxy(kind: Kind) -> (World, Proxy) {
    let cluster = Cluster::shared(kind);
    let proxy = Proxy::to(cluster);
    let url = proxy.url(cluster, &cluster.database());
    (World::on(address(url)).await, proxy)
}

#[tokio::main]
async fn a_commit_without_an_answer_is_found_by_its_key_and_told_without_one(kind: Kind) {
    let (world, proxy) = behind_a_proxy(kind).await;
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

#[tokio::main]
async fn a_network_that_swallows_every_word_is_told_within_two_seconds_and_heals(kind: Kind) {
    let (world, proxy) = behind_a_proxy(kind).await;
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
    let again = json!({ "name": "late" });
    heals(async || world.keyed(&team.planner, "k", "/api/tasks", again.clone()).await).await;
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 1);
}
