//! Files that are not ours to open: a newer server's database, and no database at all. Each is
//! refused in a line and left as it was.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::audit::{Audit, tamper};
use crate::team::Team;
use test_support::server::{Launch, configure};

test_support::tests![
    a_newer_servers_database_is_refused,
    something_else_is_no_database,
    another_programs_database_is_refused,
    a_cut_off_database_is_refused,
];

/// Starting is refused in a line that names the file, and the file is as it was.
#[track_caller]
fn refused_untouched(folder: &Path) -> String {
    let before = fs::read(folder.join("tasks.db")).unwrap();
    let refusal = Launch::new(folder).ends().refuses();
    assert!(fs::read(folder.join("tasks.db")).unwrap() == before, "the file was changed");
    assert!(refusal.contains("tasks.db"), "{refusal}");
    refusal
}

fn a_newer_servers_database_is_refused() {
    let team = Team::start(1, 1);
    team.plan("work", 3);
    let database = team.database();
    let Team { server, folder, .. } = team;
    server.terminate().exits(0);
    tamper(
        &database,
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 1)",
    );
    let refusal = refused_untouched(folder.path());
    assert!(refusal.contains("newer moss-server"), "{refusal}");
    assert!(refusal.contains("m9999_later"), "{refusal}");
    assert!(refusal.contains("upgrade"), "says what to do: {refusal}");
    // The same file is fine again without it.
    tamper(&database, "DELETE FROM seaql_migrations WHERE version = 'm9999_later'");
    let server = Launch::new(folder.path()).start();
    Audit::open(&database).holds();
    server.terminate().exits(0);
}

fn something_else_is_no_database() {
    for content in [&b"task,owner\nwrite the changelog,Wu\n"[..], &[0; 4096]] {
        let folder = TempDir::new().unwrap();
        configure(folder.path(), "tasks.db");
        fs::write(folder.path().join("tasks.db"), content).unwrap();
        let refusal = refused_untouched(folder.path());
        assert!(refusal.ends_with("file is not a database"), "{refusal}");
    }
}

fn another_programs_database_is_refused() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    let database = folder.path().join("tasks.db");
    fs::write(&database, "").unwrap();
    let table = "CREATE TABLE tasks (id INTEGER, title TEXT)";
    tamper(&database, table);
    let refusal = Launch::new(folder.path()).ends().refuses();
    assert!(refusal.contains("tasks.db"), "{refusal}");
    assert_eq!(
        Audit::open(&database).texts("SELECT sql FROM sqlite_master WHERE name = 'tasks'"),
        [table]
    );
}

fn a_cut_off_database_is_refused() {
    let team = Team::start(1, 1);
    team.plan("work", 50);
    let database = team.database();
    let Team { server, folder, .. } = team;
    server.terminate().exits(0);
    let whole = fs::read(&database).unwrap();
    fs::write(&database, &whole[..whole.len() / 2]).unwrap();
    let refusal = refused_untouched(folder.path());
    assert!(refusal.contains("malformed"), "{refusal}");
}
