//! What is taken away beside a running server: no write is answered that nobody would find again.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::team::Team;
use test_support::http::Request;
use test_support::server::Launch;

test_support::tests![
    without_its_database_a_server_takes_no_writes,
    without_its_lock_a_server_takes_no_writes_beside_another,
];

/// The status of a write, and what health says.
fn written(team: &Team) -> (u16, String) {
    let body = json!({ "action": "coding", "summary": "at it" });
    let status = team.ask(&team.executors[0], "POST", "/api/logs", &body).status;
    (status, problem(team))
}

fn problem(team: &Team) -> String {
    let health = Request::new("GET", "/api/health").send(team.server.url());
    health.json()["problem"].as_str().unwrap_or_default().to_owned()
}

fn problem_in_time(team: &Team) -> String {
    let end = Instant::now() + Duration::from_secs(20);
    while problem(team).is_empty() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(50));
    }
    problem(team)
}

const GONE: &str = "writes fail: a file of the database was removed or exchanged; bring it back, or \
                    stop the server and go back to a backup: moss-server restore FILE";
const UNLOCKED: &str = "writes fail: the lock beside the database was removed or exchanged, and \
                        another server could be using it; restart this one";

fn without_its_database_a_server_takes_no_writes() {
    let team = Team::start(1, 0);
    let file = |name: &str| team.folder.path().join(name);
    let (database, away) = (team.database(), file("away.db"));
    assert_eq!(written(&team), (200, String::new()));
    fs::rename(&database, &away).unwrap();
    // Also while nobody writes.
    assert_eq!(problem_in_time(&team), GONE);
    fs::rename(&away, &database).unwrap();
    assert_eq!(written(&team), (200, String::new()));
    let exchange = |put: &dyn Fn(&Path)| {
        fs::rename(&database, &away).unwrap();
        put(&database);
        assert_eq!(written(&team), (507, GONE.to_owned()));
        fs::rename(&away, &database).unwrap();
        assert_eq!(written(&team), (200, String::new()));
    };
    exchange(&|_| {});
    exchange(&|path| fs::write(path, "").unwrap());
    exchange(&|path| assert!(fs::copy(&away, path).unwrap() > 0));
    fs::remove_file(file("tasks.db-wal")).unwrap();
    assert_eq!(written(&team), (507, GONE.to_owned()));
}

fn without_its_lock_a_server_takes_no_writes_beside_another() {
    let team = Team::start(1, 0);
    fs::remove_file(team.folder.path().join("tasks.db.lock")).unwrap();
    assert_eq!(problem_in_time(&team), UNLOCKED);
    let second = Launch::new(team.folder.path()).start();
    assert_eq!(written(&team), (507, UNLOCKED.to_owned()));
    let refused = Launch::new(team.folder.path()).ends().refuses();
    assert!(refused.contains("another moss-server is using"), "{refused}");
    let Team { server, folder, place, planner, executors, reviewers } = team;
    server.terminate().exits(0);
    let team = Team { server: second, folder, place, planner, executors, reviewers };
    assert_eq!(written(&team), (200, String::new()));
}
