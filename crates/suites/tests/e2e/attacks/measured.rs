//! What an agent waits for, and what the server needs, without an attack and under it.

use std::fs::OpenOptions;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use test_support::http::Request;
use uuid::Uuid;

use crate::connection::{Connection, request};
use crate::team::{Agent, Team};

/// Sub-tasks the agent claims and hands in while it is measured: few, for a test that finds out
/// whether an attack works.
const WORK: usize = 60;
/// The agent may wait this many times as long as without the attack.
const TIMES: u32 = 5;
/// Or this long. Undisturbed a request takes one to three milliseconds, most of it waiting for the
/// disk; on a machine that builds something else at the same time the slowest of a hundred was seen
/// to take 267 without anybody attacking. An attack that works costs seconds, or the answer.
const FLOOR: Duration = Duration::from_millis(250);
/// Of several rounds the best counts, for the same reason: an attack that holds the agent up does
/// so in each.
const ROUNDS: usize = 5;
/// What the server may need above what it needed before, in KiB.
const MEMORY: u64 = 64 * 1024;
/// Longest wait until an attack is at its height: shorter than any time after which the server cuts
/// a client off.
const RISE: Duration = Duration::from_secs(4);
/// Threads that attack.
const ATTACKERS: usize = 4;

/// How often the command asks before it gives up.
const TRIES: usize = 3;

/// Plans of that much work, where it is measured for `cargo bench-moss -- attacks`.
const PLANS: usize = 5;
/// The file a benchmark wants its lines in: then nothing is judged here, every round is gone
/// through, and the one in the middle is written down.
const REPORT: &str = "MOSS_ATTACKS_REPORT";

/// What came of one round.
#[derive(Clone, Copy, Debug)]
struct Round {
    calm: Duration,
    attacked: Duration,
    /// What the server took at most, above what it took before the first attack, in KiB.
    memory: u64,
}

impl Round {
    fn ratio(&self) -> f64 {
        self.attacked.as_secs_f64() / self.calm.as_secs_f64()
    }
}

/// The 99th percentile of what each request of some work takes, each over a connection of its own
/// as the command does it.
fn p99(team: &Team, agent: &Agent, plans: usize) -> Duration {
    let mut took = Vec::new();
    let mut timed = |path: &str, body: Value| {
        let begun = Instant::now();
        let answer = persistently(team, agent, path, &body);
        took.push(begun.elapsed());
        answer
    };
    for _ in 0..plans {
        team.plan(&format!("{:?}", Instant::now()), WORK);
        for _ in 0..WORK {
            let claimed = timed("/api/sub-tasks/claim-next", json!({ "start": true }));
            let path = format!("/api/sub-tasks/{}/submit", claimed["id"].as_str().unwrap());
            timed(&path, json!({ "summary": "done" }));
        }
    }
    took.sort_unstable();
    took[took.len() * 99 / 100]
}

/// As the command asks: what was not answered is asked again, under the same key. With every place taken, a
/// connection that is new on a machine with no time for it may be taken for a silent one.
fn persistently(team: &Team, agent: &Agent, path: &str, body: &Value) -> Value {
    let text = request("POST", path, &agent.key, &Uuid::new_v4().to_string(), body);
    for _ in 0..TRIES {
        let connection = Connection::open(team.server.address());
        if let Ok(answer) = connection.and_then(|mut connection| connection.ask(&text)) {
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            return answer.json();
        }
    }
    panic!("{path} is not answered, {TRIES} times")
}

/// Fails the test unless the agent works, and health is told, about as fast as before while
/// `attack` goes on, and memory stays within its bound. The attack is told whether to go on, and is
/// at its height after so many blows.
pub fn withstands(name: &str, team: &Team, height: usize, attack: impl Fn(&Attack) + Sync) {
    let report = std::env::var_os(REPORT);
    let plans = if report.is_some() { PLANS } else { 1 };
    p99(team, &team.executors[0], plans);
    let idle = team.server.memory("VmRSS");
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let round = one_round(team, plans, idle, height, &attack);
        println!("{name}: {round:?} above {idle}");
        rounds.push(round);
        if report.is_none() {
            assert!(round.memory < MEMORY, "{} KiB above {idle}", round.memory);
            if round.attacked <= (round.calm * TIMES).max(FLOOR) {
                return;
            }
        }
    }
    let Some(report) = report else { panic!("the agent waits for too long: {rounds:?}") };
    rounds.sort_by(|one, other| one.ratio().total_cmp(&other.ratio()));
    let memory = rounds.iter().map(|round| round.memory).max().unwrap();
    let Round { calm, attacked, .. } = rounds[ROUNDS / 2];
    let mut report = OpenOptions::new().append(true).create(true).open(report).unwrap();
    writeln!(report, "{name}\t{}\t{}\t{memory}", calm.as_micros(), attacked.as_micros()).unwrap();
}

/// How long health takes to be told. One answer that is lost spoils its round, not the test: with every
/// place taken, a connection that is new on a machine with no time for it may be taken for a silent one.
fn health(team: &Team) -> Duration {
    let since = Instant::now();
    let Ok(answer) = Request::new("GET", "/api/health").try_send(team.server.url()) else {
        return Duration::MAX;
    };
    assert_eq!(answer.status, 200, "{}", answer.text());
    if since.elapsed() < Duration::from_secs(2) { Duration::ZERO } else { since.elapsed() }
}

fn one_round(
    team: &Team,
    plans: usize,
    idle: u64,
    height: usize,
    attack: &(impl Fn(&Attack) + Sync),
) -> Round {
    let agent = &team.executors[0];
    let calm = p99(team, agent, plans);
    let ongoing = &Attack::default();
    let attacked = std::thread::scope(|scope| {
        let _until_here = Ongoing(ongoing);
        for _ in 0..ATTACKERS {
            scope.spawn(|| attack(ongoing));
        }
        let since = Instant::now();
        while ongoing.blows() < height && since.elapsed() < RISE {
            std::thread::sleep(Duration::from_millis(5));
        }
        health(team).max(p99(team, agent, plans))
    });
    let memory = team.server.memory("VmHWM").saturating_sub(idle);
    Round { calm, attacked, memory }
}

/// An attack that goes on.
#[derive(Default)]
pub struct Attack {
    over: AtomicBool,
    blows: AtomicUsize,
}

impl Attack {
    /// Whether another blow may follow; never more than this many in all, nor more than a thousand
    /// a second from each attacker: what is measured is the server, not who gets the cores.
    pub fn goes_on(&self, most: usize) -> bool {
        std::thread::sleep(Duration::from_millis(1));
        !self.over.load(Ordering::Relaxed) && self.blows.fetch_add(1, Ordering::Relaxed) < most
    }

    /// How many there were.
    pub fn blows(&self) -> usize {
        self.blows.load(Ordering::Relaxed)
    }

    /// Keeps what was opened until the attack is over.
    pub fn hold<T>(&self, kept: T) {
        while !self.over.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(kept);
    }
}

/// Ends the attack, also when the test fails in the middle.
struct Ongoing<'a>(&'a Attack);

impl Drop for Ongoing<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Relaxed);
    }
}
