//! A client whose server dies while it waits for a write gets its answer from another, under the same
//! key, and nothing is done twice.

use std::fmt::Write;
use std::time::{Duration, Instant};

use test_support::database::{Cluster, Kind};
use test_support::moss::Ran;
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
/// Where the write is when its server dies, in turn.
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
            let moment = moment.map_or("Never".to_owned(), |moment| format!("{moment:?}"));
            writeln!(lines, "{moment}\t{}", waited.as_micros()).unwrap();
        }
        std::fs::write(report, lines).unwrap();
    }
}

fn another_answers_on_mariadb() {
    another_answers(Kind::MariaDb);
}

/// How long each client waited: from the death of its server to its own end, or, where none died,
/// from its beginning.
fn another_answers(kind: Kind) -> Vec<(Option<Moment>, Duration)> {
    let deaths = MOMENTS.len() * ROUNDS;
    let calm = std::iter::repeat_n(None, ROUNDS);
    let moments: Vec<_> = calm.chain(MOMENTS.into_iter().map(Some).cycle().take(deaths)).collect();
    let team = Team::start(Cluster::shared(kind), 1, direct);
    let ids = team.plan(moments.len() / 2);
    let workspace = team.workspace(0);
    // It may have to be built first.
    assert_eq!(workspace.moss(["--version"]).code, 0);
    let (mut done, mut waited) = (Acknowledged::default(), vec![]);
    for moment in moments {
        // One is claimed, then handed in.
        let claimed = done.claimed.get(done.handed_in.len()).cloned();
        let summary = format!("made by hand: {}", done.handed_in.len());
        let work = || {
            let ran = match &claimed {
                None => workspace.moss(["claim", "--start", "--json"]),
                Some(id) => workspace.moss(["submit", id, "--summary", &summary]),
            };
            (ran, Instant::now())
        };
        let (ran, waits) = match moment {
            None => {
                let began = Instant::now();
                let (ran, ended) = work();
                (ran, ended - began)
            }
            Some(moment) => when_its_server_dies(&team, moment, work),
        };
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

/// Kills the server that has the command's write at that moment. Until the command has ended it
/// stays dead: another one answers.
fn when_its_server_dies(
    team: &Team,
    moment: Moment,
    work: impl FnOnce() -> (Ran, Instant) + Send,
) -> (Ran, Duration) {
    let trap = team.balancer.trap(moment);
    std::thread::scope(|scope| {
        let working = scope.spawn(work);
        let number = trap.recv_timeout(PATIENCE).expect("nobody writes");
        let died = Instant::now();
        team.end(number);
        let (ran, ended) = working.join().unwrap();
        team.begin_again(number);
        (ran, ended.saturating_duration_since(died))
    })
}
