//! What it costs that nothing gets stuck: a sweep of patrol, an agent that dies, and how soon whoever
//! is given something hears of it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use bench_tools::Connection;
use moss_api::{Role, Timestamp};
use serde_json::{Value, json};

use super::sample::{Ms, Sample, ratio};
use super::scale::{Peopled, time};
use super::table::{Row, Table};
use super::tools::{Tools, plainly};
use super::world::World;

/// Sub-tasks that are looked through.
const LIVE: usize = 100_000;
/// And of them such as are amiss.
const AMISS: usize = 10_000;
/// Times one looks, turn by turn with the reference.
const TIMES: usize = 30;
/// How often the server of the sweep looks by itself, and for how long it is listened to.
const SWEEP: &str = "MOSS_PATROL__SWEEP=1s";
const LISTENED: Duration = Duration::from_secs(5);
/// What is amiss is so after this time.
const DEADLINE: Duration = Duration::from_secs(30);
/// What one sweep may take.
const MOST: Duration = Duration::from_millis(100);

/// Sub-tasks that are given to somebody who listens.
const ASSIGNED: usize = 300;
/// Within this time they are to hear of it, 99 of 100 times.
const HEARD: Duration = Duration::from_millis(100);

/// The shortest lease, and how often it is looked whether one is over.
const LEASE: Duration = Duration::from_secs(60);
const LEASES_SWEPT: Duration = Duration::from_secs(5);

/// The sweep, the dead agent, the listener.
pub fn measure(tools: &Tools, table: &mut Table) -> Result<()> {
    sweep(tools, table)?;
    listener(tools, table)?;
    dead_agent(tools, table)
}

fn sweep(tools: &Tools, table: &mut Table) -> Result<()> {
    let mut sweeping = plainly();
    sweeping.arg(SWEEP);
    let all = Peopled::of(World::start(&tools.server, sweeping)?, LIVE)?;
    let mut patrol = all.connect(Role::Patrol)?;
    let before = all.settled_bytes()?;
    std::thread::sleep(LISTENED);
    let written = all.settled_bytes()? - before;
    table.push(Row {
        what: format!("a sweep each second for {} s, bytes written", LISTENED.as_secs()),
        measured: written.to_string(),
        reference: format!("{LIVE} sub-tasks, nothing amiss"),
        target: "0".into(),
        verdict: (written == 0).into(),
    });
    looks(&mut patrol, &format!("at {LIVE} sub-tasks, nothing amiss"), table)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
    let deadline = Timestamp::from_micros(i64::try_from(now)?) + DEADLINE;
    all.world.seed_with("late", AMISS, &json!({ "deadline": deadline }))?;
    std::thread::sleep(DEADLINE);
    until(Duration::from_secs(60), || {
        let (_, records) = patrol.ask("GET", "/api/patrol/records?state=open&page_size=1", "")?;
        let records: Value = serde_json::from_str(&records)?;
        Ok(records["total"].as_u64() >= Some(AMISS as u64))
    })
    .context("not all that is amiss was recorded")?;
    looks(&mut patrol, &format!("the same with {AMISS} known anomalies"), table)?;
    all.world.stop()
}

/// Times a look at everything beside a question that needs no database.
fn looks(patrol: &mut Connection, when: &str, table: &mut Table) -> Result<()> {
    let (mut looks, mut healths) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        looks.push(time(patrol, "/api/patrol/anomalies")?);
        healths.push(time(patrol, "/api/health")?);
    }
    let (looks, healths) = (Sample::from_iter(looks), Sample::from_iter(healths));
    table.push(Row {
        what: format!("patrol looks through everything, {when}"),
        measured: format!("{} (p99 {})", Ms(looks.median()), Ms(looks.percentile(99))),
        reference: format!("GET /api/health: {}", Ms(healths.median())),
        target: "< 100 ms".into(),
        verdict: (looks.median() < MOST).into(),
    });
    Ok(())
}

/// `moss watch`, as a host runs it.
struct Watch {
    child: Child,
    lines: Receiver<Instant>,
}

impl Watch {
    fn start(tools: &Tools, world: &World, key: &str) -> Result<Self> {
        let mut command = Command::new(&tools.moss);
        command.arg("watch").current_dir(world.data()).env_clear().env("HOME", world.data());
        command.env("MOSS_SERVER", format!("http://{}", world.server.address()));
        command.env("MOSS_API_KEY", key).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let (send, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().context("no standard output")?);
        std::thread::spawn(move || {
            for _ in stdout.lines().map_while(Result::ok) {
                let _ = send.send(Instant::now());
            }
        });
        Ok(Self { child, lines })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listener(tools: &Tools, table: &mut Table) -> Result<()> {
    let world = World::start(&tools.server, plainly())?;
    let key = world.register("listener", Role::Executor)?;
    let first = world.seed("heard", 1)?.remove(0);
    let mut planner = world.planner()?;
    let assign = |planner: &mut Connection, id: &str| -> Result<()> {
        let path = format!("/api/sub-tasks/{id}/reassign");
        let (status, answer) =
            planner.ask("POST", &path, &json!({ "agent_id": "listener" }).to_string())?;
        ensure!(status == 200, "assigning: {status} {answer}");
        Ok(())
    };
    let watch = Watch::start(tools, &world, &key)?;
    std::thread::sleep(Duration::from_secs(1));
    assign(&mut planner, &first)?;
    watch.lines.recv_timeout(Duration::from_secs(10)).context("nothing is heard")?;
    let (mut heard, mut assigned) = (Vec::new(), Vec::new());
    for id in world.seed("given", ASSIGNED)? {
        let began = Instant::now();
        assign(&mut planner, &id)?;
        assigned.push(began.elapsed());
        let line =
            watch.lines.recv_timeout(Duration::from_secs(10)).context("a line is missing")?;
        heard.push(line.saturating_duration_since(began));
    }
    let (heard, assigned) = (Sample::from_iter(heard), Sample::from_iter(assigned));
    let (p99, call) = (heard.percentile(99), assigned.percentile(99));
    table.push(Row {
        what: "from assigning to a line of the holder's moss watch, p99".into(),
        measured: format!("{} (p50 {})", Ms(p99), Ms(heard.median())),
        reference: format!("the call that assigns: {}, {:.1} ×", Ms(call), ratio(p99, call)),
        target: "< 100 ms".into(),
        verdict: (p99 < HEARD).into(),
    });
    drop(watch);
    world.stop()
}

fn dead_agent(tools: &Tools, table: &mut Table) -> Result<()> {
    let mut short = plainly();
    // Who claims by no client of ours has no lease as short otherwise.
    for key in ["MINUTES", "ORIGINAL_CLIENT_MINUTES"] {
        short.arg(format!("MOSS_LEASE__{key}={}", LEASE.as_secs() / 60));
    }
    let world = World::start(&tools.server, short)?;
    world.seed("dropped", 1)?;
    let (dies, waits) =
        (world.register("dies", Role::Executor)?, world.register("waits", Role::Executor)?);
    let (status, answer) =
        world.connect(&dies)?.ask("POST", "/api/sub-tasks/claim-next", r#"{"start": true}"#)?;
    ensure!(status == 200, "claim-next: {status} {answer}");
    // Nobody is heard from again, as after a SIGKILL.
    let died = Instant::now();
    let mut waits = world.connect(&waits)?;
    until(LEASE * 2, || {
        let (status, _) = waits.ask("POST", "/api/sub-tasks/claim-next", "{}")?;
        Ok(status == 200)
    })
    .context("it was never to be claimed again")?;
    let after = died.elapsed();
    table.push(Row {
        what: "from the last sign of a holder that is killed to another's claim".into(),
        measured: format!("{:.1} s", after.as_secs_f64()),
        reference: format!(
            "a lease of {} s, looked at every {} s",
            LEASE.as_secs(),
            LEASES_SWEPT.as_secs()
        ),
        target: format!("≤ {} s", (LEASE + LEASES_SWEPT).as_secs()),
        verdict: (after <= LEASE + LEASES_SWEPT).into(),
    });
    world.stop()
}

/// Asks until it is so.
fn until(patience: Duration, mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + patience;
    while !is_so()? {
        ensure!(Instant::now() < deadline, "not within {} s", patience.as_secs());
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
