//! Invariant 8: the same key gives the same answer, also when sent twice at once.

use serde_json::json;

use crate::harness::World;

#[tokio::test]
async fn a_repeated_write_is_one_write() {
    let world = World::new().await;
    let team = world.team().await;
    let body = json!({ "name": "again" });
    let first = world.keyed(&team.planner, "k1", "/api/tasks", body.clone()).await;
    let second = world.keyed(&team.planner, "k1", "/api/tasks", body).await;
    assert_eq!(first.text, second.text);
    assert_eq!(second.headers["idempotency-replayed"], "true");
    assert!(!first.headers.contains_key("idempotency-replayed"));
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 1);
}

#[tokio::test]
async fn at_once_and_many_times_is_still_one_write() {
    let world = World::new().await;
    let team = world.team().await;
    let sends = (0..32).map(|n| {
        let body = json!({ "name": "again" });
        // Two keys, interleaved: neighbours in a batch do not disturb each other.
        let key = if n % 2 == 0 { "even" } else { "odd" };
        let (world, planner) = (&world, &team.planner);
        async move { (key, world.keyed(planner, key, "/api/tasks", body).await.text) }
    });
    let answers = futures_util::future::join_all(sends).await;
    for (key, text) in &answers {
        let first = answers.iter().find(|(k, _)| k == key).unwrap();
        assert_eq!(&first.1, text);
    }
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 2);
}

#[tokio::test]
async fn a_refusal_is_repeated_too() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    let path = format!("/api/sub-tasks/{id}/claim");
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let lost = world.keyed(&team.other, "k", &path, json!({})).await;
    lost.refused(409, "already_claimed");
    world.act(&team.executor, &id, "release", json!({})).await.ok();
    let again = world.keyed(&team.other, "k", &path, json!({})).await;
    assert_eq!(again.without_request_id(), lost.without_request_id());
    assert_eq!(world.status(&id, &team.planner).await, "pending");
}

#[tokio::test]
async fn a_key_belongs_to_its_caller_and_its_request() {
    let world = World::new().await;
    let team = world.team().await;
    let second = world.agent("planner", "Plan-2").await;
    world.keyed(&team.planner, "k", "/api/tasks", json!({ "name": "a" })).await.ok();
    world.keyed(&second, "k", "/api/tasks", json!({ "name": "b" })).await.ok();
    let other = world.keyed(&team.planner, "k", "/api/tasks", json!({ "name": "c" })).await;
    other.refused(409, "idempotency_key_reused");
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 2);
    for bad in ["", &"k".repeat(201)] {
        let answer = world.keyed(&team.planner, bad, "/api/tasks", json!({ "name": "d" })).await;
        assert_eq!(answer.status, 422, "{bad:?}");
    }
}

#[tokio::test]
async fn answers_are_forgotten_after_their_time() {
    use moss_server::domain::retention::Purge;
    let world = World::new().await;
    let team = world.team().await;
    let body = json!({ "name": "again" });
    world.keyed(&team.planner, "k", "/api/tasks", body.clone()).await.ok();
    world.advance(24 * 60 + 1);
    let purge = Purge { request_log: std::time::Duration::from_secs(60), most_requests: 1_000 };
    world.app.writer.write(purge, None).await.unwrap();
    world.keyed(&team.planner, "k", "/api/tasks", body).await.ok();
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 2);
}

/// Changes something, and then refuses.
struct Half;

impl moss_server::domain::Command for Half {
    type Output = ();

    async fn run(&self, tx: &moss_server::store::Tx) -> Result<(), moss_server::domain::Error> {
        use moss_server::domain::planning::tasks::Create;
        use moss_server::domain::{Actor, Refusal};
        let actor = Actor {
            id: "x".to_owned(),
            name: "x".to_owned(),
            role: moss_api::Role::Planner,
            by_admin: false,
        };
        let (name, description, kind) =
            ("half".to_owned(), String::new(), moss_api::WorkType::Once);
        moss_server::domain::Command::run(&Create { actor, name, description, kind }, tx).await?;
        Err(Refusal::new(moss_api::ErrorCode::NotFound, "the other half").into())
    }
}

/// A command that fails after it changed something undoes its own change and nobody else's.
#[tokio::test]
async fn a_failing_neighbour_takes_nobody_along() {
    let world = World::new().await;
    let team = world.team().await;
    world.get(&team.planner, "/api/wake").await.ok();
    let writes = (0..20).map(|n| {
        let (world, team) = (&world, &team);
        async move {
            if n % 5 == 2 {
                world.app.writer.write(Half, None).await.unwrap().status
            } else {
                let body = json!({ "name": format!("t{n}") });
                world.post(&team.planner, "/api/tasks", body).await.status.as_u16()
            }
        }
    });
    let statuses = futures_util::future::join_all(writes).await;
    assert_eq!(statuses.iter().filter(|s| **s == 404).count(), 4);
    assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 16);
    assert_eq!(world.get(&team.planner, "/api/tasks").await.ok()["total"], 16);
}
