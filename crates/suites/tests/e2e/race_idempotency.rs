//! Invariant 8 between processes: the same key sent twice at once is one effect and one answer.

use serde_json::{Value, json};

use crate::connection::{Answer, request};
use crate::sender::Sender;
use crate::team::{Agent, Team};

test_support::tests![
    the_same_key_twice_at_once_is_one_effect,
    one_key_for_two_different_requests_at_once_is_refused_once,
];

const ROUNDS: usize = 40;

fn replayed(answer: &Answer) -> bool {
    answer.head.contains("\r\nidempotency-replayed: true")
}

/// Sends the same request from both processes at once; answers the one answer.
#[track_caller]
fn twice(senders: &mut [Sender; 2], request: &str) -> Answer {
    for sender in senders.iter_mut() {
        sender.send(request);
    }
    let [one, two] = senders.each_mut().map(Sender::answer);
    assert_eq!((one.status, &one.body), (two.status, &two.body), "two answers to {request}");
    assert_ne!(replayed(&one), replayed(&two), "one is the repeat: {one:?} {two:?}");
    one
}

fn the_same_key_twice_at_once_is_one_effect() {
    Sender::play_if_spawned();
    let team = Team::start(1, 1);
    let (task, _) = team.plan("work", ROUNDS);
    let address = team.server.address();
    let name = "race_idempotency::the_same_key_twice_at_once_is_one_effect";
    let mut senders = [Sender::spawn(name, address), Sender::spawn(name, address)];
    let mut ask = |agent: &Agent, path: &str, key: String, body: Value| {
        // One id for both, as a proxy might give it: then a refusal is the same to the byte.
        let request = request("POST", path, &agent.key, &key, &body);
        twice(&mut senders, &request.replacen("\r\n", "\r\nx-request-id: twice\r\n", 1))
    };
    let executor = &team.executors[0];
    for round in 0..ROUNDS {
        let key = |what: &str| format!("{what}-{round}");
        let log = json!({ "action": "coding", "summary": format!("step {round}") });
        assert_eq!(ask(executor, "/api/logs", key("log"), log).status, 200);
        let score = json!({ "agent_id": executor.id, "score_delta": 1, "reason": "well done" });
        assert_eq!(ask(&team.reviewers[0], "/api/scores/adjust", key("adjust"), score).status, 200);
        let sub_task = json!({ "task_id": task, "name": format!("more {round}") });
        assert_eq!(ask(&team.planner, "/api/sub-tasks", key("create"), sub_task).status, 200);
        let next = ask(executor, "/api/sub-tasks/claim-next", key("claim"), json!({}));
        assert_eq!(next.status, 200);
        // A refusal is an answer too, and is repeated as it was.
        let id = next.json()["id"].as_str().unwrap().to_owned();
        let path = format!("/api/sub-tasks/{id}/submit");
        assert_eq!(ask(executor, &path, key("submit"), json!({})).code(), "illegal_transition");
    }
    let audit = team.audit();
    audit.holds();
    let rounds = i64::try_from(ROUNDS).unwrap();
    for (what, count) in [
        ("activity_logs", rounds),
        ("reward_logs", rounds),
        ("attempts", rounds),
        ("sub_tasks", 2 * rounds),
        ("idempotency_keys", 5 * rounds),
    ] {
        assert_eq!(audit.number(&format!("SELECT COUNT(*) FROM {what}")), count, "{what}");
    }
}

fn one_key_for_two_different_requests_at_once_is_refused_once() {
    Sender::play_if_spawned();
    let team = Team::start(1, 0);
    let address = team.server.address();
    let name = "race_idempotency::one_key_for_two_different_requests_at_once_is_refused_once";
    let mut senders = [Sender::spawn(name, address), Sender::spawn(name, address)];
    for round in 0..ROUNDS {
        for (who, sender) in senders.iter_mut().enumerate() {
            let body = json!({ "action": "coding", "summary": format!("{who}") });
            let key = format!("same-{round}");
            sender.send(&request("POST", "/api/logs", &team.executors[0].key, &key, &body));
        }
        let mut codes = senders.each_mut().map(|sender| {
            let answer = sender.answer();
            (answer.status, answer.code())
        });
        codes.sort();
        assert_eq!(codes, [(200, String::new()), (409, "idempotency_key_reused".to_owned())]);
    }
    let logs = team.audit().number("SELECT COUNT(*) FROM activity_logs");
    assert_eq!(logs, i64::try_from(ROUNDS).unwrap());
}
