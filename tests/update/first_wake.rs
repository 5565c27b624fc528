//! The second line of defence: what only breaks in earnest is undone by the next wake-up.

use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::site::{Site, finish, packet, work};
use test_support::responder::Reply;

test_support::tests![
    one_that_never_ended_is_undone_and_the_work_goes_on,
    one_that_goes_on_is_left_alone_and_another_may_prove_it,
    a_server_that_answers_nonsense_proves_nothing_either_way,
    a_server_that_is_away_proves_that_it_runs,
    a_mark_of_another_version_or_no_mark_at_all_is_nobodys,
];

const MARKER: &str = "bin/.moss.unproven";

/// Updated, and the server answers no wake-up from now on.
fn updated() -> Site {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    site.run(&["update"]).exits(0);
    site.serves("/api/wake", Reply::hang());
    site
}

/// Starts a wake-up, which hangs.
fn begun(site: &Site) -> Child {
    let child = site.command(&["wake", "--gate"]).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while !site.read(MARKER).contains("started") {
        assert!(Instant::now() < end, "it never started: {}", site.read(MARKER));
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    finish(child);
}

fn one_that_never_ended_is_undone_and_the_work_goes_on() {
    let site = updated();
    kill(begun(&site));
    site.serves("/api/wake", work(json!({})));
    let ran = site.run(&["wake", "--gate"]).exits(0);
    assert_eq!(
        ran.stderr,
        "warning: moss 0.2.0 did not survive its first wake-up: moss 0.1.0 is back, and 0.2.0 is \
         not tried again\n"
    );
    assert_eq!(ran.stdout.matches("1 ASSIGNED 01a3c9f2").count(), 1, "{ran:#?}");
    site.version_is("0.1.0");
    assert_eq!(site.beside(), [".moss.bad", "moss"]);
    assert_eq!(site.read("bin/.moss.bad"), "0.2.0\n");
    site.run(&["update", "--check"]).exits(3);
}

fn one_that_goes_on_is_left_alone_and_another_may_prove_it() {
    let site = updated();
    let first = begun(&site);
    site.serves("/api/wake", packet(json!({})));
    let ran = site.run(&["wake", "--gate"]).exits(3);
    assert_eq!(ran.stderr, "");
    assert!(!site.has(MARKER));
    kill(first);
    site.run(&["wake", "--gate"]).exits(3);
    site.version_is("0.2.0");
}

fn a_server_that_answers_nonsense_proves_nothing_either_way() {
    let site = updated();
    site.serves("/api/wake", Reply::new(200, *b"nonsense"));
    for _ in 0..3 {
        site.run(&["wake", "--gate"]).exits(1);
        site.version_is("0.2.0");
        assert!(site.has(MARKER));
    }
    site.serves("/api/wake", packet(json!({})));
    // The old one would work now: the new one had its chance, and the next one has it too.
    std::fs::remove_file(site.path("bin/moss.prev")).unwrap();
    site.run(&["wake"]).exits(3);
    assert!(!site.has(MARKER));
}

fn a_server_that_is_away_proves_that_it_runs() {
    let site = updated();
    site.serves("/api/wake", Reply::new(503, ""));
    site.run(&["wake", "--gate"]).exits(7);
    assert!(!site.has(MARKER));
}

fn a_mark_of_another_version_or_no_mark_at_all_is_nobodys() {
    let site = Site::new();
    for text in ["0.2.0\n", "0.2.0\nstarted\n", "", "\u{0}\n", "started"] {
        site.write(MARKER, text);
        let ran = site.run(&["wake", "--gate"]).exits(3);
        assert_eq!((ran.stderr.as_str(), site.read(MARKER).as_str()), ("", text));
        site.version_is("0.1.0");
    }
}
