//! One database, one server: a second is turned away at once, and a dead one holds no lock.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::audit::Audit;
use crate::team::Team;
use test_support::server::{Launch, configure};

test_support::tests![
    a_second_server_is_refused_and_the_first_goes_on,
    another_name_for_the_same_file_is_the_same_file,
    ten_servers_started_at_once_leave_one,
    a_killed_servers_lock_is_free_and_its_file_stays,
];

/// Far below any lock's timeout: the second server must not hang on the first.
const AT_ONCE: Duration = Duration::from_secs(5);

fn a_second_server_is_refused_and_the_first_goes_on() {
    let team = Team::start(1, 0);
    let second = Launch::new(team.folder.path()).ends();
    assert!(second.took < AT_ONCE, "{second}");
    let refusal = second.refuses();
    assert!(refusal.contains("another moss-server is using"), "{refusal}");
    assert!(refusal.contains("tasks.db"), "{refusal}");
    team.plan("afterwards", 3);
    team.must(&team.executors[0], "POST", "/api/sub-tasks/claim-next", &json!({}));
    Audit::open(&team.database()).holds();
}

fn another_name_for_the_same_file_is_the_same_file() {
    let team = Team::start(0, 0);
    let elsewhere = TempDir::new().unwrap();
    std::os::unix::fs::symlink(team.database(), elsewhere.path().join("alias.db")).unwrap();
    configure(elsewhere.path(), "alias.db");
    let refusal = Launch::new(elsewhere.path()).ends().refuses();
    assert!(refusal.contains("another moss-server is using"), "{refusal}");
}

fn ten_servers_started_at_once_leave_one() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    // Each waits for its own port or its own end, so they are started by threads.
    let started: Vec<_> = std::thread::scope(|scope| {
        let launch = |_| scope.spawn(|| Launch::new(folder.path()).try_start());
        let starting: Vec<_> = (0..10).map(launch).collect();
        starting.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let (up, refused): (Vec<_>, Vec<_>) = started.into_iter().partition(Result::is_ok);
    assert_eq!(up.len(), 1, "{} servers on one database", up.len());
    for ended in refused.into_iter().filter_map(Result::err) {
        let refusal = ended.refuses();
        assert!(refusal.contains("another moss-server is using"), "{refusal}");
    }
}

fn a_killed_servers_lock_is_free_and_its_file_stays() {
    let mut team = Team::start(0, 0);
    let lock = team.folder.path().join("tasks.db.lock");
    let before = fs::metadata(&lock).unwrap();
    team.server.kill();
    team.server = Launch::new(team.folder.path()).start();
    let agents = team.must(&team.planner, "GET", "/api/agents", &Value::Null);
    assert_eq!(agents[0]["name"], "planner");
    // A lock file that is removed and made again can be locked twice.
    let inode = std::os::unix::fs::MetadataExt::ino;
    assert_eq!(inode(&fs::metadata(&lock).unwrap()), inode(&before));
}
