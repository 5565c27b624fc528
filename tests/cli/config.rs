use std::os::unix::fs::symlink;

use serde_json::json;

use test_support::builder::{KEY, ME, Test};
use test_support::responder::Responder;
use test_support::sample::{agent, me, original_score, packet, page};

fn server() -> Responder {
    Responder::moss()
        .on("GET /api/wake", packet(json!({})))
        .on("GET /api/sub-tasks/mine", page(&[]))
}

#[test]
fn a_key_others_can_read_is_refused() {
    let server = server();
    Test::new(&server, &["wake"])
        .mode(".moss/key", 0o640)
        .stderr(
            "error: others can read the key [DIR]/.moss/key (mode 640)\n\
             hint: chmod 600 [DIR]/.moss/key\n",
        )
        .status(4)
        .run();
    let test = Test::new(&server, &["wake"]).file("elsewhere", KEY).mode("elsewhere", 0o600);
    std::fs::remove_file(test.path(".moss/key")).unwrap();
    symlink(test.path("elsewhere"), test.path(".moss/key")).unwrap();
    let ran = test.any_stderr().status(4).run();
    assert!(ran.stderr.contains("is a symbolic link or no file"), "{}", ran.stderr);
    assert!(server.lines().is_empty());
}

#[test]
fn the_environment_suffices() {
    let server = server();
    Test::nowhere(&["wake"])
        .env("MOSS_SERVER", &server.url)
        .env("MOSS_API_KEY", KEY)
        .any_stdout()
        .run();
    Test::nowhere(&["wake", "--server", &server.url, "--key-file", "-"])
        .stdin(&format!("{KEY}\n"))
        .any_stdout()
        .run();
    Test::nowhere(&["--server", &server.url, "wake", "--key-file", "k"])
        .file("k", KEY)
        .mode("k", 0o600)
        .any_stdout()
        .run();
    for asked in server.asked() {
        assert_eq!(asked.headers["authorization"], format!("Bearer {KEY}"));
    }
    assert_eq!(server.lines().len(), 3);
}

#[test]
fn a_key_on_the_command_line_is_warned_about() {
    Test::nowhere(&["--key", KEY, "--server", &server().url, "st", "mine"])
        .stderr(
            "warning: --key shows in the process list; use MOSS_API_KEY, --key-file or moss login\n\
             nothing is assigned to you\n",
        )
        .run();
}

#[test]
fn what_is_missing_is_named() {
    Test::nowhere(&["wake"])
        .stderr(
            "error: no server is configured: there is no .moss/ folder here or above, and no profile in use\n\
             hint: run it in the agent's workspace, set MOSS_SERVER and MOSS_API_KEY, or join: moss register --help\n",
        )
        .status(4)
        .run();
    Test::nowhere(&["wake", "--server", "127.0.0.1:6565"])
        .env("MOSS_API_KEY", KEY)
        .stderr(
            "error: \"127.0.0.1:6565\" is no server URL: relative URL without a base\n\
             hint: write it like http://127.0.0.1:6565\n",
        )
        .status(8)
        .run();
    let ran = Test::new(&server(), &["wake"])
        .file(".moss/profile.json", "{")
        .any_stderr()
        .status(1)
        .run();
    assert!(ran.stderr.starts_with("error: [DIR]/.moss/profile.json is not a profile: "));
}

#[test]
fn whoami_proves_that_it_works_and_never_shows_the_key() {
    let original = Responder::original()
        .on("GET /api/scores/me", original_score())
        .on("GET /api/agents", json!([agent(json!({}))]));
    let ours = Responder::moss().on("GET /api/agents/me", me());
    for (server, kind) in [(&original, "original OpenMOSS"), (&ours, "moss-server")] {
        Test::new(server, &["whoami"])
            .stdout(&format!(
                "agent\t\"AI-Wu\" (executor)\nid\t{ME}\nscore\t15\nserver\t[SERVER]/ ({kind})\n\
                 key\tfrom [DIR]/.moss/key\nfolder\t[DIR]/.moss (nearest to the working directory)\n"
            ))
            .run();
    }
    let ran = Test::at_moss(&ours, &["whoami", "--debug", "--json=name,role"])
        .stdout("{\"name\":\"AI-Wu\",\"role\":\"executor\"}\n")
        .any_stderr()
        .run();
    assert!(ran.stderr.starts_with("debug: GET /api/agents/me -> 200 in "), "{}", ran.stderr);
}

#[test]
fn another_server_is_not_taken_for_the_profiles() {
    let original = Responder::original()
        .on("GET /api/tasks", page(&[]))
        .on("GET /api/sub-tasks/available", page(&[]));
    let ours = server();
    let ran = Test::at_moss(&ours, &["claim", "--server", &original.url])
        .env("MOSS_API_KEY", KEY)
        .stderr("nothing to claim\n")
        .status(3)
        .run();
    assert_eq!(original.lines()[0], "GET /api/health");
    let profile = std::fs::read_to_string(ran.file(".moss/profile.json")).unwrap();
    assert!(profile.contains("\"kind\":\"moss\""), "{profile}");
}

#[test]
fn a_profiles_key_is_shown_to_no_other_server() {
    let (ours, other) = (server(), server());
    let ran = Test::at_moss(&ours, &["wake", "--server", &other.url])
        .stderr(&format!(
            "error: the key of \"AI-Wu\" is for \"[SERVER]\", and is not sent to {}/\n\
             hint: use a profile of that server (moss profile list), or name its key with --key-file\n",
            other.url
        ))
        .status(4)
        .run();
    ran.then(&["--as", "AI-Wu", "wake", "--server", &other.url]).any_stderr().status(4).run();
    assert!(other.lines().is_empty());
}

#[test]
fn a_read_only_folder_only_costs_the_cursor() {
    let test = Test::at_moss(&server(), &["wake"]).mode(".moss", 0o500);
    let dir = test.path(".moss");
    let ran = test.any_stdout().run();
    assert!(ran.stdout.starts_with("\"AI-Wu\" · executor"), "{}", ran.stdout);
    // Let the temporary folder be removed again.
    std::fs::set_permissions(dir, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
}
