//! SIGTERM while everyone is writing: what was answered is on disk, nobody gets half an answer,
//! and the file is left closed. And while the database does not move: the stop has an end.

use std::io::ErrorKind;
use std::sync::atomic::Ordering;
use std::time::Duration;

use nix::sys::signal::Signal;
use serde_json::json;
use test_support::server::Launch;

use crate::audit::Audit;
use crate::connection::{Connection, request};
use crate::team::Team;
use crate::workload::work;

test_support::tests![
    a_server_asked_to_stop_finishes_what_it_took,
    a_stop_does_not_wait_for_what_hangs,
];

/// Enough for what is in progress; far below the server's own limit for requests that hang.
const SECONDS: Duration = Duration::from_secs(5);

fn a_server_asked_to_stop_finishes_what_it_took() {
    for round in 0..4 {
        let team = Team::start(4, 2);
        let (task, _) = team.plan("work", 20);
        // Connections that are open and say nothing hold nothing up.
        let silent: Vec<_> =
            (0..20).map(|_| Connection::open(team.server.address()).unwrap()).collect();
        let record = work(&team, &task, round, |done| {
            while done.load(Ordering::Relaxed) < 100 {
                std::thread::sleep(Duration::from_millis(1));
            }
            team.server.signal(Signal::SIGTERM);
        });
        for end in &record.ends {
            let clean = matches!(
                end.kind(),
                ErrorKind::UnexpectedEof
                    | ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionRefused
                    | ErrorKind::BrokenPipe
            );
            assert!(clean, "not a clean end: {end:?}");
        }
        let Team { server, folder, .. } = team;
        let ended = server.wait().exits(0);
        drop(silent);
        assert!(ended.took < SECONDS, "{ended}");
        assert!(!ended.stderr.contains("did not finish"), "{ended}");
        for leftover in ["tasks.db-wal", "tasks.db-shm"] {
            assert!(!folder.path().join(leftover).exists(), "{leftover} was left behind");
        }
        assert!(record.facts.len() >= 50, "{}", record.facts.len());
        record.is_in(&Audit::open(&folder.path().join("tasks.db")));
    }
}

/// After so long container hosts kill.
const TOO_LONG: Duration = Duration::from_secs(10);

/// Another program has the database locked, and keeps it.
fn a_stop_does_not_wait_for_what_hangs() {
    let team = Team::start(1, 0);
    let (_, ids) = team.plan("work", 2);
    let claim = |id: &str| format!("/api/sub-tasks/{id}/claim");
    team.must(&team.executors[0], "POST", &claim(&ids[0]), &json!({}));
    let other = rusqlite::Connection::open(team.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut waiting = Connection::open(team.server.address()).unwrap();
    let hangs = request("POST", &claim(&ids[1]), &team.executors[0].key, "", &json!({}));
    waiting.send(hangs.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(500));

    team.server.signal(Signal::SIGTERM);
    let Team { server, folder, .. } = team;
    let ended = server.wait().exits(0);
    assert!(ended.took < TOO_LONG, "{ended}");
    assert!(ended.stderr.contains("the database was not closed within 3 s"), "{ended}");
    assert!(waiting.receive().is_err(), "it was answered before it was done");
    other.close().unwrap();

    Launch::new(folder.path()).start().terminate().exits(0);
    let audit = Audit::open(&folder.path().join("tasks.db"));
    audit.holds();
    assert_eq!(audit.number("SELECT COUNT(*) FROM sub_tasks WHERE status = 'assigned'"), 1);
}
