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
    what_cannot_be_read_is_told_and_not_taken_for_nothing needs [ROOT],
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

/// Root reads everything, so another user runs this.
fn what_cannot_be_read_is_told_and_not_taken_for_nothing() {
    let server = server();
    let at = |args: &[&str], path: &str, owner: u32| {
        let test = Test::at_moss(&server, args);
        give(&test, ALL, SOMEBODY);
        give(&test, &[path], owner);
        fs::set_permissions(test.path(""), PermissionsExt::from_mode(0o755)).unwrap();
        fs::set_permissions(test.path(path), PermissionsExt::from_mode(0o000)).unwrap();
        test
    };
    let as_user = |test: &Test| {
        let mut command = test.command();
        command.uid(SOMEBODY).gid(SOMEBODY);
        command
    };
    for path in [".moss", ".moss/profile.json"] {
        for args in [&["wake"][..], &["wake", "--profile", "./"], &["profile", "show"]] {
            let test = at(args, path, SOMEBODY);
            let shown =
                if args.len() > 2 { "./".into() } else { test.path("").canonicalize().unwrap() };
            let shown = shown.join(path).display().to_string();
            run(as_user(&test), "").exits(4).complains(&format!(
                "error: cannot read {shown}: Permission denied (os error 13)\n\
                 hint: chmod u+rwX {shown}\n"
            ));
        }
        let told = run(as_user(&at(&["doctor"], path, SOMEBODY)), "").exits(4);
        assert!(told.stdout.starts_with("FAIL\tprofile\tcannot read "), "{told}");
        // Whoever brings what they need is not kept from working.
        let test = at(&["wake"], path, SOMEBODY).env("MOSS_SERVER", &server.url);
        run(as_user(&test.env("MOSS_API_KEY", KEY)), "").exits(0);
        // The hint mends it.
        let test = at(&["wake"], path, SOMEBODY);
        let told = run(as_user(&test), "").stderr;
        let mend = told.lines().last().unwrap().strip_prefix("hint: ").unwrap().to_owned();
        let mut shell = std::process::Command::new("sh");
        assert!(shell.args(["-c", &mend]).uid(SOMEBODY).status().unwrap().success(), "{mend}");
        run(as_user(&test), "").exits(0);
    }
    // The same of the user's own folder, and of the key.
    let closed = |args: &[&str], path: &str| {
        let test = at(args, "", SOMEBODY);
        fs::set_permissions(test.path(""), PermissionsExt::from_mode(0o755)).unwrap();
        fs::remove_dir_all(test.path(".moss")).unwrap();
        fs::create_dir_all(test.path("home/.config/moss/profiles")).unwrap();
        let below = ["home", "home/.config", "home/.config/moss", "home/.config/moss/profiles"];
        give(&test, &below, SOMEBODY);
        fs::set_permissions(test.path(path), PermissionsExt::from_mode(0o000)).unwrap();
        run(as_user(&test), "").exits(4).complains(&format!("/{path}: Permission denied"));
    };
    for path in ["home/.config/moss", "home/.config/moss/profiles"] {
        for args in [&["wake"][..], &["wake", "--profile", "prod"], &["profile", "list"]] {
            closed(args, path);
        }
    }
    let test = at(&["wake"], ".moss/key", SOMEBODY);
    run(as_user(&test), "").exits(1).complains(
        "/.moss/key: Permission denied (os error 13)\n\
                                               hint: chmod 600 ",
    );
    // Root's own, in a folder above, is no business of others.
    let test = at(&["wake"], ".moss", 0);
    run(as_user(&test), "").exits(4).complains("error: no server is configured: ");
    let test = at(&["wake"], ".moss/profile.json", 0);
    run(as_user(&test), "").exits(4).complains("hint: run it as the user the agent runs as\n");
    assert_eq!(server.lines().iter().filter(|line| *line != "GET /api/wake").count(), 0);
}
