//! A server in a temporary folder, agents of every role, and short ways to ask.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use moss_api::{AgentStatus, Timestamp};
use moss_server::app::{App, beside};
use moss_server::background::{look_who_is_missing, sweep_patrol};
use moss_server::clock::Clock;
use moss_server::config::{Address, Config};
use moss_server::domain::access::admin_sessions::Session;
use moss_server::domain::access::agents::SetStatus;
use moss_server::domain::jobs::Job;
use moss_server::domain::patrol::sweep::Sweep as PatrolSweep;
use moss_server::domain::patrol::watch::Watch;
use moss_server::domain::retention::Purge;
use moss_server::domain::settings::File;
use moss_server::domain::work::expire::{Sweep, is_due};
use moss_server::http::router;
use moss_server::releases::Releases;
use moss_server::security::secret::sha256_hex;
use moss_server::store::Store;
use moss_server::web::pages;
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::signing;

pub const TOKEN: &str = "registration-token";
/// What a body says of itself.
const JSON: (&str, &str) = ("content-type", "application/json");

/// The clock of a test.
fn clock() -> Clock {
    Clock::set_to("2026-11-20T09:00:00Z".parse().unwrap())
}

pub struct World {
    pub app: Arc<App>,
    pub clock: Clock,
    /// Where its database is.
    pub database: Address,
    router: OnceLock<Router>,
    folder: tempfile::TempDir,
}

/// Where the database of a test is: a file in its folder, unless a server is asked for.
fn address_in(folder: &Path) -> Address {
    #[cfg(unix)]
    if let Some(cluster) = test_support::database::Cluster::asked_for() {
        return address(cluster.url("moss", &cluster.database()));
    }
    (&folder.join("tasks.db")).into()
}

/// The address in a URL.
pub fn address(url: String) -> Address {
    let mut config = Config::default();
    config.database.url = url;
    config.address(None).unwrap()
}

/// An agent as a test sees it.
#[derive(Clone, Debug)]
pub struct Agent {
    pub id: String,
    pub name: String,
    pub key: String,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// The body of a success.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()
    }

    /// Status and code of an error.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) {
        let seen = self.json()["code"].as_str().unwrap_or_default().to_owned();
        assert_eq!((self.status.as_u16(), seen.as_str()), (status, code), "{}", self.text);
    }

    /// The body of an error, but for what tells this request from any other.
    pub fn without_request_id(&self) -> Value {
        let mut body = self.json();
        body.as_object_mut().unwrap().remove("request_id").unwrap();
        body
    }

    pub fn id(&self) -> String {
        self.ok()["id"].as_str().unwrap().to_owned()
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::in_folder(tempfile::tempdir().unwrap(), None, change).await
    }

    /// A server on this database.
    pub async fn on(database: Address) -> Self {
        Self::of(database, |_| {}).await
    }

    /// A server on this database, with this configuration.
    pub async fn of(database: Address, change: impl FnOnce(&mut Config)) -> Self {
        Self::started(tempfile::tempdir().unwrap(), database, clock(), None, change).await
    }

    /// The same by the clock of the database, which runs.
    pub async fn in_real_time_on(database: Address) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), database.clock());
        let world = Self::started(folder, database, clock, None, |_| {}).await;
        world.app.catch_up().await.unwrap();
        world
    }

    /// Another server on the same database, by the same clock.
    pub async fn beside(&self) -> Self {
        let (folder, database) = (tempfile::tempdir().unwrap(), self.database.clone());
        Self::started(folder, database, self.clock.clone(), None, |_| {}).await
    }

    /// A server whose database is in this folder, and whose configuration has this file name there,
    /// if it has a file.
    pub async fn in_folder(
        folder: tempfile::TempDir,
        config_file: Option<&str>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let database = address_in(folder.path());
        Self::started(folder, database, clock(), config_file, change).await
    }

    /// The same on any database.
    pub async fn started(
        folder: tempfile::TempDir,
        database: Address,
        clock: Clock,
        config_file: Option<&str>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = Config::default();
        config.agent.registration_token = TOKEN.to_owned();
        config.workspace.root = "/ws".to_owned();
        config.project.name = "news".to_owned();
        // Nobody here says which client it is.
        config.lease.original_client_minutes = config.lease.minutes;
        // By a clock that stands still, all requests are of one minute.
        config.limits.per_key = 0;
        change(&mut config);
        let config_path = config_file.map(|file| folder.path().join(file));
        let store = Store::open(&database).await.unwrap();
        let releases = beside(config_path.as_deref(), &config.releases.dir);
        let file = File::new(&folder.path().display().to_string(), &config, false);
        let mut app = App::new(store, clock.clone(), config, config_path);
        app.releases = Arc::new(Releases::new(releases, signing::keys()));
        app.start_with(file).await.unwrap();
        let app = Arc::new(app);
        Self { app, clock, database, router: OnceLock::new(), folder }
    }

    /// A start with this configuration, as far as it has its say.
    pub async fn starts_with(&self, config: &Config) -> Vec<String> {
        let file = File::new(&self.folder.path().display().to_string(), config, false);
        self.app.start_with(file).await.unwrap()
    }

    /// The same database under a server that was started again when the system's clock said this.
    pub async fn started_again(self, at: Timestamp) -> Self {
        let Self { app, folder, router, database, .. } = self;
        app.close().await;
        let config = app.config();
        drop((app, router));
        let clock = Clock::set_to(at);
        let store = Store::open(&database).await.unwrap();
        let app = Arc::new(App::new(store, clock.clone(), config, None));
        app.catch_up().await.unwrap();
        app.look_now().await.unwrap();
        Self { app, clock, database, router: OnceLock::new(), folder }
    }

    /// A file beside the database.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn advance(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What the background task does, when it is due.
    pub async fn sweep(&self) {
        if is_due(self.app.store.read(), self.now()).await.unwrap() {
            self.app.writer.write(Sweep, None).await.unwrap();
        }
    }

    /// What the background task throws away, when its hour comes.
    pub async fn purge(&self) {
        let purge = Purge { request_log: Duration::from_secs(60), most_requests: 1_000 };
        self.app.writer.write(purge, None).await.unwrap();
    }

    /// Every request so far stands in the request log when this is done.
    pub async fn write_request_log(&self) {
        self.app.flush_request_log();
        while self.app.writer.waiting_log_rows() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Who is missing and what is over, as the background task looks every minute.
    pub async fn watch(&self, up_since: Timestamp) {
        self.write_request_log().await;
        look_who_is_missing(&self.app, Watch { up_since }).await;
    }

    /// What is amiss is recorded and acted on, as the background task does every minute. Whether there
    /// was anything to write.
    pub async fn patrol(&self) -> bool {
        let timings = self.app.config().timings();
        let sweep = PatrolSweep::look(self.app.store.read(), &timings, self.now()).await.unwrap();
        let job = Job { name: "patrol", period: Duration::from_secs(60) };
        while sweep_patrol(&self.app, job).await {}
        !sweep.is_empty()
    }

    /// The events of one kind about agents: whose, and what was said of them.
    pub async fn agent_events(&self) -> Vec<(String, String)> {
        let db = self.app.store.read();
        let sql = "SELECT agents.name AS name, events.action || ' ' || events.detail AS said \
                   FROM events JOIN agents ON agents.id = events.agent_id \
                   WHERE events.sub_task_id IS NULL AND events.task_id IS NULL ORDER BY seq";
        let ask = Statement::from_string(db.get_database_backend(), sql);
        let rows = db.query_all_raw(ask).await.unwrap();
        let text = |row: &QueryResult, name: &str| row.try_get::<String>("", name).unwrap();
        rows.iter().map(|row| (text(row, "name"), text(row, "said"))).collect()
    }

    /// What stands in the outbox: kind and text, in order.
    pub async fn notices(&self) -> Vec<String> {
        let db = self.app.store.read();
        let sql = "SELECT kind, text FROM outbox ORDER BY at, id";
        let ask = Statement::from_string(db.get_database_backend(), sql);
        let rows = db.query_all_raw(ask).await.unwrap();
        let text = |row: &QueryResult, name: &str| row.try_get::<String>("", name).unwrap();
        rows.iter().map(|row| format!("{}: {}", text(row, "kind"), text(row, "text"))).collect()
    }

    /// Lets an agent in, or keeps it out.
    pub async fn set_status(&self, agent: &Agent, status: AgentStatus) {
        let set = SetStatus { id: agent.id.clone(), status };
        self.app.writer.write(set, None).await.unwrap();
    }

    /// What an agent's timer is told.
    pub async fn gate(&self, agent: &Agent) -> Value {
        self.get(agent, "/api/wake?gate=true").await.ok()
    }

    /// Whether an agent's timer wakes it.
    pub async fn wakes(&self, agent: &Agent) -> bool {
        self.gate(agent).await["work"] == true
    }

    /// Begins an admin session; answers its token.
    pub async fn admin(&self) -> String {
        let token = moss_server::security::secret::random_hex::<32>().unwrap();
        let under = self.app.config().admin.password;
        let begin = Session::Begin { token: sha256_hex(token.as_bytes()), under };
        assert!(self.app.decide(begin).await.unwrap());
        token
    }

    /// A request with these headers, and a body unless it is null.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(JSON.0, JSON.1);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.header("content-type", "application/json");
        }
        let body = if body.is_null() { Body::empty() } else { body.to_string().into() };
        self.send(request.body(body).unwrap()).await
    }

    /// A request as it would come from an address.
    pub fn from(address: &str, mut request: Request<Body>) -> Request<Body> {
        let peer = SocketAddr::new(address.parse().unwrap(), 40_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    }

    /// The answer, of which nothing is read.
    pub async fn unread(&self, request: Request<Body>) -> Response {
        let router = self.router.get_or_init(|| router(self.app.clone(), pages())).clone();
        router.oneshot(request).await.unwrap()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self.unread(request).await.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    pub async fn agent(&self, role: &str, name: &str) -> Agent {
        let request = Request::post("/api/agents/register")
            .header("x-registration-token", TOKEN)
            .header(JSON.0, JSON.1)
            .body(Body::from(json!({ "role": role, "name": name }).to_string()))
            .unwrap();
        let body = self.send(request).await.ok();
        let text = |field: &str| body[field].as_str().unwrap().to_owned();
        Agent { id: text("id"), name: name.to_owned(), key: text("api_key") }
    }

    pub async fn team(&self) -> Team {
        Team {
            planner: self.agent("planner", "Plan").await,
            executor: self.agent("executor", "AI-Wu").await,
            other: self.agent("executor", "AI-Li").await,
            reviewer: self.agent("reviewer", "AI-Rev").await,
            patrol: self.agent("patrol", "Pat").await,
        }
    }

    pub async fn raw(
        &self,
        agent: &Agent,
        method: &str,
        path: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", agent.key))
            .header(JSON.0, JSON.1)
            .body(body.into())
            .unwrap();
        self.send(request).await
    }

    pub async fn get(&self, agent: &Agent, path: &str) -> Answer {
        self.raw(agent, "GET", path, Body::empty()).await
    }

    pub async fn post(&self, agent: &Agent, path: &str, body: Value) -> Answer {
        self.raw(agent, "POST", path, body.to_string()).await
    }

    pub async fn put(&self, agent: &Agent, path: &str, body: Value) -> Answer {
        self.raw(agent, "PUT", path, body.to_string()).await
    }

    /// A write with an idempotency key.
    pub async fn keyed(&self, agent: &Agent, key: &str, path: &str, body: Value) -> Answer {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", agent.key))
            .header("idempotency-key", key)
            .header(JSON.0, JSON.1)
            .body(Body::from(body.to_string()))
            .unwrap();
        self.send(request).await
    }

    /// Something done to a sub-task.
    pub async fn act(&self, agent: &Agent, id: &str, action: &str, body: Value) -> Answer {
        self.post(agent, &format!("/api/sub-tasks/{id}/{action}"), body).await
    }

    /// Applies a plan of sub-tasks; answers their ids in order.
    pub async fn plan(&self, planner: &Agent, task: &str, sub_tasks: Value) -> Vec<String> {
        let plan = json!({ "task": { "name": task }, "sub_tasks": sub_tasks });
        let body = self.post(planner, "/api/plans", plan).await.ok();
        let items = body["sub_tasks"].as_array().unwrap();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }

    /// One sub-task in an open task.
    pub async fn one(&self, planner: &Agent) -> String {
        self.plan(planner, "One", json!([{ "name": "one" }])).await.remove(0)
    }

    /// One sub-task, brought to review by an executor.
    pub async fn handed_in(&self, team: &Team) -> String {
        let id = self.one(&team.planner).await;
        self.act(&team.executor, &id, "claim", json!({})).await.ok();
        self.act(&team.executor, &id, "start", json!({})).await.ok();
        self.act(&team.executor, &id, "submit", json!({ "summary": "done" })).await.ok();
        id
    }

    /// Looks at what was handed in, and gives it its verdict.
    pub async fn judge(&self, reviewer: &Agent, id: &str, result: &str, score: i64) -> Answer {
        self.get(reviewer, &format!("/api/sub-tasks/{id}")).await;
        let issues = if result == "rejected" { "not good" } else { "" }; // too short to be the same
        let body = json!({ "sub_task_id": id, "result": result, "score": score, "issues": issues });
        self.post(reviewer, "/api/review-records", body).await
    }

    pub async fn sub_task(&self, id: &str, agent: &Agent) -> Value {
        self.get(agent, &format!("/api/sub-tasks/{id}")).await.ok()
    }

    pub async fn status(&self, id: &str, agent: &Agent) -> String {
        self.sub_task(id, agent).await["status"].as_str().unwrap().to_owned()
    }

    pub async fn attempts(&self, id: &str, agent: &Agent) -> Vec<Value> {
        let body = self.get(agent, &format!("/api/sub-tasks/{id}/attempts")).await.ok();
        body.as_array().unwrap().clone()
    }
}

pub struct Team {
    pub planner: Agent,
    pub executor: Agent,
    pub other: Agent,
    pub reviewer: Agent,
    pub patrol: Agent,
}

impl Agent {
    /// The same agent with another key.
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self.clone() }
    }

    pub fn key(&self) -> String {
        self.key.clone()
    }
}
