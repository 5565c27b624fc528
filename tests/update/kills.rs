//! A process that is killed, at each step and at any moment.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use crate::site::{Site, finish};

test_support::tests![at_each_step, at_any_moment,];

const STEPS: &[&str] =
    &["noted", "fetched", "verified", "unpacked", "proven", "tried", "marked", "kept", "placed"];

/// What an update that is killed may leave: whatever it is, the program works, and the next one
/// is as good as the first.
fn recovers(site: &Site, step: &str) {
    let said = site.run(&["--version"]).exits(0).stdout;
    match step {
        "placed" => assert_eq!(said, "moss 0.2.0\n"),
        "" => assert!(["moss 0.1.0\n", "moss 0.2.0\n"].contains(&said.as_str()), "{said}"),
        _ => assert_eq!(said, "moss 0.1.0\n", "after {step}"),
    }
    site.run(&["wake", "--gate"]).exits(3);
    site.run(&["update"]).exits(0);
    site.version_is("0.2.0");
    site.run(&["wake", "--gate"]).exits(3);
    let mut want = vec!["moss", "moss.prev"];
    if !site.has("bin/moss.prev") {
        want.pop();
    }
    assert_eq!(site.beside(), want, "after {step}");
}

fn at_each_step() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    for step in STEPS {
        site.reinstall();
        let mut command = site.command(&["update"]);
        let mut child = command.env("MOSS_TEST_STOP", step).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, format!("stopped: {step}\n"));
        child.kill().unwrap();
        finish(child);
        recovers(&site, step);
    }
}

fn at_any_moment() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    for round in 0..40 {
        site.reinstall();
        let mut command = site.command(&["update"]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(round * 7919 % 200));
        let _ = child.kill();
        child.wait().unwrap();
        recovers(&site, "");
    }
}
