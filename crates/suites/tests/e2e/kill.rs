//! Invariant 4: SIGKILL in the middle of writes, again and again. What was acknowledged is there,
//! what was not is there whole or not at all, and the file opens.

use std::sync::atomic::Ordering;
use std::time::Duration;

use nix::sys::signal::Signal;

use crate::team::Team;
use crate::workload::{Record, work};
use test_support::server::Launch;

test_support::tests![a_killed_server_has_lost_nothing_it_acknowledged,];

const ROUNDS: usize = 24;

fn a_killed_server_has_lost_nothing_it_acknowledged() {
    let mut team = Team::start(4, 2);
    let (task, _) = team.plan("work", 20);
    let mut all = Record::default();
    let mut broken_off = 0;
    for round in 0..ROUNDS {
        // Now in a small batch, now in a large one, now after a checkpoint.
        let enough = 15 + round * 29 % 90;
        let mut record = work(&team, &task, round, |done| {
            while done.load(Ordering::Relaxed) < enough {
                std::thread::sleep(Duration::from_micros(200));
            }
            team.server.signal(Signal::SIGKILL);
        });
        broken_off += record.unanswered.len();
        team.server.kill();
        team.server = Launch::new(team.folder.path()).start();
        record.is_in(&team.audit());
        record.retry(team.server.address());
        all.extend(record);
    }
    all.is_in(&team.audit());
    assert!(all.facts.len() > ROUNDS * 15, "too little was written: {}", all.facts.len());
    assert!(broken_off > ROUNDS, "no kill was in the middle of writes: {broken_off}");
}
