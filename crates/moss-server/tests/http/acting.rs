//! The person in charge acts in an agent's place: the agent's rules apply, the record says who it
//! was, and nothing makes it look as if the agent were there.

use std::time::Duration;

use moss_server::domain::access::admin_sessions::Session;
use moss_server::security::secret::sha256_hex;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::harness::Agent;
use crate::harness::Answer;
use crate::harness::Team;
use crate::harness::World;

struct Acting {
    world: World,
    team: Team,
    admin: String,
}

impl Acting {
    async fn new() -> Self {
        let world = World::new().await;
        let team = world.team().await;
        let admin = world.admin().await;
        Self { world, team, admin }
    }

    /// A request in the place of whoever `agent` names.
    async fn ask(&self, agent: &str, method: &str, path: &str, body: &Value) -> Answer {
        let agent = moss_api::act_as_value(agent);
        let headers = [("x-admin-token", self.admin.as_str()), ("x-moss-act-as", &agent)];
        self.world.ask(method, path, &headers, body).await
    }

    async fn get(&self, agent: &str, path: &str) -> Answer {
        self.ask(agent, "GET", path, &Value::Null).await
    }

    async fn rows(&self, sql: &str) -> Vec<(String, Option<String>)> {
        let db = self.world.app.store.read();
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
        let text = |row: &sea_orm::QueryResult| {
            (row.try_get("", "what").unwrap(), row.try_get("", "acted_by").unwrap())
        };
        rows.unwrap().iter().map(text).collect()
    }
}

async fn lease(world: &World, id: &str, agent: &Agent) -> Value {
    world.sub_task(id, agent).await["lease_until"].clone()
}

#[tokio::test]
async fn an_agent_is_named_by_name_id_or_prefix() {
    let it = Acting::new().await;
    let odd = it.world.agent("reviewer", "Prüfer 日本 100%").await;
    let executor = &it.team.executor;
    for (named, want) in [
        ("AI-Wu", executor),
        (executor.id.as_str(), executor),
        (&executor.id[..8], executor),
        (&odd.name, &odd),
    ] {
        let me = it.get(named, "/api/agents/me").await.ok();
        assert_eq!((&me["id"], &me["acted_by"]), (&json!(want.id), &json!("admin")), "{named}");
    }
    // As it is typed in a shell, not encoded.
    let headers = [("x-admin-token", it.admin.as_str()), ("x-moss-act-as", "Prüfer 日本 100%")];
    let me = it.world.ask("GET", "/api/agents/me", &headers, &Value::Null).await.ok();
    assert_eq!(me["id"], odd.id.as_str());
    // The agent itself is nobody's stand-in.
    assert_eq!(it.world.get(&odd, "/api/agents/me").await.ok().get("acted_by"), None);
}

#[tokio::test]
async fn it_never_works_without_a_live_session() {
    let it = Acting::new().await;
    let (world, key) = (&it.world, it.team.executor.key());
    let act = ("x-moss-act-as", "AI-Wu");
    let bearer = format!("Bearer {key}");
    let none: &[(&str, &str)] = &[];
    for more in [none, &[("authorization", &bearer)], &[("x-agent-key", &key)]] {
        let headers = [&[act], more].concat();
        let answer = world.ask("GET", "/api/agents/me", &headers, &Value::Null).await;
        answer.refused(422, "missing_credentials");
    }
    let over = world.admin().await;
    world.app.writer.write(Session::End(sha256_hex(over.as_bytes())), None).await.unwrap();
    for token in [over.as_str(), "", "0", &key, &it.admin[1..]] {
        let headers = [act, ("x-admin-token", token), ("authorization", &bearer)];
        let answer = world.ask("GET", "/api/agents/me", &headers, &Value::Null).await;
        answer.refused(403, "bad_admin_session");
    }
    // Nor is a session without a name an agent.
    let headers = [("x-admin-token", it.admin.as_str())];
    let answer = world.ask("GET", "/api/agents/me", &headers, &Value::Null).await;
    answer.refused(422, "missing_credentials");
    it.get("AI-Wu", "/api/agents/me").await.ok();
    world.advance(12 * 60);
    it.get("AI-Wu", "/api/agents/me").await.refused(403, "bad_admin_session");
}

#[tokio::test]
async fn who_is_not_there_or_kept_out_is_said() {
    let it = Acting::new().await;
    for nobody in ["nobody", "", "ffffffff", "00000000-0000-4000-8000-000000000000", "ai-wu"] {
        it.get(nobody, "/api/agents/me").await.refused(404, "not_found");
    }
    let headers = [("x-admin-token", it.admin.as_str()), ("x-moss-act-as", "%ff%fe")];
    it.world.ask("GET", "/api/wake", &headers, &Value::Null).await.refused(422, "invalid");
    let path = format!("/api/agents/{}/status", it.team.executor.id);
    let off = json!({ "status": "disabled" });
    it.world.ask("PUT", &path, &[("x-admin-token", &it.admin)], &off).await.ok();
    it.get("AI-Wu", "/api/wake").await.refused(403, "agent_disabled");
}

#[tokio::test]
async fn the_agents_rules_apply_and_the_record_says_who_it_was() {
    let it = Acting::new().await;
    let id = it.world.one(&it.team.planner).await;
    let claim = format!("/api/sub-tasks/{id}/claim");
    it.ask("Plan", "POST", &claim, &json!({})).await.refused(403, "wrong_role");
    let row = it.ask("AI-Wu", "POST", &claim, &json!({})).await.ok();
    assert_eq!(row["assigned_agent"], it.team.executor.id.as_str());
    it.ask("AI-Li", "POST", &claim, &json!({})).await.refused(409, "already_claimed");
    it.world.act(&it.team.executor, &id, "start", json!({})).await.ok();
    it.ask("AI-Wu", "POST", &format!("/api/sub-tasks/{id}/submit"), &json!({})).await.ok();
    it.ask("Plan", "POST", "/api/tasks", &json!({ "name": "by the admin" })).await.ok();
    let entry = |text: &str| json!({ "action": "plan", "summary": text });
    it.ask("Plan", "POST", "/api/logs", &entry("theirs")).await.ok();
    it.world.post(&it.team.planner, "/api/logs", entry("own")).await.ok();
    let reward = json!({ "agent_id": it.team.executor.id, "score_delta": 1, "reason": "good" });
    let reward = it.ask("Plan", "POST", "/api/scores/adjust", &reward).await.ok();
    assert_eq!(reward["reason"], "[adjusted by admin as Plan] good");
    let entries = it.world.get(&it.team.planner, "/api/logs?action=plan").await.ok();
    let by: Vec<_> = entries.as_array().unwrap().iter().map(|log| log.get("acted_by")).collect();
    assert_eq!(by, [None, Some(&json!("admin"))]);
    let history = it.world.get(&it.team.planner, &format!("/api/sub-tasks/{id}/history")).await;
    let seen: Vec<(String, String, Value)> = history.ok().as_array().unwrap()[1..]
        .iter()
        .map(|event| {
            let text = |field: &str| event[field].as_str().unwrap().to_owned();
            (text("action"), text("agent_name"), event["acted_by"].clone())
        })
        .collect();
    let wu = |action: &str, by: Value| (action.to_owned(), "AI-Wu".to_owned(), by);
    let want =
        [wu("claim", json!("admin")), wu("start", Value::Null), wu("submit", json!("admin"))];
    assert_eq!(seen, want);
    let admin = Some("admin".to_owned());
    let tasks =
        it.rows("SELECT action AS what, acted_by FROM events WHERE sub_task_id IS NULL").await;
    assert_eq!(tasks.last(), Some(&("create".to_owned(), admin.clone())));
    assert_eq!(tasks.first().unwrap().1, None);

    // The request log: every request that was let in, with who asked.
    it.world.write_request_log().await;
    let mine = "SELECT path AS what, acted_by FROM request_logs WHERE agent_name = 'AI-Wu' \
                ORDER BY timestamp, seq";
    let logged = it.rows(mine).await;
    let path = |action: &str| format!("/api/sub-tasks/{id}/{action}");
    let want = [(path("claim"), admin.clone()), (path("start"), None), (path("submit"), admin)];
    assert_eq!(logged, want);
}

#[tokio::test]
async fn it_is_no_sign_of_life_of_the_agent() {
    let it = Acting::new().await;
    let (world, executor, planner) = (&it.world, &it.team.executor, &it.team.planner);
    let id = world.one(planner).await;
    world.act(executor, &id, "claim", json!({})).await.ok();
    world.act(executor, &id, "start", json!({})).await.ok();
    let until = lease(world, &id, planner).await;
    world.advance(20);
    for path in ["/api/wake", "/api/agents/me", "/api/sub-tasks/mine"] {
        it.get("AI-Wu", path).await.ok();
    }
    assert_eq!(lease(world, &id, planner).await, until);
    // It has not used up the agent's own renewal either.
    world.get(executor, "/api/wake").await.ok();
    assert_eq!(
        lease(world, &id, planner).await,
        (world.now() + Duration::from_secs(30 * 60)).to_string()
    );
    world.advance(31);
    it.get("AI-Wu", "/api/wake").await.ok();
    world.sweep().await;
    assert_eq!(world.status(&id, planner).await, "pending");
}

#[tokio::test]
async fn idempotency_keys_are_the_admins_own_for_each_agent() {
    let it = Acting::new().await;
    it.world.agent("planner", "Plan-2").await;
    let write = async |agent: &str, name: &str| {
        let headers = [
            ("x-admin-token", it.admin.as_str()),
            ("x-moss-act-as", agent),
            ("idempotency-key", "k"),
        ];
        it.world.ask("POST", "/api/tasks", &headers, &json!({ "name": name })).await
    };
    it.world.keyed(&it.team.planner, "k", "/api/tasks", json!({ "name": "a" })).await.ok();
    let first = write("Plan", "b").await;
    first.ok();
    write("Plan-2", "c").await.ok();
    assert_eq!(write("Plan", "b").await.text, first.text);
    write("Plan", "other").await.refused(409, "idempotency_key_reused");
    let again = it.world.keyed(&it.team.planner, "k", "/api/tasks", json!({ "name": "a" })).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(it.get("Plan", "/api/tasks").await.ok()["total"], 3);
}

#[tokio::test]
async fn a_key_is_not_exchanged_in_its_owners_place() {
    let it = Acting::new().await;
    let refused = it.ask("AI-Wu", "POST", "/api/agents/me/key", &Value::Null).await;
    refused.refused(403, "not_current_key");
    assert!(refused.text.contains("reset-key"), "{}", refused.text);
    it.world.get(&it.team.executor, "/api/agents/me").await.ok();
}
