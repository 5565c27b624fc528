use serde_json::json;

use test_support::builder::{Finished, Test};
use test_support::responder::{Reply, Responder};
use test_support::sample::{idle, refusal};

const TICK: &[&str] = &["wake", "--gate", "--tell-once", "--timeout", "2"];
const WAKE: &str = "GET /api/wake";

fn tick(ran: Finished, status: i32) -> Finished {
    ran.then(TICK).any_stdout().any_stderr().status(status).run()
}

#[test]
fn a_failure_is_told_until_it_was_told_and_again_when_it_is_another() {
    let dead = || Reply::new(503, "");
    let gone = || refusal("unknown_key", "this key is of no agent", "moss login");
    let mut server = Responder::moss().on(WAKE, dead());
    // A server that is away may be back in a moment: the third tick in a row tells of it.
    let ran = Test::at_moss(&server, TICK).status(7).run();
    let ran = tick(ran, 7);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let ran = tick(ran, 7);
    assert!(ran.stderr.starts_with("error: the server "), "{}", ran.stderr);
    let ran = tick(ran, 7);
    assert_eq!(ran.stderr, "");
    // Whoever asks without the flag is always told.
    let ran = ran.then(&["wake", "--gate", "--timeout", "2"]).any_stderr().status(7).run();
    assert!(ran.stderr.starts_with("error: "));
    server = server.instead(WAKE, (401, gone()));
    let ran = tick(ran, 4);
    assert!(ran.stderr.contains("of no agent"), "{}", ran.stderr);
    let ran = tick(ran, 4);
    assert_eq!(ran.stderr, "");
    // A success in between, also one with nothing to do, makes the next failure news.
    server = server.instead(WAKE, idle());
    let ran = tick(ran, 3);
    assert_eq!(ran.stderr, "it is over: moss works again\n");
    let ran = tick(ran, 3);
    assert_eq!(ran.stderr, "", "that too is said once");
    // What nobody was told of has no end to tell.
    server = server.instead(WAKE, dead());
    let ran = tick(ran, 7);
    server = server.instead(WAKE, idle());
    let ran = tick(ran, 3);
    assert_eq!(ran.stderr, "");
    server = server.instead(WAKE, (401, gone()));
    let ran = tick(ran, 4);
    assert!(ran.stderr.contains("of no agent"), "{}", ran.stderr);
    drop(server);
}

#[test]
fn what_cannot_be_remembered_is_told_every_time() {
    let server = Responder::moss().on(WAKE, (401, refusal("unknown_key", "no", "h")));
    let test = Test::at_moss(&server, TICK);
    std::fs::create_dir(test.path(".moss/told")).unwrap();
    let mut ran = test.any_stderr().status(4).run();
    for _ in 0..2 {
        assert_ne!(ran.stderr, "");
        ran = tick(ran, 4);
    }
    // No profile, no memory, no silence; and nothing is written through a link.
    for _ in 0..2 {
        let ran = Test::nowhere(TICK).any_stderr().status(4).run();
        assert_ne!(ran.stderr, "");
    }
    let test = Test::at_moss(&server, TICK).file("mine", "mine");
    std::os::unix::fs::symlink(test.path("mine"), test.path(".moss/told")).unwrap();
    let ran = test.any_stderr().status(4).run();
    assert_eq!(std::fs::read_to_string(ran.file("mine")).unwrap(), "mine");
}

#[test]
fn it_is_for_gates_and_changes_nothing_of_an_answer() {
    Test::nowhere(&["wake", "--tell-once"]).any_stderr().status(2).run();
    let server = Responder::moss().on(WAKE, test_support::sample::packet(json!({})));
    let told = Test::at_moss(&server, TICK).any_stdout().run().stdout;
    let plain = Test::at_moss(&server, &["wake", "--gate"]).any_stdout().run().stdout;
    assert_eq!(told, plain);
}
