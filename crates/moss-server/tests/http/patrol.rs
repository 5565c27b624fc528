//! Patrol as arithmetic: what is amiss is found, recorded once, acted on and closed by the server; a
//! model is woken only for what that did not settle.

use moss_api::{AgentStatus, PatrolAction};
use serde_json::{Value, json};

use crate::harness::{Agent, Team, World};

/// What patrol is woken by: kind, severity, and the first eight digits of the subject.
async fn amiss(world: &World, team: &Team) -> Vec<(String, String, String)> {
    let packet = world.get(&team.patrol, "/api/wake").await.ok();
    let text = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let of = |it: &Value| {
        let subject = text(it, "subject");
        (text(it, "type"), text(it, "severity"), subject.chars().take(8).collect())
    };
    packet["anomalies"].as_array().map(|all| all.iter().map(of).collect()).unwrap_or_default()
}

fn line(kind: &str, severity: &str, subject: &str) -> (String, String, String) {
    (kind.to_owned(), severity.to_owned(), subject.chars().take(8).collect())
}

async fn record(world: &World, team: &Team, kind: &str) -> Value {
    let path = format!("/api/patrol/records?type={kind}");
    let page = world.get(&team.patrol, &path).await.ok();
    assert_eq!(page["total"], 1, "{page}");
    page["items"][0].clone()
}

async fn judge(world: &World, team: &Team, id: &str, body: Value) -> crate::harness::Answer {
    world.put(&team.patrol, &format!("/api/patrol/records/{id}"), body).await
}

async fn begun(world: &World, team: &Team) -> String {
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    id
}

/// So many times 20 minutes, in which its holder keeps it.
async fn keeps(world: &World, holder: &Agent, id: &str, times: u32) {
    for _ in 0..times {
        world.advance(20);
        world.act(holder, id, "heartbeat", json!({})).await.ok();
    }
}

/// So many sub-tasks, each handed in by the executor.
async fn all_handed_in(world: &World, team: &Team, many: usize) -> Vec<String> {
    let plan: Vec<_> = (0..many).map(|n| json!({ "name": format!("s{n}") })).collect();
    let ids = world.plan(&team.planner, "All", json!(plan)).await;
    for id in &ids {
        for what in ["claim", "start", "submit"] {
            world.act(&team.executor, id, what, json!({ "summary": "done" })).await.ok();
        }
    }
    ids
}

#[tokio::test]
async fn what_is_stuck_wakes_patrol_once_and_ignored_no_more() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team).await;
    keeps(&world, &team.executor, &id, 2).await;
    assert!(!world.patrol().await, "40 minutes are no hour");
    keeps(&world, &team.executor, &id, 1).await;
    assert!(world.patrol().await);
    assert!(!world.patrol().await, "what is known is not written again");
    assert_eq!(amiss(&world, &team).await, [line("stuck", "warning", &id)]);
    let it = record(&world, &team, "stuck").await;
    assert_eq!(
        (&it["state"], &it["subject_kind"], &it["times"], &it["action_taken"]),
        (&json!("open"), &json!("sub_task"), &json!(1), &Value::Null)
    );
    assert!(it["detail"].as_str().unwrap().starts_with("is in_progress without progress since 20"));
    let record_id = it["id"].as_str().unwrap().to_owned();

    // It is so, and cannot be called over.
    let resolved = judge(&world, &team, &record_id, json!({ "status": "resolved" })).await;
    resolved.refused(409, "illegal_transition");
    let ignored = json!({ "status": "ignored", "note": "a long build" });
    judge(&world, &team, &record_id[..8], ignored).await.ok();
    keeps(&world, &team.executor, &id, 30).await;
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [], "ten hours on, and worse");
    assert_eq!(record(&world, &team, "stuck").await["state"], "ignored");

    // It moves: the record closes by itself. It comes again: the same record wakes again.
    world.act(&team.executor, &id, "submit", json!({ "summary": "done" })).await.ok();
    assert!(world.patrol().await);
    let over = record(&world, &team, "stuck").await;
    assert_eq!((&over["state"], &over["closed"]), (&json!("resolved"), &json!(world.now())));
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    world.act(&team.executor, &id, "start", json!({})).await.ok();
    keeps(&world, &team.executor, &id, 3).await;
    world.patrol().await;
    let again = record(&world, &team, "stuck").await;
    assert_eq!(
        (&again["id"], &again["times"], &again["note"]),
        (&json!(record_id), &json!(2), &Value::Null)
    );
    assert_eq!(amiss(&world, &team).await, [line("stuck", "warning", &id)]);
}

#[tokio::test]
async fn ignored_until_a_time_it_wakes_again_then() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team).await;
    keeps(&world, &team.executor, &id, 3).await;
    world.patrol().await;
    let record_id = record(&world, &team, "stuck").await["id"].as_str().unwrap().to_owned();
    let until = (world.now() + std::time::Duration::from_secs(3_600)).to_string();
    let body = json!({ "status": "ignored", "until": until });
    judge(&world, &team, &record_id, body).await.ok();
    keeps(&world, &team.executor, &id, 2).await;
    assert!(!world.patrol().await);
    assert_eq!(amiss(&world, &team).await, []);
    keeps(&world, &team.executor, &id, 1).await;
    assert!(world.patrol().await);
    assert_eq!(amiss(&world, &team).await, [line("stuck", "warning", &id)]);
}

#[tokio::test]
async fn a_word_in_the_log_is_progress() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team).await;
    keeps(&world, &team.executor, &id, 2).await;
    let log = json!({ "action": "coding", "summary": "half of it", "sub_task_id": id });
    world.post(&team.executor, "/api/logs", log).await.ok();
    keeps(&world, &team.executor, &id, 2).await;
    assert!(!world.patrol().await);
    keeps(&world, &team.executor, &id, 2).await;
    assert!(world.patrol().await);
}

#[tokio::test]
async fn rejected_work_that_nobody_takes_up_goes_to_another() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    world.advance(60);
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [line("stuck", "warning", &id)]);
    world.advance(3 * 60);
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [], "the server has settled it");
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!(
        (&row["status"], &row["assigned_agent"]),
        (&json!("assigned"), &json!(team.other.id))
    );
    assert_eq!(row["rework_count"], 1, "how often it was rejected is not forgotten");
    let it = record(&world, &team, "stuck").await;
    assert_eq!(
        (&it["state"], &it["severity"], &it["action_taken"]),
        (&json!("resolved"), &json!("critical"), &json!("reassign"))
    );
    let told = world.notices().await;
    let alert = told.iter().find(|it| it.starts_with("patrol_alert: ")).unwrap();
    assert!(alert.ends_with("; another executor has it now"), "{alert}");
}

#[tokio::test]
async fn what_policy_may_not_do_is_left_to_patrol() {
    let world = World::with(|config| config.patrol.auto = vec![PatrolAction::Block]).await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
    world.advance(4 * 60);
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [line("stuck", "critical", &id)]);
    assert_eq!(world.status(&id, &team.planner).await, "rework");
    world.act(&team.patrol, &id, "block", json!({ "reason": "nobody comes" })).await.ok();
    world.patrol().await;
    assert_eq!(record(&world, &team, "stuck").await["state"], "resolved");
}

#[tokio::test]
async fn the_work_of_an_agent_that_does_not_come_is_let_go() {
    let world = World::new().await;
    let team = world.team().await;
    let up = world.now();
    let plan = json!([{ "name": "x", "assign": "AI-Wu" }]);
    let id = world.plan(&team.planner, "T", plan).await.remove(0);
    world.gate(&team.executor).await;
    world.advance(120);
    world.watch(up).await;
    world.patrol().await;
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!((&row["status"], &row["assigned_agent"]), (&json!("pending"), &Value::Null));
    let it = record(&world, &team, "orphan").await;
    assert_eq!((&it["state"], &it["action_taken"]), (&json!("resolved"), &json!("release")));
    assert_eq!(amiss(&world, &team).await, []);
    let history = world.get(&team.other, &format!("/api/sub-tasks/{id}/history")).await.ok();
    let last = history.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["action"], &last["detail"]),
        (&json!("let_go"), &json!("is assigned with an agent that does not come"))
    );
}

#[tokio::test]
async fn work_that_nobody_is_there_to_take_concerns_the_team() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.advance(60);
    assert!(!world.patrol().await, "somebody is there");
    world.set_status(&team.executor, AgentStatus::Disabled).await;
    world.set_status(&team.other, AgentStatus::Disabled).await;
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [line("orphan", "critical", "team")]);
    let it = record(&world, &team, "orphan").await;
    assert_eq!(it["detail"], "1 may be claimed, and no executor is there");
    world.advance(3 * 60);
    world.patrol().await;
    assert_eq!(
        amiss(&world, &team).await,
        [line("orphan", "critical", "team"), line("starved", "warning", &id)]
    );
    world.act(&team.planner, &id, "cancel", json!({})).await.ok();
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, []);
}

#[tokio::test]
async fn waiting_counts_from_when_it_may_be_claimed() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = json!([{ "name": "a" }, { "name": "b", "depends_on": ["a"] }]);
    let ids = world.plan(&team.planner, "T", plan).await;
    world.act(&team.executor, &ids[0], "claim", json!({})).await.ok();
    world.act(&team.executor, &ids[0], "start", json!({})).await.ok();
    keeps(&world, &team.executor, &ids[0], 15).await;
    world.act(&team.executor, &ids[0], "submit", json!({ "summary": "s" })).await.ok();
    world.judge(&team.reviewer, &ids[0], "approved", 4).await.ok();
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [], "five hours old, and claimable since now");
    world.advance(4 * 60);
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [line("starved", "warning", &ids[1])]);
}

#[tokio::test]
async fn verdicts_that_do_not_come_are_one_thing_however_many_wait() {
    let world = World::new().await;
    let team = world.team().await;
    all_handed_in(&world, &team, 3).await;
    world.advance(4 * 60);
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [line("review_backlog", "warning", "team")]);
    world.advance(12 * 60);
    assert!(world.patrol().await, "it is worse");
    assert_eq!(amiss(&world, &team).await, [line("review_backlog", "critical", "team")]);
    assert!(!world.patrol().await);
    let it = record(&world, &team, "review_backlog").await;
    assert!(it["detail"].as_str().unwrap().starts_with("3 wait for a verdict, the longest since "));
    assert_eq!(it["times"], 1);
}

#[tokio::test]
async fn a_score_that_falls_is_seen_and_forgotten_after_its_days() {
    let world = World::with(|config| config.patrol.score_drop = 5).await;
    let team = world.team().await;
    for id in all_handed_in(&world, &team, 3).await {
        world.judge(&team.reviewer, &id, "rejected", 1).await.ok();
    }
    world.patrol().await;
    let it = record(&world, &team, "score_drop").await;
    assert_eq!((&it["subject"], &it["subject_name"]), (&json!(team.executor.id), &json!("AI-Wu")));
    let detail = it["detail"].as_str().unwrap();
    assert!(detail.starts_with("lost ") && detail.contains(" points since "), "{detail}");
    world.advance(8 * 24 * 60);
    world.patrol().await;
    assert_eq!(record(&world, &team, "score_drop").await["state"], "resolved");
}

#[tokio::test]
async fn what_the_planner_leaves_too_long_is_a_persons_turn() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    world.act(&team.executor, &id, "claim", json!({})).await.ok();
    let fail = json!({ "class": "unclear", "detail": "which currency?" });
    world.act(&team.executor, &id, "fail", fail).await.ok();
    world.advance(24 * 60 - 1);
    assert!(!world.patrol().await);
    world.advance(2);
    assert!(world.patrol().await);
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!(
        (&row["status"], &row["block_owner"], &row["block_reason"]),
        (&json!("blocked"), &json!("person"), &json!("unclear: which currency?"))
    );
    assert_eq!(amiss(&world, &team).await, []);
    let needs =
        world.notices().await.into_iter().filter(|it| it.starts_with("needs_human")).count();
    assert_eq!(needs, 1);
    // The person does nothing either: that is patrol's to remind of.
    world.advance(72 * 60 + 1);
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [line("blocked_without_owner", "critical", &id)]);
    assert_eq!(record(&world, &team, "blocked_without_owner").await["times"], 2);
}

#[tokio::test]
async fn three_leases_that_nobody_kept_take_it_to_the_planner() {
    let world = World::new().await;
    let team = world.team().await;
    let id = world.one(&team.planner).await;
    for time in 1..=3 {
        world.act(&team.executor, &id, "claim", json!({})).await.ok();
        world.advance(31);
        world.sweep().await;
        let status = if time < 3 { "pending" } else { "blocked" };
        assert_eq!(world.status(&id, &team.planner).await, status);
        let it = record(&world, &team, "timeout").await;
        let done = if time < 3 { "release" } else { "block" };
        assert_eq!(
            (&it["state"], &it["action_taken"], &it["times"]),
            (&json!("resolved"), &json!(done), &json!(time))
        );
    }
    let row = world.sub_task(&id, &team.planner).await;
    assert_eq!(row["block_reason"], "the lease ran out, 3 times in all");
    assert!(world.wakes(&team.planner).await);
    assert!(!world.wakes(&team.patrol).await);
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_told_until_it_is_done() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team).await;
    world.act(&team.executor, &id, "release", json!({ "reason": "r" })).await.ok();
    let path = format!("/api/sub-tasks/{id}");
    let deadline = (world.now() + std::time::Duration::from_secs(600)).to_string();
    let edited = world.put(&team.planner, &path, json!({ "deadline": deadline })).await.ok();
    assert_eq!(edited["deadline"], json!(deadline));
    let past = json!({ "deadline": "2020-01-01T00:00:00Z" });
    world.put(&team.planner, &path, past).await.refused(400, "bad_value");
    assert!(!world.patrol().await);
    world.advance(11);
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [line("timeout", "critical", &id)]);
    for what in ["claim", "start", "submit"] {
        world.act(&team.executor, &id, what, json!({ "summary": "s" })).await.ok();
    }
    world.judge(&team.reviewer, &id, "approved", 4).await.ok();
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, []);
}

#[tokio::test]
async fn a_task_may_have_thresholds_of_its_own() {
    let world = World::new().await;
    let team = world.team().await;
    let plan = |name: &str, patrol: Value| json!({ "task": { "name": name, "patrol": patrol }, "sub_tasks": [{ "name": "x" }] });
    let soon = plan("Soon", json!({ "stuck_minutes": 15, "starved_minutes": 30 }));
    let late = plan("Late", json!({ "stuck_minutes": 600, "starved_minutes": 900 }));
    let mut ids = Vec::new();
    for plan in [&soon, &late] {
        let made = world.post(&team.planner, "/api/plans", plan.clone()).await.ok();
        ids.push(made["sub_tasks"][0]["id"].as_str().unwrap().to_owned());
        let again = world.post(&team.planner, "/api/plans", plan.clone()).await.ok();
        assert_eq!(again["task"]["change"], "unchanged");
    }
    world.advance(30);
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [line("starved", "warning", &ids[0])]);
    for id in &ids {
        world.act(&team.executor, id, "claim", json!({})).await.ok();
        world.act(&team.executor, id, "start", json!({})).await.ok();
    }
    for _ in 0..4 {
        for id in &ids {
            keeps(&world, &team.executor, id, 1).await;
        }
    }
    world.patrol().await;
    assert_eq!(amiss(&world, &team).await, [line("stuck", "critical", &ids[0])]);
    for bad in
        [json!({ "stuck_minutes": 0 }), json!({ "stuck_minutes": 9_999_999 }), json!({ "x": 1 })]
    {
        world.post(&team.planner, "/api/plans", plan("Bad", bad)).await.refused(422, "invalid");
    }
}

#[tokio::test]
async fn rejected_three_times_is_known_and_settled_by_what_recovery_did() {
    let world = World::with(|config| config.recovery.rework_rounds = 3).await;
    let team = world.team().await;
    let id = world.handed_in(&team).await;
    for round in 1..=3 {
        world.patrol().await;
        world.judge(&team.reviewer, &id, "rejected", 2).await.ok();
        if round < 3 {
            world.act(&team.executor, &id, "start", json!({})).await.ok();
            let submit = json!({ "summary": format!("round {round}") });
            world.act(&team.executor, &id, "submit", submit).await.ok();
        }
    }
    world.patrol().await;
    let it = record(&world, &team, "rework_overflow").await;
    assert_eq!(
        (&it["state"], &it["action_taken"], &it["detail"]),
        (&json!("open"), &json!("reassign"), &json!("was rejected 3 times"))
    );
    assert_eq!(amiss(&world, &team).await, [], "another executor has it");
}

#[tokio::test]
async fn patrol_runs_scans_and_reports() {
    let world = World::new().await;
    let team = world.team().await;
    let id = begun(&world, &team).await;
    keeps(&world, &team.executor, &id, 3).await;
    let scan = world.get(&team.executor, "/api/patrol/anomalies").await.ok();
    assert_eq!(
        (&scan["items"][0]["type"], &scan["items"][0]["id"], &scan["more"]),
        (&json!("stuck"), &Value::Null, &json!(false)),
        "seen, and recorded by nobody yet"
    );
    let run = "/api/patrol/run";
    world.post(&team.planner, run, json!({})).await.refused(403, "wrong_role");
    let swept = world.post(&team.patrol, run, json!({})).await.ok();
    assert_eq!((&swept["opened"], &swept["more"]), (&json!(1), &json!(false)));
    let swept = world.post(&team.patrol, run, json!({})).await.ok();
    assert_eq!(swept["opened"], 0);
    let scan = world.get(&team.executor, "/api/patrol/anomalies").await.ok();
    assert_eq!(scan["items"].as_array().unwrap().len(), 1);
    assert!(scan["items"][0]["id"].is_string());

    let report =
        json!({ "subject": &id[..8], "detail": "the disk is full", "severity": "critical" });
    let made = world.post(&team.patrol, "/api/patrol/records", report.clone()).await.ok();
    assert_eq!((&made["type"], &made["subject"]), (&json!("reported"), &json!(id)));
    let again = world.post(&team.patrol, "/api/patrol/records", report).await.ok();
    assert_eq!((&again["id"], &again["times"]), (&made["id"], &json!(1)));
    let over = json!({ "status": "resolved", "note": "it is not" });
    let over = judge(&world, &team, made["id"].as_str().unwrap(), over).await.ok();
    assert_eq!((&over["state"], &over["note"]), (&json!("resolved"), &json!("it is not")));
    for (body, problem) in [
        (json!({ "status": "ignored" }), "note: say why it is left, or until when"),
        (json!({ "status": "ignored", "until": "2020-01-01T00:00:00Z" }), "until: is in the past"),
    ] {
        let stuck = record(&world, &team, "stuck").await;
        let answer = judge(&world, &team, stuck["id"].as_str().unwrap(), body).await;
        answer.refused(400, "bad_value");
        assert_eq!(answer.json()["detail"], problem);
    }
    judge(&world, &team, "ffffffff", json!({ "status": "open" })).await.refused(404, "not_found");
    let nothing = json!({ "subject": "ffffffff", "detail": "d" });
    let answer = world.post(&team.patrol, "/api/patrol/records", nothing).await;
    answer.refused(404, "not_found");
}

#[tokio::test]
async fn however_many_are_amiss_the_packet_is_small_and_people_are_told_little() {
    let world = World::new().await;
    let team = world.team().await;
    let many: Vec<_> = (0..450).map(|n| json!({ "name": format!("s{n}") })).collect();
    world.plan(&team.planner, "Many", json!(many)).await;
    world.advance(16 * 60);
    assert!(world.patrol().await);
    assert!(!world.patrol().await);
    let page = world.get(&team.patrol, "/api/patrol/records?state=open&type=starved").await.ok();
    assert_eq!(page["total"], 450);
    let packet = world.get(&team.patrol, "/api/wake").await.ok();
    assert_eq!(packet["anomalies"].as_array().unwrap().len(), 10);
    let omitted = json!([{ "what": "more that is amiss", "next": { "action": "list_anomalies" } }]);
    assert_eq!(packet["omitted"], omitted);
    let alerts =
        world.notices().await.into_iter().filter(|it| it.starts_with("patrol_alert")).count();
    assert_eq!(alerts, 3, "one for each 200");
}
