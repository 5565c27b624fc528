//! What a person waits for who opens the dashboard of a large installation.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bench_tools::Connection;
use moss_api::ADMIN_HEADER;
use rusqlite::Connection as Sqlite;
use serde_json::{Value, json};
use test_support::server::ADMIN_PASSWORD;

use super::sample::{Ms, Sample};
use super::scale::Peopled;
use super::table::{Row, Table};
use super::tools::{Tools, plainly};
use super::world::World;

/// Sub-tasks there are.
const SUB_TASKS: usize = 100_000;
/// Entries of the activity log, and as many logged requests: of the last 30 and 7 days.
const LOGS: usize = 1_000_000;
/// Times each is asked, turn by turn with the reference.
const TIMES: usize = 30;
/// What one may take.
const MOST: Duration = Duration::from_millis(100);

/// What the original's dashboard asks when it is opened.
const QUESTIONS: [&str; 6] = [
    "/api/admin/dashboard/overview",
    "/api/admin/dashboard/trends?days=7",
    "/api/admin/dashboard/trends?days=30",
    "/api/admin/dashboard/highlights?limit=5",
    "/api/admin/tasks?page=1&page_size=8&sort_by=updated_at&sort_order=desc",
    "/api/admin/agents?page_size=20",
];

/// Times at that size.
pub fn measure(tools: &Tools, table: &mut Table) -> Result<()> {
    let all = Peopled::of(World::start(&tools.server, plainly())?, SUB_TASKS)?;
    let file = all.world.data().join("tasks.db");
    fill(&file).with_context(|| format!("filling {}", file.display()))?;
    let mut admin = Connection::open(all.world.server.address(), "none")?;
    let body = json!({ "password": ADMIN_PASSWORD }).to_string();
    let (status, answer) = admin.ask_with("POST", "/api/admin/login", "", &body)?;
    ensure!(status == 200, "logging in: {status} {answer}");
    let answer: Value = serde_json::from_str(&answer)?;
    let token = answer["token"].as_str().context("no token")?;
    let header = format!("{ADMIN_HEADER}: {token}\r\n");
    for question in QUESTIONS {
        let (mut times, mut healths) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            times.push(time(&mut admin, question, &header)?);
            healths.push(time(&mut admin, "/api/health", &header)?);
        }
        let (times, healths) = (Sample::from_iter(times), Sample::from_iter(healths));
        table.push(Row {
            what: format!("GET {question}, at {SUB_TASKS} sub-tasks and {LOGS} log entries"),
            measured: format!("{} (p99 {})", Ms(times.median()), Ms(times.percentile(99))),
            reference: format!("GET /api/health: {}", Ms(healths.median())),
            target: "< 100 ms".into(),
            verdict: (times.median() < MOST).into(),
        });
    }
    all.world.stop()
}

fn time(admin: &mut Connection, path: &str, header: &str) -> Result<Duration> {
    let began = Instant::now();
    let (status, answer) = admin.ask_with("GET", path, header, "")?;
    ensure!(status == 200, "{path}: {status} {answer}");
    Ok(began.elapsed())
}

/// Entries of the log and requests, as if there had been that many.
fn fill(file: &std::path::Path) -> Result<()> {
    let db = Sqlite::open(file)?;
    db.busy_timeout(Duration::from_secs(30))?;
    db.execute_batch(&format!(
        "BEGIN;
         INSERT INTO activity_logs (id, agent_id, action, summary, created_at)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {LOGS})
             SELECT printf('%08x-0000-4000-8000-000000000006', i), (SELECT MIN(id) FROM agents),
                 'coding', 'entry ' || i,
                 unixepoch() * 1000000 - (i % 30) * 86400000000 - i * 10 FROM n;
         INSERT INTO request_logs (timestamp, method, path, agent_id, agent_name, agent_role,
                 response_status)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {LOGS})
             SELECT unixepoch() * 1000000 - (i % 7) * 86400000000 - i * 10, 'GET', '/api/wake',
                 (SELECT MIN(id) FROM agents), 'one', 'executor', 200 FROM n;
         COMMIT;"
    ))?;
    Ok(())
}
