//! OpenClaw when it hangs: nothing that was started for it runs on.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use test_support::builder::Test;
use test_support::openclaw::ready;
use test_support::responder::Responder;

test_support::tests![an_openclaw_that_hangs_is_stopped_with_all_it_started needs ["ps"]];

fn an_openclaw_that_hangs_is_stopped_with_all_it_started() {
    let missing = json!({"detail": "no such route", "code": "no_route"});
    let server = Responder::moss().on("GET /api/agents/me/skill", (404, missing));
    let started = Instant::now();
    let args = ["onboard", "openclaw", "--run", "--step-timeout", "1"];
    let ran = ready(Test::at_moss(&server, &args))
        .file("oc/hangs", "agents add")
        .any_stdout()
        .any_stderr()
        .status(7)
        .run();
    assert!(ran.stderr.contains("did not end within 1 s and was stopped"), "{}", ran.stderr);
    assert!(started.elapsed() < Duration::from_secs(20));
    assert!(!ran.file("AGENTS.md").exists() && !ran.file("skills").exists());
    let pid = fs::read_to_string(ran.file("oc/pid")).unwrap();
    assert_ne!(pid, "");
    let stat = Command::new("ps").args(["-o", "stat=", "-p", pid.trim()]).output();
    let stat = String::from_utf8(stat.unwrap().stdout).unwrap();
    assert!(stat.is_empty() || stat.starts_with('Z'), "what it started runs on: {stat}");
}
