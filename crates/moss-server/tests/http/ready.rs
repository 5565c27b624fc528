//! Whether a server should be sent requests: what a load balancer goes by.

use std::time::Duration;

use serde_json::Value;
use test_support::database::Cluster;

use crate::harness::{Answer, World};
use crate::moving::{Place, tamper_beside};

async fn asked(world: &World, path: &str) -> Answer {
    world.ask("GET", path, &[], &Value::Null).await
}

/// A newer server has changed the schema while this one runs: it says so and is well, works on, and
/// is ready again when it is taken back.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_server_sees_a_newer_schema() {
    let place = if Cluster::asked_for().is_some() { Place::server() } else { Place::sqlite() };
    let world = World::on(place.address()).await;
    let team = world.team().await;
    let ready = asked(&world, "/api/ready").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["status"]), (200, &"ok".into()));

    let later = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 1)";
    tamper_beside(&place, later);
    // What was found is given again for a second.
    assert_eq!(asked(&world, "/api/ready").await.status, 200);
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    let ready = asked(&world, "/api/ready").await;
    assert_eq!((ready.status.as_u16(), &ready.json()["status"]), (503, &"unwell".into()));
    assert_eq!(
        ready.json()["problem"],
        "the database has the schema of a newer moss-server (m9999_later); upgrade this one"
    );
    let health = asked(&world, "/api/health").await;
    assert_eq!((health.status.as_u16(), &health.json()["problem"]), (200, &Value::Null));
    world.one(&team.planner).await;

    tamper_beside(&place, "DELETE FROM seaql_migrations WHERE version = 'm9999_later'");
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    assert_eq!(asked(&world, "/api/ready").await.status, 200);
}
