//! Going back to a backup: done by `moss-server restore`, and done by hand over a database whose
//! server was killed, which must not pass in silence.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::audit::{Audit, tamper};
use crate::team::{Team, register};
use test_support::server::{Ended, Launch};

test_support::tests![
    a_backup_copied_beside_a_killed_servers_log_is_not_opened,
    a_plain_copy_that_does_not_fit_its_log_is_left_as_it_is,
    a_restore_keeps_what_it_replaces,
    a_restore_does_nothing_unless_it_can_do_all,
    a_half_done_restore_is_not_opened,
    a_killed_servers_database_is_looked_through,
    a_database_brought_without_its_lock_is_opened,
    a_killed_servers_log_without_its_database_is_kept,
    what_is_no_file_is_no_backup,
];

const SUB_TASKS: &str = "SELECT COUNT(*) FROM sub_tasks";

fn command(folder: &Path, args: &[&str]) -> Ended {
    Launch::command(folder, args).ends()
}

/// A database with 20 sub-tasks, a backup of it called `copy.db`, then 400 sub-tasks more and a
/// kill: the log beside the database is full of what is not in the backup.
fn killed_after_a_backup() -> (TempDir, PathBuf) {
    let mut team = Team::start(1, 0);
    team.plan("before", 20);
    command(team.folder.path(), &["backup", "copy.db"]).exits(0);
    team.plan("after", 400);
    let database = team.database();
    team.server.kill();
    assert!(fs::metadata(database.with_extension("db-wal")).unwrap().len() > 100_000);
    (team.folder, database)
}

fn a_backup_copied_beside_a_killed_servers_log_is_not_opened() {
    let (folder, database) = killed_after_a_backup();
    let copy = fs::read(folder.path().join("copy.db")).unwrap();
    fs::write(&database, &copy).unwrap();
    let log = database.with_extension("db-wal");
    let log_was = fs::read(&log).unwrap();
    let refusal = Launch::new(folder.path()).ends().refuses();
    assert_eq!(
        refusal,
        "error: tasks.db was replaced, and tasks.db-wal beside it was written for the file before: \
         together they would be corrupt, so nothing was touched. To go on from tasks.db as it is: \
         moss-server restore tasks.db (with the same --config), which puts the log aside. If the log \
         does belong to it: remove tasks.db.lock and start again"
            .replace("tasks.db-wal", &log.display().to_string())
            .replace("tasks.db.lock", &database.with_extension("db.lock").display().to_string())
    );
    for args in [&["check-config"][..], &["invite", "--role", "patrol"], &["backup", "b.db"]] {
        let refused = command(folder.path(), args).refuses();
        assert_eq!(refused, refusal, "{args:?}");
    }
    assert!(fs::read(&database).unwrap() == copy, "the backup was changed");
    assert!(fs::read(&log).unwrap() == log_was, "the log was changed");

    // As the error says.
    let done = command(folder.path(), &["restore", "tasks.db"]).exits(0);
    let mut said = done.stdout.lines();
    assert_eq!(said.next(), Some("tasks.db is whole and stays the database as it is"));
    let kept = said.next().and_then(|line| line.strip_prefix("kept ")).unwrap();
    assert!(kept.ends_with("Z-wal") && said.next().is_none(), "{done}");
    assert!(fs::read(kept).unwrap() == log_was, "the log was not kept");
    let server = Launch::new(folder.path()).start();
    register(&server, "late", "patrol");
    let audit = Audit::open(&database);
    audit.holds();
    assert_eq!(audit.number(SUB_TASKS), 20);
}

/// A copy by `cp` has the mark of the file it replaces. When the look through it finds that it and
/// the log do not go together, neither is touched.
fn a_plain_copy_that_does_not_fit_its_log_is_left_as_it_is() {
    let mut team = Team::start(1, 0);
    let database = team.database();
    // What is in the log goes into the file, beside the server.
    let copy_log_back = || tamper(&database, "PRAGMA wal_checkpoint(TRUNCATE)");
    team.plan("before", 20);
    copy_log_back();
    let copy = fs::read(&database).unwrap();
    for _ in 0..3 {
        team.plan("after", 400);
    }
    copy_log_back();
    team.plan("last", 100);
    team.server.kill();
    fs::write(&database, &copy).unwrap();
    let folder = team.folder;
    let log = database.with_extension("db-wal");
    let log_was = fs::read(&log).unwrap();
    let ended = Launch::new(folder.path()).ends().exits(1);
    assert!(ended.stderr.contains("error: tasks.db is damaged ("), "{ended}");
    assert!(fs::read(&database).unwrap() == copy, "the copy was changed");
    assert!(fs::read(&log).unwrap() == log_was, "the log was changed");

    command(folder.path(), &["restore", "tasks.db"]).exits(0);
    Launch::new(folder.path()).start().terminate().exits(0);
    let audit = Audit::open(&database);
    audit.holds();
    assert_eq!(audit.number(SUB_TASKS), 20);
}

fn a_restore_keeps_what_it_replaces() {
    let (folder, database) = killed_after_a_backup();
    let done = command(folder.path(), &["restore", "copy.db"]).exits(0);
    let said: Vec<&str> = done.stdout.lines().collect();
    let [now, kept, log] = said[..] else { panic!("{done}") };
    assert_eq!(now, "copy.db is the database now, as tasks.db");
    let kept = Path::new(kept.strip_prefix("kept ").unwrap());
    assert_eq!(log, format!("kept {}-wal", kept.display()));
    assert!(kept.starts_with(folder.path()) && kept.display().to_string().contains(".replaced-20"));
    let server = Launch::new(folder.path()).start();
    register(&server, "late", "patrol");
    let audit = Audit::open(&database);
    audit.holds();
    assert_eq!(audit.number(SUB_TASKS), 20);
    server.terminate().exits(0);
    // What was there is whole.
    let audit = Audit::open(kept);
    audit.holds();
    assert_eq!(audit.number(SUB_TASKS), 420);
    assert!(folder.path().join("copy.db").exists(), "the backup is still a backup");
    assert!(!folder.path().join("tasks.db.restoring").exists());

    // Into a folder where there is nothing yet.
    let elsewhere = TempDir::new().unwrap();
    test_support::server::configure(elsewhere.path(), "data/tasks.db");
    let copy = folder.path().join("copy.db");
    let done = command(elsewhere.path(), &["restore", copy.to_str().unwrap()]).exits(0);
    assert_eq!(done.stdout, format!("{} is the database now, as data/tasks.db\n", copy.display()));
    let server = Launch::new(elsewhere.path()).start();
    server.terminate().exits(0);
    assert_eq!(Audit::open(&elsewhere.path().join("data/tasks.db")).number(SUB_TASKS), 20);
}

fn a_restore_does_nothing_unless_it_can_do_all() {
    let team = Team::start(1, 0);
    team.plan("work", 60);
    let folder = team.folder.path();
    command(folder, &["backup", "copy.db"]).exits(0);
    let refused = |file: &str| command(folder, &["restore", file]).refuses();
    assert!(refused("copy.db").contains("another moss-server is using"), "a server runs");
    let database = team.database();
    let Team { server, folder, .. } = team;
    server.terminate().exits(0);
    let was = fs::read(&database).unwrap();
    let folder = folder.path();
    let refused = |file: &str| command(folder, &["restore", file]).refuses();

    let whole = fs::read(folder.join("copy.db")).unwrap();
    let mut torn = whole.clone();
    // Not its head: what a look at the first bytes would find.
    let middle = torn.len() / 2;
    torn[middle..middle + 8_192].fill(0x5a);
    for (file, content, what) in [
        ("torn.db", torn.as_slice(), "is damaged"),
        ("half.db", &whole[..whole.len() / 2], ""),
        ("text.db", b"task,owner\n", "not a database"),
        ("empty.db", b"", "holds nothing of moss-server's"),
    ] {
        fs::write(folder.join(file), content).unwrap();
        let refusal = refused(file);
        assert!(refusal.contains(file) && refusal.contains(what), "{file}: {refusal}");
    }
    fs::write(folder.join("newer.db"), &whole).unwrap();
    tamper(&folder.join("newer.db"), "INSERT INTO seaql_migrations VALUES ('m9999_later', 1)");
    assert!(refused("newer.db").contains("m9999_later"));
    fs::write(folder.join("other.db"), "").unwrap();
    tamper(&folder.join("other.db"), "CREATE TABLE tasks (id INTEGER)");
    assert!(refused("other.db").contains("another program"));
    assert!(refused("nowhere.db").contains("nowhere.db"));

    assert!(fs::read(&database).unwrap() == was, "the database was touched");
    let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().contains(".re")).collect();
    assert!(left.is_empty(), "{left:?}");
    Launch::new(folder).start();
}

fn a_half_done_restore_is_not_opened() {
    let (folder, database) = killed_after_a_backup();
    // As a kill in the middle leaves it: the log is away, the database is still the old one.
    let log = database.with_extension("db-wal");
    fs::rename(&log, folder.path().join("tasks.db.replaced-wal")).unwrap();
    fs::write(database.with_extension("db.lock"), "restoring\n").unwrap();
    let refusal = Launch::new(folder.path()).ends().refuses();
    let again = "error: a restore of tasks.db did not get to its end; run moss-server restore FILE \
                 again";
    assert_eq!(refusal, again);
    fs::rename(&database, folder.path().join("away.db")).unwrap();
    assert_eq!(command(folder.path(), &["check-config"]).refuses(), again, "and no database");
    fs::rename(folder.path().join("away.db"), &database).unwrap();
    command(folder.path(), &["restore", "copy.db"]).exits(0);
    let server = Launch::new(folder.path()).start();
    server.terminate().exits(0);
    assert_eq!(Audit::open(&database).number(SUB_TASKS), 20);
}

fn a_killed_servers_database_is_looked_through() {
    let team = Team::start(1, 0);
    team.plan("work", 300);
    let database = team.database();
    // So that what is damaged is in the file and not in its log.
    let Team { server, folder, .. } = team;
    server.terminate().exits(0);
    Launch::new(folder.path()).start().kill();
    let whole = fs::read(&database).unwrap();
    let mut torn = whole.clone();
    // Behind the schema, which is read before anything is looked through.
    let at = torn.len() * 3 / 4 / 4_096 * 4_096;
    torn[at..at + 4_096].fill(0x5a);
    fs::write(&database, &torn).unwrap();
    let refused = Launch::new(folder.path()).ends().exits(1);
    let mut said = refused.stderr.lines();
    let looks = "tasks.db was not closed; it is looked through";
    assert!(said.next().is_some_and(|line| line.ends_with(looks)), "{refused}");
    let refusal = said.next().unwrap();
    assert!(refusal.starts_with("error: tasks.db is damaged (Tree "), "{refusal}");
    assert!(refusal.ends_with("); go back to a backup: moss-server restore FILE"), "{refusal}");
    fs::write(&database, &whole).unwrap();
    Launch::new(folder.path()).start().terminate().exits(0);
    Audit::open(&database).holds();
}

fn a_database_brought_without_its_lock_is_opened() {
    let (folder, _) = killed_after_a_backup();
    let elsewhere = TempDir::new().unwrap();
    for name in ["config.yaml", "tasks.db", "tasks.db-wal"] {
        fs::copy(folder.path().join(name), elsewhere.path().join(name)).unwrap();
    }
    let server = Launch::new(elsewhere.path()).start();
    server.terminate().exits(0);
    let audit = Audit::open(&elsewhere.path().join("tasks.db"));
    audit.holds();
    assert_eq!(audit.number(SUB_TASKS), 420);
}

/// A log whose database is gone is not thrown away for an empty one, and there is a way on.
fn a_killed_servers_log_without_its_database_is_kept() {
    let (folder, database) = killed_after_a_backup();
    let (log, away) = (database.with_extension("db-wal"), folder.path().join("away.db"));
    fs::rename(&database, &away).unwrap();
    let refusal = Launch::new(folder.path()).ends().refuses();
    assert_eq!(
        refusal,
        "error: tasks.db is gone, and tasks.db-wal is left, in which its last changes are: nothing \
         was touched. Bring tasks.db back and start again. Or go back to a backup, which puts the \
         log aside: moss-server restore BACKUP (with the same --config). Or move tasks.db-wal away, \
         and a start makes a new and empty database"
    );
    for args in [&["check-config"][..], &["invite", "--role", "patrol"], &["agent", "list"]] {
        assert_eq!(command(folder.path(), args).refuses(), refusal, "{args:?}");
    }
    assert!(log.exists() && !database.exists());

    // Each of the three ways, as the error says.
    fs::rename(&away, &database).unwrap();
    Launch::new(folder.path()).start().kill();
    assert_eq!(Audit::open(&database).number(SUB_TASKS), 420);
    Launch::new(folder.path()).start().kill();
    fs::remove_file(&database).unwrap();
    command(folder.path(), &["restore", "copy.db"]).exits(0);
    Launch::new(folder.path()).start().kill();
    assert_eq!(Audit::open(&database).number(SUB_TASKS), 20);
    Launch::new(folder.path()).start().kill();
    fs::remove_file(&database).unwrap();
    fs::rename(&log, folder.path().join("log")).unwrap();
    Launch::new(folder.path()).start().terminate().exits(0);
    assert_eq!(Audit::open(&database).number(SUB_TASKS), 0);
}

fn what_is_no_file_is_no_backup() {
    let folder = TempDir::new().unwrap();
    test_support::server::configure(folder.path(), "tasks.db");
    let made = Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap();
    assert!(made.success());
    let refused = command(folder.path(), &["restore", "pipe"]).refuses();
    assert_eq!(refused, "error: cannot use pipe: it is no regular file");
}
