//! Releases from the running server: who reads slowly is in nobody's way, agents hear of versions,
//! and the log says once what its owner should know.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::team::Team;
use test_support::http::Request;
use test_support::manifest::{Stamp, key, payload, public, seal, serial};
use test_support::server::{Launch, configure};

test_support::tests![
    slow_readers_keep_nobody_from_work,
    agents_are_told_of_versions_and_work_on,
    a_manifest_of_doubt_is_said_once_and_tells_of_no_release,
    clients_newer_than_the_server_are_said_once_each,
];

/// Larger than what the system buffers for a connection.
const LARGE: u64 = 32 << 20;
/// Longest wait for the server to look around.
const PATIENCE: Duration = Duration::from_secs(20);

/// A team whose server has these files to hand out.
fn team(files: &[(&str, &str)]) -> Team {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    fs::create_dir(folder.path().join("releases")).unwrap();
    for (name, content) in files {
        fs::write(folder.path().join("releases").join(name), content).unwrap();
    }
    let launch = Launch::new(folder.path()).env("MOSS_TEST_RELEASE_KEYS", &public(&[key(1)]));
    Team::on(launch.start(), folder, 1, 0)
}

fn manifest(newest: &str, minimum: &str) -> String {
    let release = json!({ "version": newest, "date": "2026-11-20T09:00:00Z", "assets": [] });
    by_key(1, serial(7), minimum, &[release])
}

/// By the key that counts, which is the first, or another.
fn by_key(number: u8, stamp: Stamp, minimum: &str, releases: &[Value]) -> String {
    seal(&format!("{:#}\n", payload(stamp, minimum, releases)), &key(number))
}

/// Waits until something is so.
#[track_caller]
fn soon(is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn slow_readers_keep_nobody_from_work() {
    let team = team(&[("archive", "")]);
    let archive = team.folder.path().join("releases/archive");
    fs::File::options().write(true).open(archive).unwrap().set_len(LARGE).unwrap();
    let slow: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut socket = TcpStream::connect(team.server.address()).unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket.write_all(b"GET /releases/archive HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
            socket
        })
        .collect();
    // The first bytes of an answer show that a place was taken, or refused.
    let status = |mut socket: &TcpStream| {
        let mut status = [0; 12];
        socket.read_exact(&mut status).unwrap();
        status
    };
    let taken = slow.iter().map(status).filter(|status| status.ends_with(b"200")).count();
    assert!((64..200).contains(&taken), "{taken}");
    let (agent, begun) = (&team.executors[0], Instant::now());
    for _ in 0..50 {
        team.must(agent, "GET", "/api/wake", &Value::Null);
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let memory = team.server.memory("VmRSS");
    assert!(memory < 100 << 10, "{memory} KiB");
    // They read nothing, so others get their places.
    let another = || Request::new("GET", "/releases/archive").send(team.server.url());
    soon(|| another().status == 200);
    assert_eq!(another().body.len() as u64, LARGE);
    drop(slow);
}

fn agents_are_told_of_versions_and_work_on() {
    let own = env!("CARGO_PKG_VERSION");
    let team = team(&[("manifest.json", &manifest("99.0.1", "99.0.0"))]);
    let place = team.workspace(&team.executors[0]);
    let told = format!("TOO OLD moss {own}, the server wants 99.0.0\n-> moss update\n");
    place.moss(["wake"]).exits(3).says(&told).keeps_quiet_about("UPDATE");
    place.moss(["log", "add", "coding", "goes on"]).exits(0);
    let path = team.folder.path().join("releases/manifest.json");
    fs::write(&path, "broken").unwrap();
    soon(|| !place.moss(["wake"]).exits(3).stdout.contains("TOO OLD"));
    fs::write(&path, manifest("99.0.1", "0.0.1")).unwrap();
    soon(|| team.server.stderr().contains("clients are told of no release"));
    soon(|| {
        let packet = team.must(&team.executors[0], "GET", "/api/wake", &Value::Null);
        packet["client_version"] == "99.0.1"
    });
    place.moss(["wake"]).exits(3).keeps_quiet_about("TOO OLD");
    let once = team.server.stderr().matches("clients are told of no release").count();
    assert_eq!(once, 1, "{}", team.server.stderr());
}

fn a_manifest_of_doubt_is_said_once_and_tells_of_no_release() {
    let team = team(&[("manifest.json", &manifest("99.0.1", "0.0.1"))]);
    let told = || {
        let packet = team.must(&team.executors[0], "GET", "/api/wake", &Value::Null);
        packet["client_version"].clone()
    };
    soon(|| told() == "99.0.1");
    let path = team.folder.path().join("releases/manifest.json");
    let release = json!({ "version": "99.0.2", "date": "2026-11-20T09:00:00Z", "assets": [] });
    let old = Stamp { serial: 7, signed: -90, expires: -1 };
    let soon_over = Stamp { serial: 7, signed: -80, expires: 10 };
    for (text, words, names) in [
        (by_key(2, serial(7), "0.0.1", std::slice::from_ref(&release)), "no release key", None),
        (by_key(1, old, "0.0.1", std::slice::from_ref(&release)), "it expired at ", None),
        (by_key(1, soon_over, "0.0.1", &[release]), "it expires at ", Some("99.0.2")),
    ] {
        fs::write(&path, text).unwrap();
        soon(|| team.server.stderr().contains(words));
        soon(|| told().as_str() == names);
        std::thread::sleep(Duration::from_secs(6)); // it has looked again by then
        assert_eq!(team.server.stderr().matches(words).count(), 1, "{}", team.server.stderr());
    }
}

fn clients_newer_than_the_server_are_said_once_each() {
    let own = env!("CARGO_PKG_VERSION");
    let team = team(&[]);
    let key = &team.executors[0].key;
    let call = |client: &str, key: &str| {
        let request = Request::new("GET", "/api/agents/me").bearer(key);
        request.header("user-agent", client).send(team.server.url()).status
    };
    for _ in 0..3 {
        for client in ["moss/98.0.0", "moss/99.0.0", "moss/0.0.1", "moss/x", "curl/99.0.0"] {
            assert_eq!(call(client, key), 200);
        }
        assert_eq!(call("moss/97.0.0", "ak_nobody"), 401, "what nobody says is not believed");
        team.workspace(&team.executors[0]).moss(["whoami"]).exits(0);
    }
    let log = team.server.stderr();
    let said: Vec<_> = log.lines().filter_map(|line| line.split("moss-server ").nth(1)).collect();
    let complaint = |client| format!("{own} is older than its clients ({client}): update it");
    assert_eq!(said, [complaint("98.0.0"), complaint("99.0.0")], "{log}");
}
