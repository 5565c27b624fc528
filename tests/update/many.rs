//! Many updates, many at once, and somebody who runs the program all the while.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::release::{listed, serial};
use crate::site::{Site, finish};

test_support::tests![
    there_is_a_working_program_at_every_instant_of_a_hundred_updates,
    of_two_at_once_the_second_says_so,
    many_at_once_update_once,
    nobody_else_can_hold_the_locks,
];

fn there_is_a_working_program_at_every_instant_of_a_hundred_updates() {
    let site = Site::new();
    let done = AtomicBool::new(false);
    let runs = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let loops = [0, 1].map(|_| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let ran = Command::new(site.moss()).arg("--version").output();
                    let ran = ran.unwrap_or_else(|e| panic!("no moss: {e}"));
                    let said = String::from_utf8(ran.stdout).unwrap();
                    assert!(ran.status.success() && said.starts_with("moss 0."), "{said}");
                    runs.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        for n in 1..=100 {
            let version = format!("0.2.{n}");
            site.offer(&[(&version, "")]);
            site.run(&["update"]).exits(0);
            site.version_is(&version);
        }
        done.store(true, Ordering::Relaxed);
        for looped in loops {
            looped.join().unwrap();
        }
    });
    let runs = runs.into_inner();
    assert!(runs > 200, "ran only {runs} times");
}

fn of_two_at_once_the_second_says_so() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    let mut first = site.command(&["update"]).env("MOSS_TEST_STOP", "unpacked").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(first.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let ran = site.run(&["update"]).exits(0).prints("");
    assert_eq!(ran.stderr, "another update of this moss is under way; nothing was done\n");
    site.run(&["update", "--check"]).exits(0);
    site.run(&["update", "--rollback"]).exits(9); // there is nothing to go back to
    first.kill().unwrap();
    finish(first);
    site.run(&["update"]).exits(0);
    site.version_is("0.2.0");
}

fn many_at_once_update_once() {
    for _ in 0..5 {
        let site = Site::new();
        site.offer(&[("0.2.0", "")]);
        let children: Vec<_> = (0..6).map(|_| site.command(&["update"]).spawn().unwrap()).collect();
        let ran: Vec<_> = children.into_iter().map(|child| finish(child).exits(0)).collect();
        let updated = ran.iter().filter(|ran| ran.stdout.starts_with("updated")).count();
        assert_eq!(updated, 1, "{ran:#?}");
        site.version_is("0.2.0");
        let prev = Command::new(site.path("bin/moss.prev")).arg("--version").output().unwrap();
        assert_eq!(prev.stdout, b"moss 0.1.0\n");
        assert_eq!(site.beside(), [".moss.unproven", "moss", "moss.prev"]);
    }
}

fn nobody_else_can_hold_the_locks() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    let locks = [".moss.lock", ".moss.seen.lock"].map(|name| site.path("bin").join(name));
    let modes = || locks.each_ref().map(|lock| fs::metadata(lock).unwrap().permissions().mode());
    site.run(&["update"]).exits(0);
    assert_eq!(modes().map(|mode| mode & 0o777), [0o600; 2]);
    // Those of an earlier time are closed too.
    for lock in &locks {
        fs::set_permissions(lock, fs::Permissions::from_mode(0o644)).unwrap();
    }
    site.offer(&[("0.3.0", "")]);
    let release = listed("0.3.0", &site.archive("0.3.0", ""));
    site.list_at(serial(101), &[release]);
    site.run(&["update"]).exits(0);
    site.version_is("0.3.0");
    assert_eq!(modes().map(|mode| mode & 0o777), [0o600; 2]);
}
