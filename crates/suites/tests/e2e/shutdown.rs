//! SIGTERM while everyone is writing: what was answered is on disk, nobody gets half an answer,
//! and the file is left closed.

use std::io::ErrorKind;
use std::sync::atomic::Ordering;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::audit::Audit;
use crate::connection::Connection;
use crate::team::Team;
use crate::workload::work;

test_support::tests![a_server_asked_to_stop_finishes_what_it_took,];

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
