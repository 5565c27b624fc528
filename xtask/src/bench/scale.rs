//! What is asked at every wake-up, at 100 and at 100,000 sub-tasks; and what that costs the disk
//! and the memory.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bench_tools::Connection;
use moss_api::Role;

use super::sample::{Ms, Sample, ratio};
use super::table::{Row, Table, Verdict};
use super::tools::{Tools, plainly};
use super::world::World;

const SMALL: usize = 100;
const LARGE: usize = 100_000;
/// What the executor holds in either world.
const HELD: usize = 5;
/// Times each question is asked, turn by turn.
const TIMES: usize = 500;
/// Idle wake-ups that must cost no fsync.
const IDLE: usize = 1_000;
/// Longer than the server may sit on its request log.
const FLUSHED: Duration = Duration::from_millis(2_500);

/// Who asks, which path, and what that is called.
pub type Question = (Role, &'static str, &'static str);

/// What is asked at every wake-up.
pub const QUESTIONS: [Question; 5] = [
    (Role::Executor, "/api/wake", "GET /api/wake, an executor with work"),
    (Role::Executor, "/api/sub-tasks/mine", "GET /api/sub-tasks/mine"),
    (Role::Planner, "/api/wake", "GET /api/wake, the planner"),
    (Role::Reviewer, "/api/wake", "GET /api/wake, an idle reviewer"),
    (Role::Patrol, "/api/wake", "GET /api/wake, an idle patrol"),
];

/// A world and somebody of each role in it.
pub struct Peopled {
    /// The world.
    pub world: World,
    keys: Vec<(Role, String)>,
}

/// Times at both sizes, fsyncs of idle wake-ups, memory.
pub fn measure(tools: &Tools, table: &mut Table) -> Result<()> {
    let start = |sub_tasks| Peopled::of(World::start(&tools.server, plainly())?, sub_tasks);
    let (small, large) = (start(SMALL)?, start(LARGE)?);
    compare((&small, SMALL), (&large, LARGE), &QUESTIONS, "", table)?;
    table.push(idle_writes(&large)?);
    table.push(memory(&large)?);
    small.world.stop()?;
    large.world.stop()
}

/// Asks the same in two worlds, turn by turn.
pub fn compare(
    (small, few): (&Peopled, usize),
    (large, many): (&Peopled, usize),
    questions: &[Question],
    on: &str,
    table: &mut Table,
) -> Result<()> {
    for &(role, path, what) in questions {
        let (mut one, mut other) = (small.connect(role)?, large.connect(role)?);
        let (mut at_small, mut at_large) = (Vec::new(), Vec::new());
        for _ in 0..TIMES {
            at_small.push(time(&mut one, path)?);
            at_large.push(time(&mut other, path)?);
        }
        let (at_small, at_large) = (Sample::from_iter(at_small), Sample::from_iter(at_large));
        let times = ratio(at_large.median(), at_small.median());
        table.push(Row {
            what: format!("{what}, at {many} sub-tasks{on}"),
            measured: format!("{}, {times:.2} ×", Ms(at_large.median())),
            reference: format!("at {few}: {}", Ms(at_small.median())),
            target: "≤ 2 ×".into(),
            verdict: (times <= 2.0).into(),
        });
    }
    Ok(())
}

impl Peopled {
    /// A world with so many sub-tasks, and an executor who holds some of them.
    pub fn of(world: World, sub_tasks: usize) -> Result<Self> {
        world.seed("work", sub_tasks)?;
        let keys: Vec<_> = Role::ALL
            .iter()
            .map(|&role| Ok((role, world.register(&format!("one {role}"), role)?)))
            .collect::<Result<_>>()?;
        let peopled = Self { world, keys };
        let mut executor = peopled.connect(Role::Executor)?;
        for _ in 0..HELD {
            let (status, answer) = executor.ask("POST", "/api/sub-tasks/claim-next", "{}")?;
            ensure!(status == 200, "claim-next: {status} {answer}");
        }
        Ok(peopled)
    }

    /// A connection of whoever has this role.
    pub fn connect(&self, role: Role) -> Result<Connection> {
        let key = self.keys.iter().find(|(of, _)| *of == role).context("no such agent")?;
        self.world.connect(&key.1)
    }

    /// Bytes the server has had written, once it has written what earlier calls left to be written.
    pub fn settled_bytes(&self) -> Result<u64> {
        std::thread::sleep(FLUSHED);
        written(self)
    }

    fn proc(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.world.server.id());
        fs::read_to_string(&path).with_context(|| path)
    }
}

/// How long an answer takes.
pub fn time(connection: &mut Connection, path: &str) -> Result<Duration> {
    let started = Instant::now();
    let (status, answer) = connection.ask("GET", path, "")?;
    let took = started.elapsed();
    ensure!(status == 200, "{path}: {status} {answer}");
    Ok(took)
}

/// Idle wake-ups of a reviewer, counted by the kernel's tracer where there is one, else by the
/// bytes the server had written.
fn idle_writes(large: &Peopled) -> Result<Row> {
    let mut reviewer = large.connect(Role::Reviewer)?;
    // What earlier calls left to be written is not the idle wake-ups'.
    let before = large.settled_bytes()?;
    let counter = SyncCounter::attach(large)?;
    for _ in 0..IDLE {
        time(&mut reviewer, "/api/wake")?;
    }
    let bytes = large.settled_bytes()? - before;
    let row = |measured: String, reference: &str, verdict| Row {
        what: format!("{IDLE} idle wake-ups, fsyncs"),
        measured,
        reference: reference.into(),
        target: "0".into(),
        verdict,
    };
    Ok(match counter {
        Some(counter) => {
            let syncs = counter.count()?;
            let measured = format!("{syncs} ({bytes} bytes written)");
            row(measured, "counted by strace", (syncs == 0).into())
        }
        None => {
            let measured = format!("not counted: no strace; {bytes} bytes written");
            row(measured, "/proc/PID/io", if bytes == 0 { Verdict::Met } else { Verdict::Skipped })
        }
    })
}

/// Bytes the server caused to be sent to the disk.
fn written(large: &Peopled) -> Result<u64> {
    let io = large.proc("io")?;
    let bytes = io.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(bytes.context("no write_bytes")?.trim().parse()?)
}

/// An strace on the server that counts the calls which wait for the disk.
struct SyncCounter {
    strace: Child,
    report: std::path::PathBuf,
}

impl SyncCounter {
    fn attach(large: &Peopled) -> Result<Option<Self>> {
        let report = large.world.path("syncs");
        let strace = Command::new("strace")
            .args(["--follow-forks", "-e", "trace=fsync,fdatasync,sync_file_range,msync"])
            .arg("--output")
            .arg(&report)
            .arg("--attach")
            .arg(large.world.server.id().to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(strace) = strace else { return Ok(None) };
        let deadline = Instant::now() + Duration::from_secs(5);
        while large.proc("status")?.contains("TracerPid:\t0\n") {
            ensure!(Instant::now() < deadline, "strace does not attach to the server");
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Some(Self { strace, report }))
    }

    fn count(mut self) -> Result<usize> {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.strace.id())?);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT)?;
        self.strace.wait()?;
        let calls = fs::read_to_string(&self.report)?;
        Ok(calls.lines().filter(|line| line.contains("sync")).count())
    }
}

fn memory(large: &Peopled) -> Result<Row> {
    let status = large.proc("status")?;
    let field = |name: &str| -> Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib: u64 = line.context("no such field")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024 / 1_000_000)
    };
    let (resident, own, peak) = (field("VmRSS:")?, field("RssAnon:")?, field("VmHWM:")?);
    Ok(Row {
        what: format!("server's resident memory at {LARGE} sub-tasks"),
        measured: format!("{resident} MB"),
        reference: format!("{own} MB of it its own; peak {peak} MB, while they were planned"),
        target: "≤ 40 MB".into(),
        verdict: (resident <= 40).into(),
    })
}
