//! Many claims at once: nobody gets what somebody has, nobody waits long, the disk sets the pace.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::load::{self, Outcome};
use super::sample::Ms;
use super::table::{Row, Table};
use super::tools::{Tools, on_a_slow_disk, plainly};
use super::world::World;

const CONTENDERS: usize = 100;
const SUB_TASKS: usize = 10_000;
/// How many ask for the same sub-task at once.
const RIVALS: usize = 5;
const CALLERS: usize = 64;
/// How long a contender rests between claims, in the calmer of two measurements.
const REST: Duration = Duration::from_millis(50);
/// What a slow disk's fsync takes more than ours.
const SLOW: Duration = Duration::from_millis(10);
/// Fewer, because each batch waits.
const SLOW_SUB_TASKS: usize = 3_000;

/// Doubles, latency, and the rate on this disk and on a slow one.
pub fn measure(tools: &Tools, table: &mut Table) -> Result<()> {
    let world = World::start(&tools.server, plainly())?;
    let fsync = tools.fsync_cost(&world.data(), plainly())?;

    let outcome = claim_all(tools, &world, CONTENDERS, SUB_TASKS, Duration::ZERO)?;
    table.push(doubles("best one for each", &outcome));
    table.push(latency("without a pause", &outcome, fsync));
    let outcome = claim_all(tools, &world, CONTENDERS, SUB_TASKS, REST)?;
    let each = format!("each {} ms after its last", REST.as_millis());
    table.push(latency(&each, &outcome, fsync));

    let outcome = race_for_each(tools, &world)?;
    table.push(doubles(&format!("the same one, {RIVALS} at once"), &outcome));

    let outcome = claim_all(tools, &world, CALLERS, SUB_TASKS, Duration::ZERO)?;
    table.push(rate("this disk, after 30,000 others", &outcome, fsync));
    world.stop()?;

    // The same on a database that holds nothing else: an index grows, and with it the pages a
    // claim writes.
    let world = World::start(&tools.server, plainly())?;
    let outcome = claim_all(tools, &world, CALLERS, SUB_TASKS, Duration::ZERO)?;
    table.push(rate("this disk", &outcome, fsync));
    world.stop()?;

    match on_a_slow_disk(SLOW) {
        Some(_) => slow(tools, table),
        None => {
            table.skip("durable claims on a slow disk", "strace");
            Ok(())
        }
    }
}

fn slow(tools: &Tools, table: &mut Table) -> Result<()> {
    let wrapped = || on_a_slow_disk(SLOW).unwrap_or_else(plainly);
    let world = World::start(&tools.server, wrapped())?;
    let fsync = tools.fsync_cost(&world.data(), wrapped())?;
    let outcome = claim_all(tools, &world, CALLERS, SLOW_SUB_TASKS, Duration::ZERO)?;
    table.push(rate("each fsync held back 10 ms by strace", &outcome, fsync));
    world.stop()
}

/// Every contender asks for the best one until there is none.
pub fn claim_all(
    tools: &Tools,
    world: &World,
    contenders: usize,
    count: usize,
    rest: Duration,
) -> Result<Outcome> {
    let name = format!("claim-{contenders}-{}", rest.as_millis());
    world.seed(&name, count)?;
    let keys = world.executors(&name, contenders)?;
    // One more for each contender: the 204 that sends it home.
    let paths = vec!["/api/sub-tasks/claim-next".to_owned(); count + contenders];
    let outcome = load::run(tools, world, &keys, &paths, rest)?;
    ensure!(outcome.wins >= count, "{} of {count} sub-tasks were claimed", outcome.wins);
    Ok(outcome)
}

/// Every sub-task is asked for by several at once.
fn race_for_each(tools: &Tools, world: &World) -> Result<Outcome> {
    let ids = world.seed("race", SUB_TASKS)?;
    let keys = world.executors("race", CONTENDERS)?;
    let paths: Vec<_> = ids
        .iter()
        .flat_map(|id| std::iter::repeat_n(format!("/api/sub-tasks/{id}/claim"), RIVALS))
        .collect();
    let outcome = load::run(tools, world, &keys, &paths, Duration::ZERO)?;
    ensure!(outcome.wins >= SUB_TASKS, "{} of {SUB_TASKS} were claimed", outcome.wins);
    Ok(outcome)
}

/// That nothing was given out twice.
pub fn doubles(how: &str, outcome: &Outcome) -> Row {
    Row {
        what: format!("sub-tasks claimed twice, {CONTENDERS} contenders, {how}"),
        measured: format!("{} of {}", outcome.doubles, outcome.wins),
        reference: format!("{} lost the race", outcome.lost),
        target: "0".into(),
        verdict: (outcome.doubles == 0 && outcome.wins == SUB_TASKS).into(),
    }
}

fn latency(pace: &str, outcome: &Outcome, fsync: Duration) -> Row {
    let (p50, p99) = (outcome.latency.median(), outcome.latency.percentile(99));
    let limit = Duration::from_millis(15) + 3 * fsync;
    Row {
        what: format!("claim over HTTP, {CONTENDERS} contenders, {pace}, p99"),
        measured: format!("{} (p50 {}, {:.0}/s)", Ms(p99), Ms(p50), outcome.rate()),
        reference: format!("fsync {}", Ms(fsync)),
        target: format!("≤ 15 ms + 3 fsync = {}", Ms(limit)),
        verdict: (p99 <= limit).into(),
    }
}

/// 3,000 a second where the disk allows it, and in any case four for each fsync it can do.
fn rate(disk: &str, outcome: &Outcome, fsync: Duration) -> Row {
    let fsyncs = 1.0 / fsync.as_secs_f64();
    let target = f64::min(3_000.0, 4.0 * fsyncs);
    Row {
        what: format!("durable claims per second, {CALLERS} callers, {disk}"),
        measured: format!("{:.0}", outcome.rate()),
        reference: format!("fsync {}, {fsyncs:.0}/s", Ms(fsync)),
        target: format!("≥ {target:.0}"),
        verdict: (outcome.rate() >= target).into(),
    }
}
