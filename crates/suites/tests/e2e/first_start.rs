//! From an empty folder to the first agent, and what the operator's commands say.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::audit::Audit;
use crate::team::Team;
use test_support::http::{Reply, Request};
use test_support::server::{Launch, Process, configure};

test_support::tests![
    a_first_start_leads_to_the_first_agent,
    two_set_ups_at_once_are_one,
    a_restart_before_set_up_gives_another_link,
    a_bad_config_is_refused_with_its_line,
    a_bad_variable_is_refused_with_its_name,
    a_good_config_is_said_to_be_fine_and_unknown_keys_are_named,
    a_port_in_use_is_refused,
    a_backup_of_a_running_server_opens_and_has_everything,
    the_version_is_said,
    health_is_asked_of_the_server_that_runs,
];

fn set_up(server: &Process, token: Option<&str>) -> Reply {
    let body = json!({
        "admin_password": "correct horse", "project_name": "News", "workspace_root": "/proc/ws",
    });
    let request = Request::new("POST", "/api/setup/initialize").json(&body);
    match token {
        Some(token) => request.header("x-setup-token", token),
        None => request,
    }
    .send(server.url())
}

fn register(server: &Process, token: &str, name: &str) -> Reply {
    Request::new("POST", "/api/agents/register")
        .header("x-registration-token", token)
        .json(&json!({ "name": name, "role": "executor" }))
        .send(server.url())
}

fn login(server: &Process, password: &str) -> Reply {
    let body = json!({ "password": password });
    Request::new("POST", "/api/admin/login").json(&body).send(server.url())
}

#[track_caller]
fn is_refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!(
        (reply.status, reply.json()["code"].as_str()),
        (status, Some(code)),
        "{}",
        reply.text()
    );
}

/// Everything the server has said or written that could hold a secret, but not the secret's hash.
fn in_the_open(server: &Process) -> String {
    format!("{}{}", server.stdout(), server.stderr())
}

fn a_first_start_leads_to_the_first_agent() {
    let folder = TempDir::new().unwrap();
    let server = Launch::new(folder.path()).start();
    let config = folder.path().join("config.yaml");
    let mode = fs::metadata(&config).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "others could read the registration token");
    let written = fs::read_to_string(&config).unwrap();
    assert!(written.contains("127.0.0.1") && written.contains("6565"), "{written}");
    assert!(server.url().starts_with("http://127.0.0.1:"), "{}", server.url());
    assert!(server.stdout().contains("wrote config.yaml"), "{}", server.stdout());
    let token = server.setup_token();
    assert!(token.len() >= 32 && !written.contains(&token), "{token} {written}");
    assert_eq!(in_the_open(&server).matches(&token).count(), 1, "{}", in_the_open(&server));

    // Nothing works without the link.
    is_refused(&set_up(&server, None), 403, "bad_setup_token");
    is_refused(&set_up(&server, Some("")), 403, "bad_setup_token");
    is_refused(&set_up(&server, Some(&token.replace(|c| c != '0', "0"))), 403, "bad_setup_token");
    is_refused(&set_up(&server, Some(&token[1..])), 403, "bad_setup_token");
    is_refused(&login(&server, "admin123"), 403, "wrong_password");
    is_refused(&login(&server, ""), 422, "invalid");
    is_refused(&register(&server, "", "AI-Wu"), 403, "bad_registration_token");
    is_refused(&register(&server, &token, "AI-Wu"), 403, "bad_registration_token");

    // It works once.
    let done = set_up(&server, Some(&token));
    assert_eq!(done.status, 200, "{}", done.text());
    assert!(done.text().contains("could not be made here"), "{}", done.text());
    is_refused(&set_up(&server, Some(&token)), 403, "already_initialized");
    let registration = done.json()["registration_token"].as_str().unwrap().to_owned();
    is_refused(&login(&server, "correct horsf"), 403, "wrong_password");
    let session = login(&server, "correct horse");
    assert_eq!(session.status, 200, "{}", session.text());
    let made = register(&server, &registration, "AI-Wu");
    assert_eq!(made.status, 200, "{}", made.text());
    let key = made.json()["api_key"].as_str().unwrap().to_owned();
    let wake = Request::new("GET", "/api/wake").bearer(&key).send(server.url());
    assert_eq!(
        (wake.status, &wake.json()["me"]["name"]),
        (200, &json!("AI-Wu")),
        "{}",
        wake.text()
    );

    // No secret was said, and after a restart there is nothing left to set up.
    let admin = session.json()["token"].as_str().unwrap().to_owned();
    let said = in_the_open(&server);
    for secret in [&registration, &key, &admin, &"correct horse".to_owned()] {
        assert!(!said.contains(secret), "{said}");
    }
    assert_eq!(fs::metadata(&config).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!fs::read_to_string(&config).unwrap().contains("correct horse"));
    server.terminate().exits(0);
    assert_eq!(fs::read_to_string(&config).unwrap(), written, "the file is its owner's");
    let checked = Launch::command(folder.path(), &["check-config"]).ends().exits(0).stdout;
    assert!(!checked.contains("password"), "{checked}");
    let server = Launch::new(folder.path()).start();
    assert!(!server.stdout().contains("/setup"), "{}", server.stdout());
    is_refused(&set_up(&server, Some(&token)), 403, "already_initialized");
    assert_eq!(login(&server, "correct horse").status, 200);
    let agents = Request::new("GET", "/api/agents").bearer(&key).send(server.url());
    assert_eq!(agents.json()[0]["name"], "AI-Wu", "{}", agents.text());
}

fn two_set_ups_at_once_are_one() {
    let folder = TempDir::new().unwrap();
    let server = Launch::new(folder.path()).start();
    let token = server.setup_token();
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let attempt = |_| scope.spawn(|| set_up(&server, Some(&token)).status);
        let attempts: Vec<_> = (0..8).map(attempt).collect();
        attempts.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403, 403, 403, 403, 403, 403, 403]);
}

fn a_restart_before_set_up_gives_another_link() {
    let folder = TempDir::new().unwrap();
    let first = Launch::new(folder.path()).start();
    let old = first.setup_token();
    first.terminate().exits(0);
    let second = Launch::new(folder.path()).start();
    let new = second.setup_token();
    assert_ne!(old, new);
    is_refused(&set_up(&second, Some(&old)), 403, "bad_setup_token");
    assert_eq!(set_up(&second, Some(&new)).status, 200);
}

/// A config that cannot be used stops `serve` and `check-config` with the same line.
#[track_caller]
fn bad_config(folder: &Path, config: &str, env: (&str, &str)) -> String {
    fs::write(folder.join("config.yaml"), config).unwrap();
    let checked = Launch::command(folder, &["check-config"]).env(env.0, env.1).ends().refuses();
    let served = Launch::new(folder).env(env.0, env.1).ends().refuses();
    assert_eq!(checked, served);
    assert!(!folder.join("data").exists(), "a database was made");
    checked
}

fn a_bad_config_is_refused_with_its_line() {
    let folder = TempDir::new().unwrap();
    for (config, line, what) in [
        ("project:\n  name: x\nserver:\n  port: many\n", "line 4", ""),
        ("server:\n  port: 70000\n", "line 2", ""),
        ("server:\n  host: localhost:80\n", "line 2", ""),
        ("server: [\n", "line ", ""),
        ("a: b: c\n", "line 1", ""),
        ("server:\n  port: 1\nserver:\n  port: 2\n", "line 3", "server"),
        ("- server\n", "line 1", ""),
        ("lease:\n  minutes: -1\n", "line 2", ""),
    ] {
        let refusal = bad_config(folder.path(), config, ("LC_ALL", "C"));
        assert!(refusal.contains("config.yaml"), "{refusal}");
        assert!(refusal.contains(line) && refusal.contains(what), "{config:?}: {refusal}");
    }
    for (config, what) in [
        ("database:\n  type: postgresql\n", "database.type"),
        ("lease:\n  minutes: 0\n", "lease.minutes"),
        ("lease:\n  sweep_seconds: 0\n", "lease.sweep_seconds"),
    ] {
        let refusal = bad_config(folder.path(), config, ("LC_ALL", "C"));
        assert!(refusal.contains("config.yaml") && refusal.contains(what), "{refusal}");
    }
}

fn a_bad_variable_is_refused_with_its_name() {
    let folder = TempDir::new().unwrap();
    for (name, value) in [
        ("MOSS_SERVER__PORT", "70000"),
        ("MOSS_SERVER__PORT", "-1"),
        ("MOSS_SERVER__PROT", "1"),
        ("MOSS_SERVR__PORT", "1"),
        ("MOSS_SERVER__HOST", "everywhere"),
        ("MOSS_LEASE__MINUTES", "soon"),
        ("MOSS_NOTIFICATION__CHANNELS", "{a: 1}"),
    ] {
        let refusal = bad_config(folder.path(), "project:\n  name: x\n", (name, value));
        assert!(refusal.contains(name), "{name}={value}: {refusal}");
    }
}

fn a_good_config_is_said_to_be_fine_and_unknown_keys_are_named() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    let checked = Launch::command(folder.path(), &["check-config"])
        .env("MOSS_SERVER__PORT", "7001")
        .ends()
        .exits(0);
    assert_eq!(
        checked.stdout,
        "config.yaml is fine: 127.0.0.1:7001, database tasks.db\n\
         - admin.password is not set: a start prints a one-time link to set it\n\
         - tasks.db is not there yet: a start makes it\n"
    );
    assert!(checked.stderr.is_empty(), "{checked}");
    assert!(!folder.path().join("tasks.db").exists());
    fs::write(folder.path().join("config.yaml"), "server:\n  prot: 1\n").unwrap();
    let checked = Launch::command(folder.path(), &["check-config"]).ends().exits(0);
    assert!(checked.stdout.contains("\n- 'server.prot' is no key of this server\n"), "{checked}");
    let missing = Launch::command(folder.path(), &["check-config", "--config", "nowhere.yaml"]);
    assert_eq!(
        missing.ends().exits(0).stdout,
        "nowhere.yaml is not there yet: the first moss-server serve writes it, with the defaults: \
         127.0.0.1:0, database data/tasks.db\n\
         - admin.password is not set: a start prints a one-time link to set it\n\
         - data/tasks.db is not there yet: a start makes it\n"
    );
    assert!(!folder.path().join("nowhere.yaml").exists());
    let open = "server: {host: 0.0.0.0, trusted_proxies: [0.0.0.0/0]}\nworkspace: {root: ./w}\n";
    fs::write(folder.path().join("config.yaml"), open).unwrap();
    let checked = Launch::command(folder.path(), &["check-config"]).ends().exits(0);
    for said in [
        "\n- warning: server.host 0.0.0.0 is reachable from other machines without TLS; put a TLS proxy before it\n",
        "\n- server.trusted_proxies 0.0.0.0/0 believes everybody's X-Forwarded-For: ",
        "\n- workspace.root must be an absolute path, like /srv/work: ",
    ] {
        assert!(checked.stdout.contains(said), "{checked}");
    }
}

fn a_port_in_use_is_refused() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refusal = Launch::new(folder.path()).env("MOSS_SERVER__PORT", &port).ends().refuses();
    assert!(refusal.contains(&format!("127.0.0.1:{port}")), "{refusal}");
}

fn a_backup_of_a_running_server_opens_and_has_everything() {
    let team = Team::start(2, 1);
    let (_, ids) = team.plan("work", 30);
    team.must(&team.executors[0], "POST", &format!("/api/sub-tasks/{}/claim", ids[7]), &json!({}));
    let backup = |file: &str| Launch::command(team.folder.path(), &["backup", file]);
    let done = backup("copy.db").ends().exits(0);
    assert_eq!(done.stdout, "wrote copy.db\n");
    let copy = team.folder.path().join("copy.db");
    let before = fs::read(&copy).unwrap();
    let refusal = backup("copy.db").ends().refuses();
    assert!(refusal.contains("copy.db") && refusal.contains("exists"), "{refusal}");
    assert!(fs::read(&copy).unwrap() == before, "the first backup was touched");
    fs::write(team.folder.path().join("other.yaml"), "database: {path: text.db}\n").unwrap();
    fs::write(team.folder.path().join("text.db"), "task,owner\n").unwrap();
    let other = ["backup", "none.db", "--config", "other.yaml"];
    Launch::command(team.folder.path(), &other).ends().exits(1);
    assert!(!team.folder.path().join("none.db").exists(), "what is no backup was left");
    assert!(backup("no/such/folder/copy.db").ends().refuses().contains("no/such/folder"));

    // What comes after is not in it; what came before is, and a server can go on from it.
    team.plan("later", 1);
    let restored = TempDir::new().unwrap();
    fs::copy(&copy, restored.path().join("tasks.db")).unwrap();
    configure(restored.path(), "tasks.db");
    let server = Launch::new(restored.path()).start();
    let audit = Audit::open(&restored.path().join("tasks.db"));
    audit.holds();
    assert_eq!(audit.number("SELECT COUNT(*) FROM sub_tasks"), 30);
    let mine = Request::new("GET", "/api/sub-tasks/mine").bearer(&team.executors[0].key);
    assert_eq!(mine.send(server.url()).json()["items"][0]["id"], Value::from(ids[7].as_str()));
}

fn the_version_is_said() {
    let folder = TempDir::new().unwrap();
    let said = Launch::command(folder.path(), &["version"]).ends().exits(0);
    assert_eq!(said.stdout, format!("moss-server {}\n", env!("CARGO_PKG_VERSION")));
    Launch::command(folder.path(), &["--nonsense"]).ends().exits(2);
}

fn health_is_asked_of_the_server_that_runs() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    let server = Launch::new(folder.path()).start();
    let (_, port) = server.address().split_once(':').unwrap();
    let (port, address) = (port.to_owned(), server.address().to_owned());
    let health = || {
        let launch = Launch::command(folder.path(), &["health"]);
        launch.env("MOSS_SERVER__HOST", "0.0.0.0").env("MOSS_SERVER__PORT", &port).ends()
    };
    let well = health().exits(0);
    assert_eq!(well.stdout, format!("ok: moss-server {}\n", env!("CARGO_PKG_VERSION")));
    server.terminate().exits(0);
    let gone = health().exits(1);
    assert!(gone.stderr.starts_with(&format!("error: no answer from {address}: ")), "{gone}");
}
