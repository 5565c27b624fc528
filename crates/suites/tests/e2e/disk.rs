//! A full disk and a disk that cannot be written: answers with a code, no damage, and work goes
//! on when there is room again. The server's log lies on the full disk too.
//!
//! The disk is a tmpfs in a mount namespace of the server's own: nobody else sees it, and it is
//! gone with the server, however the test ends.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::audit::Audit;
use crate::team::{Team, register};
use test_support::http::Request;
use test_support::needs::{MOUNTS, namespace};
use test_support::server::{Launch, Process, configure};

test_support::tests![
    a_full_disk_is_an_answer_and_not_the_end needs [MOUNTS],
    a_disk_too_small_to_begin_with_is_refused needs [MOUNTS],
    a_read_only_folder_is_refused needs [MOUNTS],
    a_database_that_became_read_only_is_refused_untouched needs [MOUNTS],
    a_folder_without_room_for_a_config_is_refused needs [MOUNTS],
];

/// The entries the test writes.
const LOGGED: &str = "SELECT COUNT(*) FROM activity_logs WHERE action = 'coding'";

/// A server whose database lies on a disk of its own, mounted by `script` on `$DISK`.
fn launch(folder: &Path, script: &str) -> Launch {
    let disk = folder.join("disk");
    std::fs::create_dir_all(&disk).unwrap();
    configure(folder, "disk/tasks.db");
    let script = format!("set -e; cd {}; {script}; exec \"$@\"", folder.display());
    Launch::after(namespace(), &script, folder)
}

/// The server's disk, as seen from outside its namespace.
fn disk_of(server: &Process, folder: &Path) -> PathBuf {
    let inside = folder.join("disk");
    Path::new(&format!("/proc/{}/root", server.id())).join(inside.strip_prefix("/").unwrap())
}

/// Writes until nothing more fits.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    while file.write_all(&[b'x'; 4096]).is_ok() {}
    while file.write_all(b"x").is_ok() {}
}

fn a_full_disk_is_an_answer_and_not_the_end() {
    let folder = TempDir::new().unwrap();
    let script = "mount -t tmpfs -o size=4m none disk; exec 2> disk/server.log";
    let launch = launch(folder.path(), script);
    let server = launch.start();
    let disk = disk_of(&server, folder.path());
    let team = Team::on(server, folder, 1, 1);
    let executor = &team.executors[0];
    let (_, ids) = team.plan("work", 5);
    let path = |id: &str, what: &str| format!("/api/sub-tasks/{id}/{what}");
    team.must(executor, "POST", &path(&ids[0], "claim"), &json!({}));

    fill(&disk.join("filler"));
    let text = "x".repeat(8_000);
    let (mut kept, mut refused) = (0, 0);
    while refused < 20 {
        let body = json!({ "action": "coding", "summary": format!("{kept} {text}") });
        let answer = team.ask(executor, "POST", "/api/logs", &body);
        if answer.status == 200 {
            kept += 1; // in room the log of writes had left
            let newest = team.must(executor, "GET", "/api/logs/mine?limit=1", &Value::Null);
            let (said, there) = (&answer.json()["id"], &newest[0]["id"]);
            assert_eq!(said, there, "acknowledged after {refused} refusals, and not there");
            continue;
        }
        refused += 1;
        assert_eq!((answer.status, answer.code().as_str()), (507, "storage_failed"), "{answer:?}");
        assert!(!answer.body.contains("(code"), "what is wrong inside stays inside: {answer:?}");
    }
    let show = team.must(executor, "GET", &path(&ids[0], "history"), &Value::Null);
    assert_eq!(show.as_array().unwrap().len(), 2, "{show}");
    team.must(executor, "GET", "/api/wake", &Value::Null);
    let health = || Request::new("GET", "/api/health").send(team.server.url());
    let unwell = health();
    assert_eq!(unwell.status, 503, "{}", unwell.text());
    assert_eq!(unwell.json()["status"], "unwell");
    assert_eq!(unwell.json()["problem"], "writes fail: the disk is full");

    std::fs::remove_file(disk.join("filler")).unwrap();
    // By itself: nobody has to write for it.
    let end = Instant::now() + Duration::from_secs(10);
    while health().status != 200 {
        assert!(Instant::now() < end, "{}", health().text());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(health().json()["status"], "ok");
    team.must(executor, "POST", &path(&ids[0], "start"), &json!({}));
    team.must(executor, "POST", &path(&ids[0], "submit"), &json!({ "summary": "done" }));
    register(&team.server, "late", "executor");
    // SQLite itself finds no way through /proc; nobody writes now, so a copy is as good.
    for file in ["tasks.db", "tasks.db-wal"] {
        std::fs::copy(disk.join(file), team.folder.path().join(file)).unwrap();
    }
    let audit = Audit::open(&team.database());
    audit.holds();
    assert_eq!(audit.number(LOGGED), kept, "what was acknowledged, no more and no less");
    let log = std::fs::read_to_string(disk.join("server.log")).unwrap();
    assert!(!log.contains("panicked"), "{log}");
}

fn a_disk_too_small_to_begin_with_is_refused() {
    let folder = TempDir::new().unwrap();
    let launch = launch(folder.path(), "mount -t tmpfs -o size=64k none disk");
    let refusal = launch.ends().refuses();
    assert!(refusal.contains("disk/tasks.db") && refusal.contains("full"), "{refusal}");
}

fn a_read_only_folder_is_refused() {
    let folder = TempDir::new().unwrap();
    let launch = launch(folder.path(), "mount -t tmpfs -o ro none disk");
    let refusal = launch.ends().refuses();
    assert!(refusal.contains("disk/tasks.db"), "{refusal}");
    assert!(refusal.ends_with("Read-only file system (os error 30)"), "{refusal}");
}

fn a_database_that_became_read_only_is_refused_untouched() {
    let folder = TempDir::new().unwrap();
    let remount = "mount --bind disk disk && mount -o remount,ro,bind disk";
    let launch = launch(folder.path(), remount);
    Launch::new(folder.path()).start().terminate().exits(0);
    let before = std::fs::read(folder.path().join("disk/tasks.db")).unwrap();
    let refusal = launch.ends().refuses();
    assert!(refusal.contains("Read-only"), "{refusal}");
    assert!(std::fs::read(folder.path().join("disk/tasks.db")).unwrap() == before);
}

fn a_folder_without_room_for_a_config_is_refused() {
    let folder = TempDir::new().unwrap();
    let script = "mount -t tmpfs -o ro none disk && cd disk";
    let database = folder.path().join("tasks.db");
    let launch =
        launch(folder.path(), script).env("MOSS_DATABASE__PATH", database.to_str().unwrap());
    let refusal = launch.ends().refuses();
    assert!(refusal.contains("config.yaml"), "{refusal}");
    assert!(refusal.contains("Read-only file system"), "{refusal}");
}
