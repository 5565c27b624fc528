use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, Instant};

use serde_json::json;

use test_support::builder::{KEY, ME, Test, kept_key};
use test_support::responder::{Reply, Responder};
use test_support::sample::{agent, me, original_score, packet, refusal};

const FRESH: &str = "ak_fedcba9876543210fedcba9876543210";

fn server() -> Responder {
    Responder::moss().on("GET /api/agents/me", me()).on("GET /api/wake", packet(json!({})))
}

fn rotating() -> Responder {
    let fresh = json!({"agent_id": ME, "api_key": FRESH, "grace_seconds": 60, "message": ""});
    server().on("POST /api/agents/me/key", fresh)
}

#[test]
fn a_key_one_has_is_piped_into_login() {
    let server = server();
    let ran = Test::nowhere(&["login", "--server", &server.url])
        .stdin(&format!("{KEY}\n"))
        .stdout("logged in \"AI-Wu\" as executor, key in [DIR]/.moss/key\n-> moss wake\n")
        .run();
    assert_eq!(kept_key(ran.file(".moss/key")), KEY);
    assert_eq!(server.only("GET /api/agents/me").headers["authorization"], format!("Bearer {KEY}"));
    let ran = ran.then(&["wake"]).any_stdout().run();
    // Again: after the admin gave it a new key, say.
    let ran = ran.then(&["login", "--server", &server.url]).stdin(FRESH).any_stdout().run();
    assert_eq!(kept_key(ran.file(".moss/key")), FRESH);
    let ran = ran
        .then(&["logout"])
        .stdout(&format!(
            "forgot the key of \"AI-Wu\" in [DIR]/.moss; the server still knows it\n\
             -> moss login --server {}/\n",
            server.url
        ))
        .run();
    assert!(!ran.file(".moss/key").exists() && !ran.file(".moss/profile.json").exists());
    let gone = |what: &str| {
        format!(
            "error: {what}: there is no profile in [DIR]/.moss, and none in use\n\
             hint: moss login --server URL with the agent's key, or register anew: \
             moss register --help\n"
        )
    };
    let ran = ran.then(&["logout"]).stderr(&gone("nobody is logged in")).status(4).run();
    let ran = ran.then(&["wake"]).stderr(&gone("no server is configured")).status(4).run();
    let ran = ran.then(&["doctor"]).any_stdout().status(4).run();
    assert!(ran.stdout.contains("there is no profile in [DIR]/.moss, and none in use"));
}

/// As `whoami` and `doctor` name the folder, or the workspace it is in.
#[test]
fn login_renews_the_key_in_the_folder_it_is_told() {
    let server = server();
    for named in ["[DIR]/.moss", "[DIR]", "[DIR]/new/.moss", "[DIR]/new"] {
        let kept = format!("{}/key", named.trim_end_matches("/.moss").to_owned() + "/.moss");
        let ran = Test::at_moss(&server, &["wake"]).any_stdout().run();
        let dir = ran.file("").display().to_string();
        let path = |told: &str| told.replace("[DIR]", dir.trim_end_matches('/'));
        let ran = ran
            .then(&["login", "--server", &server.url, "--profile", &path(named)])
            .stdin(FRESH)
            .any_stdout()
            .run();
        assert!(ran.stdout.contains(&format!("key in {kept}\n")), "{named}: {}", ran.stdout);
        assert_eq!(kept_key(path(&kept)), FRESH);
    }
}

#[test]
fn login_works_with_the_original_and_from_the_environment() {
    let original = Responder::original()
        .on("GET /api/scores/me", original_score())
        .on("GET /api/agents", json!([agent(json!({}))]));
    let ran = Test::nowhere(&["login", "--server", &original.url])
        .env("MOSS_API_KEY", KEY)
        .stdout("logged in \"AI-Wu\" as executor, key in [DIR]/.moss/key\n-> moss wake\n")
        .run();
    let profile = fs::read_to_string(ran.file(".moss/profile.json")).unwrap();
    assert!(profile.contains("\"kind\": \"openmoss\""), "{profile}");
}

#[test]
fn a_key_that_does_not_work_is_not_kept() {
    let refused = refusal("unknown_key", "this key is of no agent", "register again");
    let server = Responder::moss().on("GET /api/agents/me", (401, refused));
    let ran = Test::nowhere(&["login", "--server", &server.url])
        .stdin(KEY)
        .stderr("error: this key is of no agent\nhint: register again\n")
        .status(4)
        .run();
    assert!(!ran.file(".moss").exists());
    for (input, error) in
        [("", "error: stdin holds no key\n"), ("two words\n", "error: stdin holds no key\n")]
    {
        let ran = Test::nowhere(&["login", "--server", &server.url])
            .stdin(input)
            .any_stderr()
            .status(4)
            .run();
        assert!(ran.stderr.starts_with(error), "{}", ran.stderr);
    }
}

#[test]
fn login_does_not_take_the_folder_of_another_agent() {
    let other = json!({"id": "b0000000-0000-4000-8000-000000000009", "name": "AI-Li",
                       "role": "planner", "total_score": 0});
    let server = Responder::moss().on("GET /api/agents/me", other);
    let login = ["login", "--server", &server.url];
    let ran = Test::at_moss(&server, &login)
        .stdin(FRESH)
        .stderr(
            "error: [DIR]/.moss belongs to \"AI-Wu\" already\n\
             hint: log in in another folder, or add --force to lose that key\n",
        )
        .status(8)
        .run();
    assert_eq!(kept_key(ran.file(".moss/key")), KEY);
    let forced = ["login", "--server", &server.url, "--force"];
    let ran = ran.then(&forced).stdin(FRESH).any_stdout().run();
    assert_eq!(kept_key(ran.file(".moss/key")), FRESH);
}

#[test]
fn a_silent_pipe_does_not_hold_login_up() {
    let test = Test::nowhere(&["login", "--server", "http://127.0.0.1:9", "--timeout", "1"]);
    let started = Instant::now();
    let mut child = test.command().spawn().unwrap();
    let stdin = child.stdin.take(); // stays open
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert!(started.elapsed() < Duration::from_secs(10));
    assert_eq!(output.status.code(), Some(8));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: no key came on standard input in time\n\
         hint: pipe the key in: add < FILE\n"
    );
}

#[test]
fn rotating_keeps_the_new_key_before_it_is_used() {
    let server = rotating();
    let ran = Test::at_moss(&server, &["key", "rotate"])
        .stdout("\"AI-Wu\" has a new key, from [DIR]/.moss/key; the old one works for 60 s more\n")
        .run();
    assert_eq!(kept_key(ran.file(".moss/key")), FRESH);
    let mode = fs::metadata(ran.file(".moss/key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(server.lines(), ["POST /api/agents/me/key", "GET /api/agents/me"]);
    let asked = server.asked();
    assert_eq!(asked[0].headers["authorization"], format!("Bearer {KEY}"));
    assert_eq!(asked[1].headers["authorization"], format!("Bearer {FRESH}"));
    assert!(!ran.stdout.contains(FRESH) && !ran.stderr.contains(FRESH));
}

#[test]
fn a_rotation_that_cannot_be_kept_changes_nothing() {
    let server = rotating();
    let test = Test::at_moss(&server, &["key", "rotate"]);
    fs::write(test.path(".moss/lock"), "").unwrap();
    // A folder in the way of the temporary file: root writes into read-only folders too.
    fs::remove_file(test.path(".moss/key")).unwrap();
    fs::create_dir_all(test.path(".moss/key/in-the-way")).unwrap();
    let ran = test.any_stderr().status(4).run();
    assert!(ran.stderr.starts_with("error: the key [DIR]/.moss/key is a symbolic link or no file"));
    assert!(server.lines().is_empty(), "no key is issued that could not be kept");
}

#[test]
fn a_new_key_that_cannot_be_tried_is_kept_all_the_same() {
    let server = rotating().instead("GET /api/agents/me", Reply::hang_up());
    let ran =
        Test::at_moss(&server, &["key", "rotate", "--timeout", "1"]).any_stderr().status(7).run();
    assert!(
        ran.stderr.ends_with(
            "hint: the new key is kept and the old one still works: moss whoami tries again\n"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(kept_key(ran.file(".moss/key")), FRESH);
}

#[test]
fn a_new_key_that_was_made_void_meanwhile_gives_way_to_the_old_one() {
    let refused = refusal("unknown_key", "this key is of no agent", "register again");
    let server = rotating().instead("GET /api/agents/me", (401, refused));
    let ran = Test::at_moss(&server, &["key", "rotate"])
        .stderr(
            "error: this key is of no agent\n\
             hint: somebody else is changing this key; the old one is back in place\n",
        )
        .status(4)
        .run();
    assert_eq!(kept_key(ran.file(".moss/key")), KEY);
}

#[test]
fn only_a_profiles_own_key_is_rotated() {
    let server = rotating();
    for test in [
        Test::at_moss(&server, &["key", "rotate"]).env("MOSS_API_KEY", KEY),
        Test::at_moss(&server, &["key", "rotate", "--key-file", ".moss/key"]),
    ] {
        let ran = test.any_stderr().status(2).run();
        assert!(ran.stderr.starts_with("error: only a profile's own key can be rotated"));
    }
    let elsewhere = ["key", "rotate", "--server", "http://127.0.0.1:9"];
    Test::at_moss(&server, &elsewhere).any_stderr().status(4).run();
    let original = Responder::original();
    Test::at_original(&original, &["key", "rotate"])
        .stderr(
            "error: this server is the original OpenMOSS and cannot give a new key\n\
             hint: needs moss-server; moss list and moss show work here\n",
        )
        .status(6)
        .run();
}

#[test]
fn two_rotations_at_once_follow_each_other() {
    let server = rotating();
    let test = Test::at_moss(&server, &["key", "rotate"]).any_stdout();
    let started = || test.command().spawn().unwrap();
    let children: Vec<_> = (0..4).map(|_| started()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let lines = server.lines();
    assert_eq!(lines.len(), 8);
    for pair in lines.chunks(2) {
        assert_eq!(pair, ["POST /api/agents/me/key", "GET /api/agents/me"]);
    }
    assert_eq!(kept_key(test.path(".moss/key")), FRESH);
}

#[test]
fn a_symbolic_link_is_replaced_not_followed() {
    let server = server();
    let test = Test::nowhere(&["login", "--server", &server.url, "--force"]).stdin(FRESH);
    fs::create_dir(test.path(".moss")).unwrap();
    fs::write(test.path("elsewhere"), "untouched").unwrap();
    symlink(test.path("elsewhere"), test.path(".moss/key")).unwrap();
    let ran = test.any_stdout().run();
    assert_eq!(fs::read_to_string(ran.file("elsewhere")).unwrap(), "untouched");
    assert!(!ran.file(".moss/key").is_symlink());
}

#[test]
fn whether_the_key_can_be_had_is_told_without_it_or_a_server() {
    let server = server();
    Test::at_moss(&server, &["key", "check"]).stdout("key from [DIR]/.moss/key\n").run();
    assert!(server.lines().is_empty());
    let test = Test::at_moss(&server, &["key", "check"]).mode(".moss/key", 0o604);
    test.any_stderr().status(4).run();
}

#[test]
fn a_lock_that_is_a_pipe_holds_nobody_up() {
    let server = rotating();
    for args in [["key", "rotate"], ["logout", "--timeout=5"]] {
        let test = Test::at_moss(&server, &args);
        let pipe = test.path(".moss/lock");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        test.stderr(
            "error: cannot open [DIR]/.moss/lock: it is no plain file\n\
             hint: rm [DIR]/.moss/lock; the next command makes it anew\n",
        )
        .status(1)
        .run();
    }
    assert!(server.lines().is_empty());
}

#[test]
fn a_lock_is_waited_for_no_longer_than_the_command_may_take() {
    let server = rotating();
    for args in [["key", "rotate", "--timeout=1"].as_slice(), &["logout", "--timeout=1"]] {
        let test = Test::at_moss(&server, args);
        let held = fs::File::create(test.path(".moss/lock")).unwrap();
        held.lock().unwrap();
        let started = Instant::now();
        test.stderr(
            "error: another moss is at work: [DIR]/.moss/lock is locked\n\
             hint: try again when it has ended; --timeout SECS waits longer, at most 10 s\n",
        )
        .status(6)
        .run();
        assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    }
    assert!(server.lines().is_empty());
}
