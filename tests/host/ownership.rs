//! Whose a profile is: nobody obeys what another user has planted in a folder above.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;

use test_support::builder::{KEY, Test};
use test_support::moss::run;
use test_support::needs::ROOT;
use test_support::responder::Responder;
use test_support::sample::{me, moss_health, packet};

test_support::tests![
    a_strangers_profile_is_not_obeyed needs [ROOT],
    root_works_in_a_users_own_workspace needs [ROOT],
    a_user_does_not_obey_another needs [ROOT],
];

const SOMEBODY: u32 = 4242;

fn server() -> Responder {
    Responder::moss()
        .on("GET /api/wake", packet(serde_json::json!({})))
        .on("GET /api/agents/me", me())
        .on("GET /api/health", moss_health())
}

fn give(test: &Test, paths: &[&str], to: u32) {
    for path in paths {
        chown(test.path(path), Some(to), Some(to)).unwrap();
    }
}

const ALL: &[&str] = &[".moss", ".moss/profile.json", ".moss/key"];

fn a_strangers_profile_is_not_obeyed() {
    let evil = server();
    for (given, path) in
        [(ALL, ".moss"), (&ALL[1..2], ".moss/profile.json"), (&ALL[2..], ".moss/key")]
    {
        let test = Test::at_moss(&evil, &["wake"]);
        give(&test, given, SOMEBODY);
        let ran = test.any_stderr().status(4).run();
        let start = format!("[DIR]/{path} belongs to another user\nhint: ");
        assert!(ran.stderr.contains(&start), "{}", ran.stderr);
    }
    // It does not keep those from working who bring what they need, and doctor says so.
    let good = server();
    let brought = |args: &[&str]| {
        let test = Test::at_moss(&evil, args);
        give(&test, ALL, SOMEBODY);
        test.env("MOSS_SERVER", &good.url).env("MOSS_API_KEY", KEY).any_stdout()
    };
    brought(&["wake"]).run();
    let ran = brought(&["doctor"]).run();
    let start = "warn\tprofile\tnot used: [DIR]/.moss belongs to another user\t";
    assert!(ran.stdout.starts_with(start), "{}", ran.stdout);
    assert_eq!(evil.lines(), [""; 0]);
}

fn root_works_in_a_users_own_workspace() {
    let test = Test::at_moss(&server(), &["wake"]);
    give(&test, ALL, SOMEBODY);
    give(&test, &[""], SOMEBODY);
    test.any_stdout().run();
}

fn a_user_does_not_obey_another() {
    let server = server();
    for (owner, code) in [(SOMEBODY, 0), (SOMEBODY + 1, 4)] {
        let test = Test::at_moss(&server, &["wake"]);
        give(&test, ALL, owner);
        fs::set_permissions(test.path(".moss"), PermissionsExt::from_mode(0o755)).unwrap();
        fs::set_permissions(test.path(""), PermissionsExt::from_mode(0o755)).unwrap();
        let mut command = test.command();
        command.uid(SOMEBODY).gid(SOMEBODY);
        let ran = run(command, "").exits(code);
        assert_eq!(ran.stderr.contains("/.moss belongs to another user"), code != 0, "{ran}");
    }
}
