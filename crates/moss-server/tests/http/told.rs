//! Who leaves packets unanswered, is not let in or is not heard from: patrol and a person are told
//! once, and of the end too.

use moss_api::AgentStatus;
use moss_server::domain::access::agents::{ResetKey, SetStatus};
use moss_server::security::secret::AgentKey;
use serde_json::{Value, json};

use crate::harness::{Agent, Team, World};

/// Lets a timer ask until it has been given up on: six packets, and the hour after the last.
async fn ignores(world: &World, agent: &Agent) -> u64 {
    let mut packets = 0;
    for _ in 0..60 {
        packets += u64::from(world.wakes(agent).await);
        if world.agent_events().await.iter().any(|(name, _)| *name == agent.name) {
            return packets;
        }
        world.advance(5);
    }
    panic!("{} was not given up on", agent.name);
}

async fn rework(world: &World, team: &Team) -> String {
    let id = world.handed_in(team).await;
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    id
}

fn said(events: &[(String, String)]) -> Vec<(&str, &str)> {
    events.iter().map(|(name, said)| (name.as_str(), said.as_str())).collect()
}

#[tokio::test]
async fn what_lies_about_is_let_go_and_its_story_goes_along() {
    let world = World::new().await;
    let team = world.team().await;
    let id = rework(&world, &team).await;
    assert_eq!(ignores(&world, &team.executor).await, 6);
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!((&row["status"], &row["assigned_agent"]), (&json!("pending"), &Value::Null));
    let history = world.get(&team.other, &format!("/api/sub-tasks/{id}/history")).await.ok();
    let last = history.as_array().unwrap().last().unwrap();
    let story = format!("left 6 packets in a row unanswered, the last about {}", &id[..8]);
    assert_eq!(
        (&last["action"], &last["detail"], &last["agent_id"], &last["from"], &last["to"]),
        (
            &json!("let_go"),
            &json!(format!("\"AI-Wu\" {story}")),
            &Value::Null,
            &json!("rework"),
            &json!("pending")
        )
    );
    assert_eq!(said(&world.agent_events().await), [("AI-Wu", &*format!("unanswered {story}"))]);
    // Not again at once, and not to nobody else.
    world.advance(5);
    assert!(!world.wakes(&team.executor).await);
    assert!(world.wakes(&team.other).await);
    world.advance(55);
    assert!(world.wakes(&team.executor).await);
}

#[tokio::test]
async fn what_its_holder_works_on_is_not_let_go() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "x", "assign": "AI-Wu" }]);
    let id = world.plan(&team.planner, "T", plan).await.remove(0);
    for _ in 0..30 {
        world.gate(&team.executor).await;
        world.act(&team.executor, &id, "heartbeat", json!({})).await.ok();
        world.advance(45);
    }
    assert_eq!(world.status(&id, &team.planner).await, "assigned");
    assert_eq!(world.agent_events().await, []);
}

#[tokio::test]
async fn patrol_is_shown_who_answers_nothing_until_it_answers() {
    let world = World::new().await;
    let team = world.team().await;
    let up = world.now();
    world.handed_in(&team).await;
    assert!(!world.wakes(&team.patrol).await);
    assert_eq!(ignores(&world, &team.reviewer).await, 7, "what waits is offered every hour");
    let packet = world.gate(&team.patrol).await;
    let anomaly = &packet["anomalies"][0];
    assert_eq!(
        (&anomaly["type"], &anomaly["subject_name"], &anomaly["severity"], &anomaly["times"]),
        (&json!("unanswered"), &json!("AI-Rev"), &json!("warning"), &json!(1))
    );
    let id = anomaly["id"].as_str().unwrap();
    let path = format!("/api/patrol/records/{}", &id[..8]);
    let ignore = |note: &str| json!({ "status": "ignored", "note": note });
    world.put(&team.executor, &path, ignore("w")).await.refused(403, "wrong_role");
    world.put(&team.patrol, &path, ignore("a person is on it")).await.ok();
    world.advance(60 * 24);
    assert!(!world.wakes(&team.patrol).await, "it was judged");
    world.gate(&team.reviewer).await;
    world.watch(up).await;
    let of = async |query: &str| {
        world.get(&team.executor, &format!("/api/patrol/records?{query}")).await.ok()
    };
    assert_eq!(of("state=ignored").await["total"], json!(1));

    world.post(&team.reviewer, "/api/logs", json!({ "action": "plan", "summary": "s" })).await.ok();
    world.watch(up).await;
    world.watch(up).await;
    assert_eq!(of("state=ignored").await["total"], json!(0));
    let all = of("state=resolved").await;
    assert_eq!((&all["total"], &all["items"][0]["closed"]), (&json!(1), &json!(world.now())));

    // Once more: the same record, opened again, and patrol is woken again.
    world.gate(&team.reviewer).await;
    world.advance(5);
    for _ in 0..60 {
        world.gate(&team.reviewer).await;
        world.advance(5);
    }
    assert!(world.wakes(&team.patrol).await);
    let open = of("state=open").await;
    assert_eq!((&open["items"][0]["id"], &open["items"][0]["times"]), (&json!(id), &json!(2)));
    let events = world.agent_events().await;
    let of_reviewer: Vec<_> =
        said(&events).into_iter().filter_map(|(_, said)| said.split(' ').next()).collect();
    assert_eq!(of_reviewer, ["unanswered", "ignored", "over", "unanswered"]);
}

#[tokio::test]
async fn a_key_that_is_not_let_in_is_told_once() {
    let world = World::new().await;
    let team = world.team().await;
    let up = world.now();
    let set = async |agent: &Agent, status| {
        let set = SetStatus { id: agent.id.clone(), status };
        world.app.writer.write(set, None).await.unwrap();
    };
    set(&team.executor, AgentStatus::Disabled).await;
    let reset = ResetKey { id: team.reviewer.id.clone(), key: AgentKey::generate().unwrap() };
    world.app.writer.write(reset, None).await.unwrap();
    let forged = team.other.key();
    let forged =
        format!("{}{}", &forged[..forged.len() - 1], if forged.ends_with('0') { 1 } else { 0 });
    let forged = team.other.with_key(&forged);
    for _ in 0..50 {
        world.get(&team.executor, "/api/wake?gate=true").await.refused(403, "agent_disabled");
        world.get(&team.reviewer, "/api/wake?gate=true").await.refused(401, "unknown_key");
        world.get(&forged, "/api/wake?gate=true").await.refused(401, "unknown_key");
        world.advance(5);
        world.watch(up).await;
    }
    assert_eq!(
        said(&world.agent_events().await),
        [
            ("AI-Wu", "key_refused is not let in: the agent \"AI-Wu\" is disabled"),
            (
                "AI-Rev",
                "key_refused is not let in: this key was replaced by a newer one and has ended"
            ),
            ("AI-Li", "key_refused is not let in: this key is of no agent"),
        ]
    );
    set(&team.executor, AgentStatus::Active).await;
    world.gate(&team.executor).await;
    world.watch(up).await;
    world.watch(up).await;
    let events = world.agent_events().await;
    assert_eq!(said(&events)[3..], [("AI-Wu", "over key_refused: is let in again")]);
}

#[tokio::test]
async fn a_timer_that_has_stopped_is_told_once_and_its_return() {
    let world = World::new().await;
    let team = world.team().await;
    let up = world.now();
    world.one(&team.planner).await;
    for _ in 0..4 {
        world.gate(&team.executor).await;
        world.gate(&team.patrol).await;
        world.advance(5);
        world.watch(up).await;
    }
    for minutes in [30, 40, 600, 600] {
        assert_eq!(world.agent_events().await.is_empty(), minutes <= 40, "{minutes}");
        world.advance(minutes);
        // A person in its place is no sign of it.
        let admin = world.admin().await;
        let place = [("x-admin-token", admin.as_str()), ("x-moss-act-as", "AI-Wu")];
        world.ask("GET", "/api/wake", &place, &Value::Null).await.ok();
        world.watch(up).await;
    }
    // Patrol had nothing to do: nobody knows whether it has a timer.
    let since = "silent was not heard from since 2026-11-20T09:15Z";
    assert_eq!(said(&world.agent_events().await), [("AI-Wu", since)]);
    world.gate(&team.executor).await;
    world.watch(up).await;
    world.watch(up).await;
    let events = world.agent_events().await;
    assert_eq!(said(&events)[1..], [("AI-Wu", "over silent: is heard from again")]);
}

#[tokio::test]
async fn a_server_that_was_down_misses_nobody() {
    let world = World::new().await;
    let team = world.team().await;
    world.one(&team.planner).await;
    world.gate(&team.executor).await;
    world.advance(60 * 24);
    let up = world.now();
    world.watch(up).await;
    world.advance(30);
    world.watch(up).await;
    assert_eq!(world.agent_events().await, []);
    world.advance(31);
    world.watch(up).await;
    assert_eq!(world.agent_events().await.len(), 1);
}
