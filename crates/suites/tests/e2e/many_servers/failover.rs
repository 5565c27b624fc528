//! A client whose server dies while it waits for a write gets its answer from another, under the same
//! key, and nothing is done twice.

use std::fmt::Write;
use std::time::{Duration, Instant};

use test_support::database::{Cluster, Kind};
use test_support::needs::{MARIADB, POSTGRES};

use crate::many_servers::balancer::Moment;
use crate::many_servers::direct;
use crate::many_servers::team::{Acknowledged, Team};

test_support::tests![
    another_answers_on_postgres needs [POSTGRES],
    another_answers_on_mariadb needs [MARIADB],
];

/// Names the file in which it is told how long each client waited: a benchmark's.
const REPORT: &str = "MOSS_FAILOVER_REPORT";
/// Where the write is, in turn.
const MOMENTS: [Moment; 3] = [Moment::Before, Moment::Meanwhile, Moment::After];
/// Deaths at each moment.
const ROUNDS: usize = 6;
/// How long a client may wait here. What is promised the benchmark measures, on a quiet machine.
const PATIENCE: Duration = Duration::from_secs(10);

fn another_answers_on_postgres() {
    let waited = another_answers(Kind::Postgres);
    if let Some(report) = std::env::var_os(REPORT) {
        let mut lines = String::new();
        for (moment, waited) in waited {
            writeln!(lines, "{moment:?}\t{}", waited.as_micros()).unwrap();
        }
        std::fs::write(report, lines).unwrap();
    }
}

fn another_answers_on_mariadb() {
    another_answers(Kind::MariaDb);
}

/// How long each client waited from the death of its server to its own end.
fn another_answers(kind: Kind) -> Vec<(Moment, Duration)> {
    let team = Team::start(Cluster::shared(kind), 1, direct);
    let ids = team.plan(MOMENTS.len() * ROUNDS / 2);
    let mut done = Acknowledged::default();
    let mut waited = vec![];
    for moment in MOMENTS.into_iter().cycle().take(MOMENTS.len() * ROUNDS) {
        let claimed = done.claimed.get(done.handed_in.len()).cloned();
        let summary = format!("made by hand: {}", done.handed_in.len());
        let workspace = team.workspace(0);
        let trap = team.balancer.trap(moment);
        let (ran, ended, died) = std::thread::scope(|scope| {
            let client = scope.spawn(|| {
                let ran = match &claimed {
                    None => workspace.moss(["claim", "--start", "--json"]),
                    Some(id) => workspace.moss(["submit", id, "--summary", &summary]),
                };
                (ran, Instant::now())
            });
            let number = trap.recv_timeout(PATIENCE).expect("nobody writes");
            let died = Instant::now();
            team.end(number);
            let (ran, ended) = client.join().unwrap();
            team.begin_again(number);
            (ran, ended, died)
        });
        let waits = ended.saturating_duration_since(died);
        assert_eq!(ran.code, 0, "{moment:?}: {ran}");
        assert!(waits < PATIENCE, "{moment:?}: {waits:?}\n{ran}");
        waited.push((moment, waits));
        match claimed {
            None => done.claimed.push(ran.json()["id"].as_str().unwrap().to_owned()),
            Some(id) => done.handed_in.push((id, summary)),
        }
    }
    team.is_whole(&ids, &done);
    assert_eq!(done.handed_in.len(), ids.len(), "each was claimed and handed in once");
    waited
}
