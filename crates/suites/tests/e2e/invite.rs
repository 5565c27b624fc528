//! `moss-server invite`: beside a running server, without one, and where it cannot work.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::audit::{Audit, tamper};
use crate::team::Team;
use test_support::http::{Reply, Request};
use test_support::server::{Ended, Launch, Process, configure};

test_support::tests![
    a_running_server_knows_it_at_once,
    a_busy_server_is_not_disturbed,
    a_stopped_servers_database_takes_it_too,
    it_is_refused_where_it_could_not_work,
    the_admin_sees_it_and_takes_it_back,
    where_any_port_will_do_the_real_one_is_said,
];

fn invite(folder: &TempDir, args: &[&str]) -> Ended {
    let args = [&["invite"], args].concat();
    let launch = Launch::command(folder.path(), &args);
    launch.env("MOSS_SERVER__EXTERNAL_URL", "https://moss.example.com/").ends()
}

/// The token on standard output, which has nothing else on it.
#[track_caller]
fn token(ended: Ended) -> String {
    let ended = ended.exits(0);
    let token = ended.stdout.strip_suffix('\n').unwrap_or_default();
    assert!(token.starts_with("inv_") && token.len() == 68, "{ended}");
    token.to_owned()
}

fn register(server: &Process, token: &str, role: &str, name: &str) -> Reply {
    Request::new("POST", "/api/agents/register")
        .header("x-registration-token", token)
        .json(&json!({ "name": name, "role": role }))
        .send(server.url())
}

fn a_running_server_knows_it_at_once() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    let server = Launch::new(folder.path()).start();
    let made = invite(&folder, &["--role", "executor"]);
    let said = made.stderr.clone();
    assert!(
        said.starts_with("for 1 executor, until 20")
            && said.ends_with(
                ": moss register --server https://moss.example.com --role executor --name NAME \
                 --token-stdin\n"
            ),
        "{said}"
    );
    let token = token(made);
    assert!(!said.contains(&token), "{said}");
    assert_eq!(register(&server, &token, "executor", "AI-Wu").status, 200);
    let again = register(&server, &token, "executor", "AI-Li");
    assert_eq!((again.status, &again.json()["code"]), (403, &json!("invite_used_up")));
    let told = format!("{}{}", server.stdout(), server.stderr());
    assert!(!told.contains(&token), "{told}");
    let database = fs::read(folder.path().join("tasks.db")).unwrap();
    let log = fs::read(folder.path().join("tasks.db-wal")).unwrap();
    for file in [database, log] {
        assert!(!file.windows(token.len()).any(|part| part == token.as_bytes()), "kept in clear");
    }
    server.terminate().exits(0);
    Audit::open(&folder.path().join("tasks.db")).holds();
}

/// One that is busy writing goes on, and none of the invites is lost.
fn a_busy_server_is_not_disturbed() {
    let team = Team::start(2, 0);
    let names: Vec<String> = std::thread::scope(|scope| {
        let writers: Vec<_> = team
            .executors
            .iter()
            .map(|agent| {
                let team = &team;
                scope.spawn(move || {
                    let entry = json!({ "action": "coding", "summary": "x" });
                    for _ in 0..300 {
                        team.must(agent, "POST", "/api/logs", &entry);
                    }
                })
            })
            .collect();
        let names = (0..12).map(|n| {
            let args = ["--role", "patrol", "--uses", "2", "--ttl", "60s"];
            let token = token(invite(&team.folder, &args));
            let name = format!("Pat-{n}");
            assert_eq!(register(&team.server, &token, "patrol", &name).status, 200);
            name
        });
        let names = names.collect();
        for writer in writers {
            writer.join().unwrap();
        }
        names
    });
    let audit = Audit::open(&team.database());
    audit.holds();
    let there = audit.set("SELECT name FROM agents WHERE role = 'patrol'");
    assert_eq!(there, names.into_iter().collect());
    assert_eq!(audit.number("SELECT SUM(used) FROM invites"), 12);
    assert_eq!(audit.number("SELECT COUNT(*) FROM activity_logs"), 600);
}

fn a_stopped_servers_database_takes_it_too() {
    let mut team = Team::start(0, 0);
    team.server.kill();
    let token = token(invite(&team.folder, &["--role", "reviewer"]));
    team.server = Launch::new(team.folder.path()).start();
    assert_eq!(register(&team.server, &token, "reviewer", "AI-Rev").status, 200);
}

fn it_is_refused_where_it_could_not_work() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    let database = folder.path().join("tasks.db");
    let refusal = || invite(&folder, &["--role", "executor"]).refuses();
    assert!(refusal().contains("no database tasks.db yet; moss-server serve"), "{}", refusal());
    assert!(!database.exists());

    fs::write(&database, "").unwrap();
    assert!(refusal().contains("older moss-server"), "{}", refusal());
    fs::write(&database, "this is no database, whatever its name says".repeat(100)).unwrap();
    assert!(refusal().contains("tasks.db"), "{}", refusal());
    fs::remove_file(&database).unwrap();

    Launch::new(folder.path()).start().terminate().exits(0);
    tamper(&database, "INSERT INTO seaql_migrations VALUES ('m9999_future', 1)");
    assert!(refusal().contains("newer moss-server"), "{}", refusal());
    tamper(&database, "DELETE FROM seaql_migrations");
    assert!(refusal().contains("older moss-server"), "{}", refusal());
    tamper(&database, "DROP TABLE seaql_migrations");
    assert!(refusal().contains("another program"), "{}", refusal());

    for (args, part) in [
        (&["--role", "king"][..], "king"),
        (&[][..], "--role"),
        (&["--role", "patrol", "--uses", "0"], "--uses"),
        (&["--role", "patrol", "--uses", "1001"], "--uses"),
        (&["--role", "patrol", "--ttl", "soon"], "1h"),
        (&["--role", "patrol", "--ttl", "31d"], "30 days"),
    ] {
        let ended = invite(&folder, args).exits(2);
        assert!(ended.stderr.contains(part) && ended.stdout.is_empty(), "{args:?}: {ended}");
    }
}

/// The list and the revocation of an invite that was made beside the server.
fn the_admin_sees_it_and_takes_it_back() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    let server = Launch::new(folder.path()).env("MOSS_ADMIN__PASSWORD", "correct horse").start();
    let token = token(invite(&folder, &["--role", "planner", "--uses", "3", "--ttl", "7d"]));
    let login =
        Request::new("POST", "/api/admin/login").json(&json!({ "password": "correct horse" }));
    let session = login.send(server.url()).json()["token"].as_str().unwrap().to_owned();
    let ask = |method: &str, path: &str| -> Value {
        let request = Request::new(method, path).header("x-admin-token", &session);
        let reply = request.send(server.url());
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    let seen = ask("GET", "/api/admin/invites")["items"][0].clone();
    assert_eq!((&seen["uses"], &seen["used"]), (&json!(3), &json!(0)));
    ask("DELETE", &format!("/api/admin/invites/{}", seen["id"].as_str().unwrap()));
    assert_eq!(register(&server, &token, "planner", "Plan").status, 403);
}

/// By `invite` and by `health`: with port 0 in the configuration, only a running server has one.
fn where_any_port_will_do_the_real_one_is_said() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    let said = || {
        let launch = Launch::command(folder.path(), &["invite", "--role", "patrol"]);
        launch.ends().exits(0).stderr
    };
    let health = || Launch::command(folder.path(), &["health"]).ends();
    let mut server = Launch::new(folder.path()).start();
    let note = folder.path().join("tasks.db.port");
    let mode = fs::metadata(&note).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{mode:o}");
    let known = said();
    assert!(known.contains(&format!("moss register --server {} --role", server.url())), "{known}");
    assert_eq!(known.lines().count(), 1, "{known}");
    health().exits(0);

    // What was killed has left its note, and what has stopped none: neither has a port.
    let nobody = "http://127.0.0.1:0 --role patrol --name NAME --token-stdin\nserver.port is 0 and \
                  the server does not run: instead of :0 type the port that serve will print\n";
    server.kill();
    assert!(note.exists() && said().ends_with(nobody), "{}", said());
    let refusal = health().refuses();
    assert_eq!(refusal, "error: no server runs: server.port is 0");
    let again = Launch::new(folder.path()).start();
    assert!(said().contains(again.url()), "{}", said());
    again.terminate().exits(0);
    assert!(!note.exists() && said().ends_with(nobody), "{}", said());
}
