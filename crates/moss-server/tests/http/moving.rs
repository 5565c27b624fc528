//! Moving house: everything is there afterwards, in its order and under its keys, or nothing is.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use moss_server::config::{Address, Config};
use moss_server::domain::recurring::open::OpenRounds;
use moss_server::store::{Moved, Store, move_all};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::database::{Cluster, Kind};

use crate::harness::{Agent, Team, World};

/// A database that is not there yet, and how a command line names it.
pub struct Place {
    pub url: String,
    _folder: TempDir,
}

impl Place {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { url: format!("sqlite:{}/tasks.db", folder.path().display()), _folder: folder }
    }

    /// On the server that the tests are asked to run on.
    pub fn server() -> Self {
        Self::on(Cluster::asked_for().unwrap())
    }

    pub fn on(cluster: &Cluster) -> Self {
        Self {
            url: cluster.url("moss", &cluster.database()),
            _folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn address(&self) -> Address {
        let mut config = Config::default();
        config.database.url.clone_from(&self.url);
        config.address(None).unwrap()
    }

    pub fn file(&self) -> &Path {
        Path::new(self.url.strip_prefix("sqlite:").unwrap())
    }

    /// The server it is on.
    fn cluster(&self) -> &'static Cluster {
        let kind = if self.url.starts_with("mysql") { Kind::MariaDb } else { Kind::Postgres };
        Cluster::shared(kind)
    }

    /// The name of its database, on a server.
    pub fn database(&self) -> Option<&str> {
        let (place, _) = self.url.split_once('?')?;
        place.rsplit('/').next()
    }
}

/// From where to where the tests move: between files, and with PostgreSQL there every way.
fn ways() -> Vec<(Place, Place)> {
    let mut ways = vec![(Place::sqlite(), Place::sqlite())];
    if Cluster::asked_for().is_some() {
        ways.push((Place::sqlite(), Place::server()));
        ways.push((Place::server(), Place::sqlite()));
        ways.push((Place::server(), Place::server()));
    }
    ways
}

/// Runs the real program.
pub fn moss_server(args: &[&str]) -> Output {
    program(args).output().unwrap()
}

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_moss-server"));
    command.args(args).env_clear().stdin(Stdio::null());
    command
}

/// The one line of an error.
#[track_caller]
pub fn refusal_with(output: &Output, code: i32) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(stderr.matches("error: ").count(), 1, "{stderr}");
    stderr.lines().last().unwrap().strip_prefix("error: ").unwrap().to_owned()
}

pub async fn moved(from: &Place, to: &Place) -> Result<Vec<Moved>, String> {
    let (from, to) = (from.address(), to.address());
    let moved = Box::pin(async move { move_all(&from, &to, &mut |_| {}).await }).await;
    moved.map_err(|error| error.to_string())
}

/// Runs SQL in a database of ours that nobody has open.
pub async fn tamper(place: &Place, sql: &str) {
    Box::pin(Store::open(&place.address())).await.unwrap().close().await;
    tamper_beside(place, sql);
}

/// The same in one that is there, whoever has it open.
pub fn tamper_beside(place: &Place, sql: &str) {
    match place.database() {
        None => {
            let db = rusqlite::Connection::open(place.file()).unwrap();
            db.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        Some(name) => drop(place.cluster().sql(name, sql)),
    }
}

/// How many rows there are.
pub async fn count(place: &Place, of: &str) -> i64 {
    let store = Box::pin(Store::open(&place.address())).await.unwrap();
    let db = store.read();
    let ask = Statement::from_string(
        db.get_database_backend(),
        format!("SELECT COUNT(*) AS number FROM {of}"),
    );
    let row = db.query_one_raw(ask).await.unwrap().unwrap();
    let number = row.try_get("", "number").unwrap();
    store.close().await;
    number
}

/// A little of everything, on a server that is stopped then.
pub async fn lived_in(place: &Place) -> Team {
    let world = Box::pin(World::on(place.address())).await;
    world.app.catch_up().await.unwrap();
    let team = world.team().await;
    let admin = world.admin().await;
    let as_admin = [("x-admin-token", admin.as_str())];
    let invite = json!({ "role": "patrol" });
    world.ask("POST", "/api/admin/invites", &as_admin, &invite).await.ok();
    let host = json!({ "kind": "cron", "moss": "0.1.0", "skill": "0f", "every_seconds": 300 });
    world.put(&team.executor, "/api/agents/me/host", host).await.ok();
    // Rows of one moment: only their numbers say which came first.
    let names: Vec<_> = (0..40).map(|n| format!("step {}", (n * 7) % 40)).collect();
    let mut steps: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
    steps[1]["depends_on"] = json!([names[0]]);
    steps[2]["depends_on"] = json!([names[0], names[1]]);
    steps[3]["description"] = json!("ünïcode 日本 🦀 ' \" \\ % $1 ?\n".repeat(500));
    steps[4]["module"] = json!("API");
    let plan =
        json!({ "task": { "name": "Shop" }, "modules": [{ "name": "API" }], "sub_tasks": steps });
    let made = world.post(&team.planner, "/api/plans", plan).await.ok();
    let ids: Vec<_> =
        made["sub_tasks"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    for (agent, id) in [(&team.executor, ids[0]), (&team.other, ids[5])] {
        world.act(agent, id, "claim", json!({})).await.ok();
        world.act(agent, id, "start", json!({ "session_id": "s-1" })).await.ok();
    }
    let file = json!({ "path": "a.py", "size": 3, "sha256": "0".repeat(64) });
    let files = json!({ "summary": "done", "artifacts": [file] });
    world.act(&team.executor, ids[0], "submit", files).await.ok();
    world.judge(&team.reviewer, ids[0], "approved", 5).await.ok();
    world.act(&team.other, ids[5], "submit", json!({ "summary": "done" })).await.ok();
    world.judge(&team.reviewer, ids[5], "rejected", 2).await.ok();
    world.act(&team.executor, ids[6], "claim", json!({})).await.ok();
    let why = json!({ "class": "unclear", "detail": "in which currency?" });
    world.act(&team.executor, ids[6], "fail", why).await.ok();
    world.act(&team.planner, ids[6], "leave", json!({ "why": "asked" })).await.ok();
    world
        .keyed(&team.other, "k-1", &format!("/api/sub-tasks/{}/claim", ids[7]), json!({}))
        .await
        .ok();
    for n in 0..3 {
        let log =
            json!({ "action": "coding", "summary": format!("note {n}"), "sub_task_id": ids[7] });
        world.post(&team.other, "/api/logs", log).await.ok();
    }
    let path = format!("/api/recurring/{}", ids[5]);
    let daily = json!({ "every": "1h", "overlap": "allow" });
    world.put(&team.planner, &path, daily).await.ok();
    let rule = json!({ "scope": "task", "task_id": made["task"]["id"], "content": "be kind" });
    world.ask("POST", "/api/rules", &as_admin, &rule).await.ok();
    for agent in [&team.planner, &team.executor, &team.reviewer, &team.patrol] {
        world.gate(agent).await;
    }
    world.advance(200);
    world.sweep().await;
    world.patrol().await;
    world.app.writer.write(OpenRounds, None).await.unwrap();
    world.watch(world.now()).await;
    for what in ["claim", "start", "submit"] {
        world.act(&team.other, ids[9], what, json!({ "summary": "done" })).await.ok();
    }
    world.sub_task(ids[9], &team.reviewer).await;
    world.act(&team.executor, ids[8], "claim", json!({})).await.ok();
    world.app.close().await;
    team
}

/// What agents are told, by everything that lists.
async fn told(world: &World, team: &Team) -> Vec<(String, Value)> {
    let mut told = Vec::new();
    let sub_tasks = world.get(&team.planner, "/api/sub-tasks?page_size=0").await.ok();
    let ids: Vec<_> = sub_tasks["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    let each = ids.iter().flat_map(|id| {
        ["", "/history", "/attempts"]
            .map(|what| (&team.planner, format!("/api/sub-tasks/{id}{what}")))
    });
    let lists = [
        "/api/tasks?page_size=0",
        "/api/sub-tasks?page_size=0",
        "/api/sub-tasks?page_size=7&page=3",
        "/api/agents",
        "/api/logs",
        "/api/review-records?page_size=0",
        "/api/scores/leaderboard",
        "/api/rules",
        "/api/patrol/records",
        "/api/recurring",
    ];
    let lists = lists.iter().map(|path| (&team.planner, (*path).to_owned()));
    let own = [&team.planner, &team.executor, &team.other, &team.reviewer, &team.patrol];
    let own = own.iter().flat_map(|agent| {
        ["/api/wake", "/api/scores/me", "/api/sub-tasks/mine"].map(|path| (*agent, path.to_owned()))
    });
    for (agent, path) in lists.chain(own).chain(each) {
        told.push((format!("{} {path}", agent.name), world.get(agent, &path).await.ok()));
    }
    told
}

async fn stopped(world: World) {
    world.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_in_its_order_and_agents_keep_their_keys() {
    for (from, to) in ways() {
        let team = Box::pin(lived_in(&from)).await;
        let world = Box::pin(World::on(from.address())).await;
        world.app.catch_up().await.unwrap();
        let before = told(&world, &team).await;
        stopped(world).await;

        let tables = moved(&from, &to).await.unwrap();
        let rows = |table: &str| tables.iter().find(|it| it.table == table).unwrap().rows;
        assert_eq!((rows("agents"), rows("sub_tasks"), rows("dependencies")), (5, 41, 3));
        for filled in [
            "agent_keys",
            "agent_hosts",
            "invites",
            "modules",
            "attempts",
            "reviews",
            "looks",
            "offers",
            "judgements",
            "reward_logs",
            "activity_logs",
            "rules",
            "events",
            "idempotency_keys",
            "request_logs",
            "meta",
            "admin_sessions",
        ] {
            assert!(rows(filled) > 0, "nothing of {filled} was moved");
        }

        let world = Box::pin(World::on(to.address())).await;
        world.app.catch_up().await.unwrap();
        for (one, other) in before.iter().zip(told(&world, &team).await) {
            assert_eq!(*one, other, "{} to {}", from.url, to.url);
        }
        // It goes on: new rows come after the old ones, which a list that begins with the newest shows.
        let sub = json!([{ "name": "later 1" }, { "name": "later 2" }]);
        let ids = world.plan(&team.planner, "Later", sub).await;
        world.act(&team.executor, &ids[0], "claim", json!({})).await.ok();
        let all = world.get(&team.planner, "/api/sub-tasks?page_size=0").await.ok();
        let names: Vec<_> = all["items"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
        assert_eq!(names[..3], ["later 2", "later 1", "step 35"]);
        // The key under which an answer was given before still has it, though the lease is over.
        let (_, listed) = before.iter().find(|(what, _)| what.contains("/sub-tasks?")).unwrap();
        let items = listed["items"].as_array().unwrap();
        let claimed = items.iter().find(|it| it["name"] == "step 9").unwrap();
        assert_eq!(claimed["status"], "pending");
        let path = format!("/api/sub-tasks/{}/claim", claimed["id"].as_str().unwrap());
        let again = world.keyed(&team.other, "k-1", &path, json!({})).await.ok();
        assert_eq!(again["status"], "assigned");
        stopped(world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_target_must_be_new_and_both_without_a_server() {
    for (from, to) in ways() {
        Box::pin(lived_in(&from)).await;
        let itself = moved(&from, &from).await.unwrap_err();
        assert!(
            itself.ends_with("cannot be moved to itself; --to names another database"),
            "{itself}"
        );

        // Somebody has been there.
        let other = Box::pin(World::on(to.address())).await;
        other.app.catch_up().await.unwrap();
        let running = moved(&from, &to).await.unwrap_err();
        assert!(running.starts_with("a moss-server is using "), "{running}");
        other.agent("executor", "AI-First").await;
        stopped(other).await;
        let used = moved(&from, &to).await.unwrap_err();
        assert!(used.contains(" is not empty (agents: 1 rows); nothing was changed"), "{used}");
        assert_eq!(count(&to, "agents").await, 1);

        let running = Box::pin(World::on(from.address())).await;
        running.app.catch_up().await.unwrap();
        let fresh = if to.url.starts_with("sqlite") { Place::sqlite() } else { Place::server() };
        let used = moved(&from, &fresh).await.unwrap_err();
        assert!(used.starts_with("a moss-server is using "), "{used}");
        stopped(running).await;
        // A first start and its rules are nothing, and the repeat goes through.
        let started = Box::pin(World::on(fresh.address())).await;
        started.app.catch_up().await.unwrap();
        stopped(started).await;
        tamper(
            &fresh,
            "INSERT INTO rules (id, scope, singleton, content, version, created_at, updated_at) \
             VALUES ('r', 'global', 'global', 'be good', 1, 5, 5); \
             INSERT INTO versions (subject_kind, subject, number, at, author, text) \
             VALUES ('rule', 'r', 1, 5, 'shipped', 'be good')",
        )
        .await;
        moved(&from, &fresh).await.unwrap();
        assert_eq!(count(&fresh, "rules WHERE id = 'r'").await, 0);
        let again = moved(&from, &fresh).await.unwrap_err();
        assert!(again.contains("is not empty (agents: 5 rows)"), "{again}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_somebody_wrote_is_something() {
    let (from, to) = ways().pop().unwrap();
    Box::pin(lived_in(&from)).await;
    tamper(
        &to,
        "INSERT INTO versions (subject_kind, subject, number, at, author, text) \
         VALUES ('rule', 'r', 2, 6, 'admin', 'be good')",
    )
    .await;
    let used = moved(&from, &to).await.unwrap_err();
    assert!(used.contains(" is not empty (versions: 1 rows)"), "{used}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_another_version_is_refused_on_both_sides() {
    for (from, to) in ways() {
        Box::pin(lived_in(&from)).await;
        for place in [&from, &to] {
            let later =
                "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 1)";
            tamper(place, later).await;
            let newer = moved(&from, &to).await.unwrap_err();
            assert!(newer.contains("was written by a newer moss-server"), "{newer}");
            // No server would open it now.
            tamper_beside(place, "DELETE FROM seaql_migrations WHERE version = 'm9999_later'");
        }
        moved(&from, &to).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_schema_nothing_and_damage_are_refused_untouched() {
    let (from, to) = (Place::sqlite(), Place::sqlite());
    let missing = moved(&from, &to).await.unwrap_err();
    assert!(missing.starts_with("there is no database "), "{missing}");
    assert!(!to.file().exists(), "a target was made for nothing");
    Box::pin(lived_in(&from)).await;
    let whole = std::fs::read(from.file()).unwrap();

    let db = rusqlite::Connection::open(from.file()).unwrap();
    db.execute_batch("PRAGMA journal_mode = DELETE; DELETE FROM seaql_migrations").unwrap();
    drop(db);
    let older = moved(&from, &to).await.unwrap_err();
    assert!(older.contains("was made by an older moss-server; start this one once"), "{older}");

    // An index that does not lead to every row: what is read by it would not be all.
    std::fs::write(from.file(), &whole).unwrap();
    let db = rusqlite::Connection::open(from.file()).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA writable_schema = 1;
         UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = \
         'sqlite_autoindex_looks_1') WHERE name = 'sqlite_autoindex_activity_logs_1'",
    )
    .unwrap();
    drop(db);
    let mut torn = std::fs::read(from.file()).unwrap();
    let damaged = moved(&from, &to).await.unwrap_err();
    assert!(damaged.contains("is damaged ("), "{damaged}");
    assert!(std::fs::read(from.file()).unwrap() == torn, "the source was changed");

    torn.clone_from(&whole);
    let middle = torn.len() / 2 / 4_096 * 4_096;
    torn[middle..middle + 4_096].fill(0x5a);
    std::fs::write(from.file(), &torn).unwrap();
    let damaged = moved(&from, &to).await.unwrap_err();
    assert!(damaged.contains("is damaged ("), "{damaged}");
    assert!(std::fs::read(from.file()).unwrap() == torn, "the source was changed");
    assert!(!to.file().exists(), "a target was made for nothing");

    std::fs::write(from.file(), &whole).unwrap();
    moved(&from, &to).await.unwrap();
    assert!(std::fs::read(from.file()).unwrap() == whole, "the source was changed");
}

/// SQLite keeps a text in a column of numbers, and its reader takes it for nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_another_kind_is_not_lost_in_silence() {
    let (from, to) = (Place::sqlite(), Place::sqlite());
    Box::pin(lived_in(&from)).await;
    tamper(&from, "UPDATE sub_tasks SET lease_limit = 'soon' WHERE lease_limit IS NOT NULL").await;
    let refused = moved(&from, &to).await.unwrap_err();
    assert!(refused.contains("gives other rows of sub_tasks than it counts"), "{refused}");
    assert_eq!(count(&to, "agents").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_is_killed_leaves_an_empty_target_and_can_be_repeated() {
    for (from, to) in ways() {
        Box::pin(lived_in(&from)).await;
        let many = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 15000) \
                    INSERT INTO activity_logs (id, agent_id, action, summary, created_at) \
                    SELECT 'log-' || n, (SELECT MIN(id) FROM agents), 'coding', 'note', n FROM n";
        tamper(&from, many).await;
        let kept = from.url.starts_with("sqlite:").then(|| std::fs::read(from.file()).unwrap());
        // The last one is not looked at before it is done again.
        let lines = ["copied attempts", "copied reward_logs", "compared agents", "copied events"];
        for line in lines {
            let mut command = program(&["move", "--from", &from.url, "--to", &to.url]);
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let said = BufReader::new(child.stderr.take().unwrap()).lines();
            let seen = said.map(Result::unwrap).find(|said| said.starts_with(line));
            assert!(seen.is_some(), "{line} was not said");
            child.kill().unwrap();
            let ended = child.wait_with_output().unwrap();
            assert!(!ended.status.success() && ended.stdout.is_empty(), "{line}: {ended:?}");
            if line != "copied events" {
                assert_eq!(count(&to, "agents").await, 0, "{line}");
                assert_eq!(count(&to, "activity_logs").await, 0, "{line}");
            }
            if let Some(kept) = &kept {
                assert!(std::fs::read(from.file()).unwrap() == *kept, "the source was changed");
            }
        }
        let output = moss_server(&["move", "--from", &from.url, "--to", &to.url]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(count(&to, "activity_logs").await, 15_006);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_is_the_counts_and_what_to_do_next() {
    let (from, to) = ways().pop().unwrap();
    let agent: Agent = Box::pin(lived_in(&from)).await.executor;
    let output = moss_server(&["move", "--from", &from.url, "--to", &to.url]);
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let lines: Vec<_> = stdout.lines().collect();
    let (from_shown, to_shown) = (from.address().to_string(), to.address().to_string());
    assert!(lines[0].starts_with("moved "), "{stdout}{stderr}");
    let end = format!(
        " of 32 tables from {from_shown} to {to_shown}; each was read back and is the same"
    );
    assert!(lines[0].ends_with(&end), "{stdout}");
    assert!(lines.iter().any(|line| line.starts_with("agents: 5 rows, sum ")), "{stdout}");
    let to_quoted = shlex::try_quote(&to.url).unwrap();
    assert_eq!(
        lines[lines.len() - 4..],
        [
            format!("-> moss-server verify --database {to_quoted}"),
            format!("-> in config.yaml: database.url: {}", to.url),
            "-> moss-server serve, and agents go on with the keys they have".to_owned(),
            format!("keep {from_shown} until the new one is trusted, and start no server on it"),
        ]
    );
    assert!(stderr.contains("copied agents: 5 rows\n"), "{stderr}");
    assert!(stderr.contains("compared agents: 5 rows\n"), "{stderr}");
    assert!(!format!("{stdout}{stderr}").contains(&agent.key), "a secret is told");

    for (args, says) in [
        (["--from", "oracle:x", "--to", &to.url], "--from is written like"),
        (["--from", &from.url, "--to", "postgres://moss:s3cret@db/t"], "--to-password-file FILE"),
        (["--from", &from.url, "--to", "sqlite:/proc/none/t.db"], "cannot use /proc/none"),
        (["--from", &from.url, "--to", "postgres://moss@127.0.0.1:1/t"], "cannot be reached"),
    ] {
        let output = moss_server(&[&["move"], &args[..]].concat());
        let refused = refusal_with(&output, 1);
        assert!(refused.contains(says) && !refused.contains("s3cret"), "{args:?}: {refused}");
    }
}
