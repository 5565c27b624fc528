//! How much one agent may ask, where there are several servers to ask.

use moss_server::config::Config;
use test_support::database::Kind;

use crate::harness::{Agent, World};
use crate::two_servers::two;

on_each_server![what_one_lets_in_counts_on_the_other];

/// How many of so many requests are let in.
async fn let_in(world: &World, agent: &Agent, requests: u32) -> u32 {
    let mut done = 0;
    for _ in 0..requests {
        let answer = world.get(agent, "/api/sub-tasks/mine").await;
        match answer.status.as_u16() {
            200 => done += 1,
            _ => answer.refused(429, "rate_limited"),
        }
    }
    done
}

/// The bound that is written down: once a second has gone by, they count as one.
#[tokio::main]
async fn what_one_lets_in_counts_on_the_other(kind: Kind) {
    let (a, b) = two(kind, |config: &mut Config| config.limits.per_key = 40).await;
    let agent = a.agent("executor", "AI-Wu").await;
    let idle = a.agent("executor", "AI-Li").await;
    assert_eq!((let_in(&a, &agent, 25).await, let_in(&b, &agent, 5).await), (25, 5));
    assert_eq!(let_in(&a, &idle, 1).await, 1);
    for world in [&a, &b, &a] {
        world.app.share_rates().await.unwrap();
    }
    assert_eq!(let_in(&b, &agent, 100).await, 10);
    // Told again, it is the same; what is new is heard.
    b.app.share_rates().await.unwrap();
    a.app.share_rates().await.unwrap();
    assert_eq!(let_in(&a, &agent, 100).await, 0);
    assert_eq!(let_in(&a, &idle, 100).await, 39, "nobody else is concerned");
    for world in [&a, &b] {
        world.advance(2);
    }
    assert_eq!((let_in(&a, &agent, 30).await, let_in(&b, &agent, 30).await), (30, 30));
}
