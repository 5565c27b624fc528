//! A damaged database, met by a read: health says so, and no longer when it is whole again.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use moss_server::background::run_background;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::harness::World;
use test_support::needs::SQLITE;

test_support::tests![damage_that_a_read_meets_is_said_until_it_is_gone needs [SQLITE]];

/// A page of the database file, kept open: a process that closes the file loses SQLite's locks.
struct Page {
    file: File,
    at: u64,
    whole: Vec<u8>,
}

impl Page {
    /// The root of a table, once all of the log is in the file.
    async fn root_of(world: &World, table: &str) -> Self {
        let db = world.app.store.read();
        let ask = async |sql: String| {
            let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql));
            row.await.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap() as u64
        };
        let root = ask(format!("SELECT rootpage FROM sqlite_master WHERE name = '{table}'")).await;
        let size = ask("PRAGMA page_size".to_owned()).await;
        let file = OpenOptions::new().read(true).write(true).open(world.file("tasks.db")).unwrap();
        let (at, mut whole) = ((root - 1) * size, vec![0; size as usize]);
        file.read_exact_at(&mut whole, at).unwrap();
        Self { file, at, whole }
    }

    fn damage(&self) {
        self.file.write_all_at(&vec![0xff; self.whole.len()], self.at).unwrap();
    }

    fn mend(&self) {
        self.file.write_all_at(&self.whole, self.at).unwrap();
    }
}

#[tokio::main]
async fn damage_that_a_read_meets_is_said_until_it_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::in_folder(folder, None, |_| {}).await;
    let team = world.team().await;
    let entry = json!({ "action": "coding", "summary": "x" });
    world.post(&team.executor, "/api/logs", entry.clone()).await.ok();
    // Closed, and open again: all is in the file, and nothing is remembered.
    let now = world.now();
    let world = world.started_again(now).await;
    let health = async || world.ask("GET", "/api/health", &[], &Value::Null).await;
    assert_eq!(health().await.status, 200);
    let page = Page::root_of(&world, "activity_logs").await;
    page.damage();

    world.get(&team.executor, "/api/logs/mine").await.refused(507, "storage_failed");
    let unwell = health().await;
    assert_eq!((unwell.status.as_u16(), &unwell.json()["status"]), (503, &json!("unwell")));
    assert!(unwell.json()["problem"].as_str().unwrap().contains("damaged"), "{}", unwell.text);
    // What is not damaged is served on, and does not hide it.
    world.post(&team.planner, "/api/tasks", json!({ "name": "n" })).await.ok();
    assert_eq!(health().await.status, 503);

    let (stop, stopped) = watch::channel(false);
    let background = tokio::spawn(run_background(world.app.clone(), stopped));
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(health().await.status, 503, "it is damaged still");
    page.mend();
    let end = Instant::now() + Duration::from_secs(20);
    while health().await.status != 200 {
        assert!(Instant::now() < end, "{}", health().await.text);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stop.send(true).unwrap();
    background.await.unwrap();
}
