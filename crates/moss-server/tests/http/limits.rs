//! How much one caller may ask in a minute, and that nobody else waits for it.

use axum::body::Body;
use axum::http::Request;
use moss_server::config::Config;

use crate::harness::{Agent, Answer, World};

async fn mine(world: &World, agent: &Agent) -> Answer {
    world.get(agent, "/api/sub-tasks/mine").await
}

#[tokio::test]
async fn an_agent_that_asks_too_much_is_told_when_to_come_again() {
    let world = World::with(|config| config.limits.per_key = 3).await;
    let team = world.team().await;
    for _ in 0..3 {
        mine(&world, &team.executor).await.ok();
    }
    let refused = mine(&world, &team.executor).await;
    refused.refused(429, "rate_limited");
    assert_eq!(refused.headers["retry-after"], "80");
    let said = refused.json()["detail"].as_str().unwrap().to_owned();
    assert_eq!(said, "more than 3 requests of one caller in a minute");
    mine(&world, &team.other).await.ok();
    let admin = world.admin().await;
    let headers = [("x-admin-token", admin.as_str())];
    world.ask("GET", "/api/admin/agents", &headers, &().into()).await.ok();
    // Whoever brings a wrong key is not that agent.
    let stranger = Agent { key: format!("{}x", team.reviewer.key), ..team.reviewer.clone() };
    for _ in 0..5 {
        mine(&world, &stranger).await.refused(401, "unknown_key");
    }
    mine(&world, &team.reviewer).await.ok();
    world.clock.advance(std::time::Duration::from_secs(79));
    mine(&world, &team.executor).await.refused(429, "rate_limited");
    world.clock.advance(std::time::Duration::from_secs(1));
    mine(&world, &team.executor).await.ok();
    mine(&world, &team.executor).await.refused(429, "rate_limited");
}

async fn asks(world: &World, peer: &str, path: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = World::from(peer, request.body(Body::empty()).unwrap());
    world.send(request).await.status.as_u16()
}

#[tokio::test]
async fn an_address_is_counted_whoever_asks_from_there() {
    let change = |config: &mut Config| {
        config.limits.per_address = 4;
        config.server.trusted_proxies = vec!["10.0.0.1".parse().unwrap()];
    };
    let world = World::with(change).await;
    let agent = world.agent("executor", "AI-Wu").await;
    let bearer = format!("Bearer {}", agent.key);
    let own = [("authorization", bearer.as_str())];
    // Nobody, the agent, and whoever asks for nothing that is there: all from one address.
    assert_eq!(asks(&world, "203.0.113.9", "/api/sub-tasks/mine", &[]).await, 422);
    assert_eq!(asks(&world, "203.0.113.9", "/api/sub-tasks/mine", &own).await, 200);
    assert_eq!(asks(&world, "203.0.113.9", "/nothing", &[]).await, 404);
    assert_eq!(asks(&world, "203.0.113.9", "/openapi.json", &[]).await, 200);
    assert_eq!(asks(&world, "203.0.113.9", "/api/sub-tasks/mine", &own).await, 429);
    for path in ["/api/health", "/api/ready"] {
        assert_eq!(
            asks(&world, "203.0.113.9", path, &[]).await,
            200,
            "{path} is for whoever watches"
        );
    }
    assert_eq!(asks(&world, "203.0.113.10", "/api/sub-tasks/mine", &own).await, 200);
    // One host has a whole network of IPv6.
    for host in 1..=4 {
        let peer = format!("2001:db8::{host}");
        assert_eq!(asks(&world, &peer, "/nothing", &[]).await, 404);
    }
    assert_eq!(asks(&world, "2001:db8::5", "/nothing", &[]).await, 429);
    // A proxy that is named is not everybody; one that is not may say what it likes.
    for _ in 0..8 {
        assert_eq!(asks(&world, "127.0.0.1", "/nothing", &[]).await, 404);
    }
    fn client(address: &str) -> [(&str, &str); 1] {
        [("x-forwarded-for", address)]
    }
    for address in ["198.51.100.1", "198.51.100.2"] {
        for _ in 0..4 {
            assert_eq!(asks(&world, "10.0.0.1", "/nothing", &client(address)).await, 404);
        }
        assert_eq!(asks(&world, "10.0.0.1", "/nothing", &client(address)).await, 429);
    }
    for other in 3..7 {
        let address = format!("198.51.100.{other}");
        assert_eq!(asks(&world, "10.0.0.2", "/nothing", &client(&address)).await, 404);
    }
    assert_eq!(asks(&world, "10.0.0.2", "/nothing", &client("198.51.100.9")).await, 429);
    let watched = World::from("127.0.0.1", Request::get("/metrics").body(Body::empty()).unwrap());
    let metrics = world.send(watched).await.text;
    for line in [
        "moss_limit_per_minute{by=\"key\"} 0",
        "moss_limit_per_minute{by=\"address\"} 4",
        "moss_over_limit_total{by=\"key\"} 0",
        "moss_over_limit_total{by=\"address\"} 5",
    ] {
        assert!(metrics.lines().any(|said| said == line), "{line}: {metrics}");
    }
}
