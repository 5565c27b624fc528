//! A key is exchanged while processes die: whoever is asked last, the agent has a key that works.

use serde_json::Value;

use crate::team::{Agent, Team};
use test_support::http::Request;
use test_support::server::Launch;

test_support::tests![
    a_key_that_was_never_stored_costs_nothing,
    a_first_use_survives_the_server,
    rotations_at_once_leave_a_key_that_works,
];

fn rotate(team: &Team, agent: &Agent) -> Agent {
    let body = team.must(agent, "POST", "/api/agents/me/key", &Value::Null);
    let key = body["api_key"].as_str().unwrap().to_owned();
    Agent { id: agent.id.clone(), name: agent.name.clone(), key }
}

fn status(team: &Team, agent: &Agent) -> u16 {
    Request::new("GET", "/api/agents/me").bearer(&agent.key).send(team.server.url()).status
}

fn kill_and_restart(team: &mut Team) {
    team.server.kill();
    team.server = Launch::new(team.folder.path()).start();
    team.audit().holds();
}

/// The caller and the server die after the answer and before anybody has stored the key.
fn a_key_that_was_never_stored_costs_nothing() {
    let mut team = Team::start(1, 0);
    let old = team.executors.remove(0);
    let lost = rotate(&team, &old);
    kill_and_restart(&mut team);
    assert_eq!(status(&team, &old), 200);
    let next = rotate(&team, &old);
    kill_and_restart(&mut team);
    assert_eq!((status(&team, &lost), status(&team, &next)), (401, 200));
    assert_eq!(status(&team, &old), 200, "in its grace");
}

/// The server dies right after the first use of the new key: what was answered holds.
fn a_first_use_survives_the_server() {
    let mut team = Team::start(1, 0);
    let old = team.executors.remove(0);
    let new = rotate(&team, &old);
    let me = team.must(&new, "GET", "/api/agents/me", &Value::Null);
    assert_eq!((&me["id"], me.get("key_ends_at")), (&Value::from(old.id.as_str()), None));
    kill_and_restart(&mut team);
    let ends = "SELECT COUNT(*) FROM agent_keys WHERE expires_at IS NOT NULL AND NOT pending";
    assert_eq!(team.audit().number(ends), 1);
    assert_eq!(status(&team, &new), 200);
    let me = team.must(&old, "GET", "/api/agents/me", &Value::Null);
    assert!(me["key_ends_at"].is_string(), "{me}");
    let refused = team.ask(&old, "POST", "/api/agents/me/key", &Value::Null);
    assert_eq!(refused.status, 403, "{}", refused.body);
}

/// Four processes exchange the same key at once, over and over, while the server is killed.
fn rotations_at_once_leave_a_key_that_works() {
    let mut team = Team::start(1, 0);
    let mut agent = team.executors.remove(0);
    for _ in 0..6 {
        let asked: Vec<Agent> = std::thread::scope(|scope| {
            let ask = |_| scope.spawn(|| rotate(&team, &agent));
            let asking: Vec<_> = (0..4).map(ask).collect();
            asking.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        kill_and_restart(&mut team);
        assert_eq!(status(&team, &agent), 200);
        let mut good: Vec<Agent> =
            asked.into_iter().filter(|next| status(&team, next) == 200).collect();
        assert_eq!(good.len(), 1);
        agent = good.remove(0);
    }
}
