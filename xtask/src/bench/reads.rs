//! What a look into the database costs beside HTTP alone: both asked by the same callers, in turn.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::load;
use super::table::{Row, Table};
use super::tools::{Tools, plainly};
use super::world::World;

const CALLERS: usize = 8;
/// Sub-tasks each caller holds: the rows of a list, the items of a packet.
const HELD: usize = 10;
/// Turns; the one in the middle counts.
const TURNS: usize = 5;
/// Requests in one turn that need no database.
const HEALTH: usize = 40_000;

/// What is asked, how often in one turn, and how many times cheaper the answer without the database
/// may be.
const READS: [(&str, usize, f64); 2] =
    [("/api/sub-tasks/mine", 10_000, 6.0), ("/api/wake", 5_000, 18.0)];

/// Reads per second of callers who hold work.
pub fn measure(tools: &Tools, table: &mut Table) -> Result<()> {
    let world = World::start(&tools.server, plainly())?;
    world.seed("reads", CALLERS * HELD)?;
    let keys = world.executors("reads", CALLERS)?;
    for key in &keys {
        let mut connection = world.connect(key)?;
        for _ in 0..HELD {
            let (status, answer) = connection.ask("POST", "/api/sub-tasks/claim-next", "{}")?;
            ensure!(status == 200, "claim-next: {status} {answer}");
        }
    }
    let per_second = |path: &str, times: usize| -> Result<f64> {
        let paths = vec![format!("GET {path}"); times];
        let outcome = load::run(tools, &world, &keys, &paths, Duration::ZERO)?;
        ensure!(outcome.answered == times, "{path}: {} of {times}", outcome.answered);
        Ok(outcome.answers())
    };
    for (path, times, at_most) in READS {
        let mut turns = Vec::new();
        for _ in 0..TURNS {
            let (health, read) = (per_second("/api/health", HEALTH)?, per_second(path, times)?);
            turns.push((health / read, health, read));
        }
        turns.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (dearer, health, read) = turns[TURNS / 2];
        table.push(Row {
            what: format!("GET {path}, {HELD} sub-tasks, {CALLERS} callers, per second"),
            measured: format!("{read:.0}, 1/{dearer:.1}"),
            reference: format!("/api/health {health:.0}"),
            target: format!("≥ 1/{at_most}"),
            verdict: (dearer <= at_most).into(),
        });
    }
    world.stop()
}
