//! Strangers attack, or an agent gone bad, and another one goes on working: what it waits for, and
//! what the server needs, stay within bounds. Each attack is bounded, and over loopback, so the
//! attacker and the agent share an address.

mod measured;

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::json;
use tempfile::TempDir;

use crate::connection::{Connection, request};
use crate::team::Team;
use measured::withstands;
use test_support::server::{ADMIN_PASSWORD, Config, Launch};

test_support::tests![
    a_flood_of_logins,
    a_flood_of_registrations,
    a_flood_of_set_up_guesses,
    a_flood_of_wrong_keys,
    requests_of_another_sites_page,
    large_bodies_without_a_key,
    large_bodies_that_do_not_end,
    bodies_of_one_byte,
    silent_connections,
    silent_connections_where_few_files_may_be_open,
    slow_downloads,
    a_connection_full_of_requests,
];

/// A team on a server with an admin and something to download.
fn team() -> Team {
    team_on(Some(ADMIN_PASSWORD), Launch::new)
}

fn team_on(admin_password: Option<&str>, launch: impl FnOnce(&Path) -> Launch) -> Team {
    let limit = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, limit.1, limit.1).unwrap();
    let folder = TempDir::new().unwrap();
    Config { admin_password, ..Config::default() }.write(folder.path());
    std::fs::create_dir(folder.path().join("releases")).unwrap();
    let archive = std::fs::File::create(folder.path().join("releases/archive")).unwrap();
    archive.set_len(32 << 20).unwrap();
    Team::on(launch(folder.path()).start(), folder, 1, 1)
}

/// The key of an agent whose part in the work is not measured.
fn gone_bad(team: &Team) -> &str {
    &team.reviewers[0].key
}

fn post(path: &str, headers: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nhost: moss\r\ncontent-type: application/json\r\n{headers}\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn a_flood_of_logins() {
    let team = team();
    let address = team.server.address();
    let login = |password: &str, cookie: &str| {
        let body = json!({ "password": password }).to_string();
        let headers =
            if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
        post("/api/admin/login", &headers, &body)
    };
    let owner = Connection::open(address).unwrap().ask(&login(ADMIN_PASSWORD, "")).unwrap();
    assert_eq!(owner.status, 200, "{owner:?}");
    let cookie = owner.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let owner_got_in = AtomicUsize::new(0);
    withstands("logins", &team, 8, |attack| {
        let mut guesses = 0;
        while attack.goes_on(4_000) {
            guesses += 1;
            let mut connection = Connection::open(address).unwrap();
            connection.send(login("wrong", "").as_bytes()).unwrap();
            // Every other one hangs up at once.
            if guesses % 2 == 0 {
                let answer = connection.receive().unwrap();
                assert!([403, 429, 503].contains(&answer.status), "{answer:?}");
            }
            if guesses == 200 {
                let mut connection = Connection::open(address).unwrap();
                let answer = connection.ask(&login(ADMIN_PASSWORD, &cookie)).unwrap();
                owner_got_in.fetch_add(usize::from(answer.status == 200), Ordering::Relaxed);
            }
        }
    });
    assert!(owner_got_in.into_inner() > 0, "somebody who guesses keeps the owner out");
    // Whoever guessed has used up what an address has.
    let refused = Connection::open(address).unwrap().ask(&login(ADMIN_PASSWORD, "")).unwrap();
    assert_eq!(refused.status, 429, "{refused:?}");
}

fn a_flood_of_registrations() {
    let team = team();
    let address = team.server.address();
    let guess = |n: usize| {
        let headers = format!("x-registration-token: guess-{n}\r\n");
        post("/api/agents/register", &headers, r#"{"name":"A","role":"executor"}"#)
    };
    let judged = AtomicUsize::new(0);
    withstands("registrations", &team, 8, |attack| {
        let mut connection = Connection::open(address).unwrap();
        while attack.goes_on(20_000) {
            let answer = connection.ask(&guess(attack.blows())).unwrap();
            judged.fetch_add(usize::from(answer.status == 403), Ordering::Relaxed);
            assert!([403, 429].contains(&answer.status), "{answer:?}");
        }
    });
    // A handful at once, then one a second, every two, four…
    let judged = judged.into_inner();
    assert!(judged < 20, "{judged} guesses were judged");
}

fn a_flood_of_set_up_guesses() {
    let team = team_on(None, Launch::new);
    let address = team.server.address();
    let body = json!({
        "admin_password": "of-nobody", "project_name": "theirs", "workspace_root": "/theirs",
    });
    let guess = |n: usize| {
        let headers = format!("x-setup-token: guess-{n}\r\n");
        post("/api/setup/initialize", &headers, &body.to_string())
    };
    let judged = AtomicUsize::new(0);
    withstands("set-up guesses", &team, 8, |attack| {
        while attack.goes_on(20_000) {
            let mut connection = Connection::open(address).unwrap();
            let guess = guess(attack.blows());
            let answer = connection.ask(&guess).unwrap();
            judged.fetch_add(usize::from(answer.status == 403), Ordering::Relaxed);
            assert!([403, 429].contains(&answer.status), "{answer:?}");
        }
    });
    let judged = judged.into_inner();
    assert!(judged < 20, "{judged} guesses were judged");
}

/// Keys of nobody, each over a connection that is kept as long as the server keeps it.
fn a_flood_of_wrong_keys() {
    let team = team();
    let address = team.server.address();
    let mut shape = team.planner.key.clone();
    let secret = shape.split_off(shape.len() - 16);
    withstands("wrong keys", &team, 400, |attack| {
        let mut kept = Vec::new();
        while attack.goes_on(20_000) {
            let key = match attack.blows() % 2 {
                // Of nobody, and with another's public half.
                0 => format!("ak_{:0>80}", attack.blows()),
                _ => format!("{shape}{:0>width$}", attack.blows(), width = secret.len()),
            };
            let mut connection = Connection::open(address).unwrap();
            let ask = request("POST", "/api/tasks", &key, "", &json!({ "name": "theirs" }));
            let answer = connection.ask(&ask).unwrap();
            assert_eq!(answer.code(), "unknown_key", "{answer:?}");
            kept.push(connection);
            if kept.len() > 500 {
                kept.clear();
            }
        }
    });
}

/// What a browser sends when a page of somebody else's tells it to.
fn requests_of_another_sites_page() {
    let team = team();
    let address = team.server.address();
    let site = "origin: https://evil.example.com\r\nsec-fetch-site: cross-site\r\n";
    let password = json!({ "password": ADMIN_PASSWORD }).to_string();
    let login = post("/api/admin/login", site, &password);
    let write = post("/api/rules", &format!("{site}x-admin-token: nobody\r\n"), "{}");
    withstands("another site's page", &team, 400, |attack| {
        while attack.goes_on(20_000) {
            let mut connection = Connection::open(address).unwrap();
            for text in [&login, &write] {
                let answer = connection.ask(text).unwrap();
                assert_eq!(answer.code(), "cross_site", "{answer:?}");
            }
        }
    });
}

fn large_bodies_without_a_key() {
    let team = team();
    let address = team.server.address();
    let list = format!("[{}0]", "{\"\":0},".repeat((1 << 20) / 7 - 10));
    let large = post("/api/plans", "authorization: Bearer nobody\r\n", &list);
    let login = post("/api/admin/login", "", &list);
    withstands("large bodies", &team, 8, |attack| {
        while attack.goes_on(200) {
            for (text, status) in [(&large, 401), (&login, 413)] {
                let mut connection = Connection::open(address).unwrap();
                connection.send(text.as_bytes()).unwrap();
                let answer = connection.receive().unwrap();
                assert!([status, 429].contains(&answer.status), "{answer:?}");
            }
        }
    });
}

/// An agent gone bad sends much on many connections, and never the end of it.
fn large_bodies_that_do_not_end() {
    let team = team();
    let address = team.server.address();
    let large = json!({ "summary": "x".repeat(900_000) });
    let text = request("POST", "/api/logs", gone_bad(&team), "", &large);
    let (begun, _) = text.as_bytes().split_at(text.len() - 1);
    withstands("large bodies that do not end", &team, 300, |attack| {
        let mut slow = Vec::new();
        while attack.goes_on(320) {
            let mut socket = TcpStream::connect(address).unwrap();
            socket.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
            // It may have been sent away in the middle.
            let _ = socket.write_all(begun);
            slow.push(socket);
        }
        attack.hold(slow);
    });
}

fn bodies_of_one_byte() {
    let team = team();
    let address = team.server.address();
    // Strangers, and an agent gone bad.
    let login = post("/api/admin/login", "", &" ".repeat(1_000));
    let known =
        request("POST", "/api/logs", gone_bad(&team), "", &json!({ "summary": "x".repeat(1_000) }));
    withstands("bodies of one byte", &team, 400, |attack| {
        let mut slow = Vec::new();
        while attack.goes_on(1_000) {
            for text in [&login, &known] {
                let (head, _) = text.split_once("\r\n\r\n").unwrap();
                let mut socket = TcpStream::connect(address).unwrap();
                // It may have been closed in the meantime.
                let _ = socket.write_all(format!("{head}\r\n\r\n{{").as_bytes());
                slow.push(socket);
            }
        }
        attack.hold(slow);
    });
}

fn silent_connections() {
    be_silent("silent connections", &team());
}

/// Fewer than the connections a server takes: it closes some before the system has no more.
fn silent_connections_where_few_files_may_be_open() {
    let team = team_on(Some(ADMIN_PASSWORD), |folder| {
        Launch::after(Command::new("env"), "ulimit -n 400; exec \"$@\"", folder)
    });
    be_silent("silent connections, 400 files", &team);
    assert!(team.server.stderr().contains("400 open files are allowed"));
}

fn be_silent(name: &str, team: &Team) {
    let address = team.server.address();
    withstands(name, team, 1_500, |attack| {
        let mut silent = Vec::new();
        while attack.goes_on(3_000) {
            silent.push(TcpStream::connect(address).unwrap());
        }
        attack.hold(silent);
    });
}

fn slow_downloads() {
    let team = team();
    let address = team.server.address();
    withstands("slow downloads", &team, 100, |attack| {
        let mut slow = Vec::new();
        while attack.goes_on(150) {
            let mut socket = TcpStream::connect(address).unwrap();
            let _ = socket.write_all(b"GET /releases/archive HTTP/1.1\r\nhost: h\r\n\r\n");
            slow.push(socket);
        }
        attack.hold(slow);
    });
}

/// A stranger sends thousands of requests at once, of which none waits for anything, and as many
/// again as soon as they are answered.
fn a_connection_full_of_requests() {
    const AT_ONCE: usize = 3_000;
    let team = team();
    let address = team.server.address();
    let many = ["/api/health", "/nowhere"]
        .map(|path| format!("GET {path} HTTP/1.1\r\nhost: moss\r\n\r\n").repeat(AT_ONCE));
    withstands("a connection full of requests", &team, 2, |attack| {
        while attack.goes_on(200) {
            let mut connection = Connection::open(address).unwrap();
            let mut sender = connection.sender().unwrap();
            std::thread::scope(|scope| {
                // The answers are read meanwhile: neither side waits for the other to read.
                scope.spawn(|| sender.write_all(many[attack.blows() % 2].as_bytes()));
                for _ in 0..AT_ONCE {
                    let answer = connection.receive().unwrap();
                    assert!([200, 404].contains(&answer.status), "{answer:?}");
                }
            });
        }
    });
}
