use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use test_support::builder::{KEY, ME, Test, kept_key};
use test_support::responder::Responder;
use test_support::sample::{packet, refusal};

fn created() -> Value {
    json!({"id": ME, "name": "AI-Wu", "role": "executor", "api_key": KEY, "message": "keep it"})
}

fn server() -> Responder {
    Responder::moss()
        .on("POST /api/agents/register", created())
        .on("GET /api/wake", packet(json!({})))
}

fn args(url: &str) -> Vec<&str> {
    vec!["register", "--server", url, "--role", "executor", "--name", "AI-Wu", "--token-stdin"]
}

#[test]
fn a_key_goes_into_a_file_that_only_its_owner_reads() {
    let server = server();
    let ran = Test::nowhere(&args(&server.url))
        .stdin("t0ken\n")
        .stdout("registered \"AI-Wu\" as executor, key in [DIR]/.moss/key\n-> moss wake\n")
        .run();
    let mode = |path: &str| fs::metadata(ran.file(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(".moss/key"), mode(".moss/profile.json")), (0o600, 0o600));
    assert_eq!(kept_key(ran.file(".moss/key")), KEY);
    assert_eq!(fs::read_to_string(ran.file(".moss/.gitignore")).unwrap(), "*\n");
    let profile = fs::read_to_string(ran.file(".moss/profile.json")).unwrap();
    let profile: Value = serde_json::from_str(&profile).unwrap();
    assert_eq!(
        profile,
        json!({"server": format!("{}/", server.url), "agent_id": ME, "name": "AI-Wu",
               "role": "executor", "kind": "moss", "key_store": "file"})
    );
    let files: Vec<_> = fs::read_dir(ran.file(".moss")).unwrap().collect();
    assert_eq!(files.len(), 4, "profile, key, .gitignore, lock, nothing temporary: {files:?}");
    let asked = server.only("POST /api/agents/register");
    assert_eq!(asked.headers["x-registration-token"], "t0ken");
    assert_eq!(asked.json(), json!({"name": "AI-Wu", "role": "executor", "description": ""}));

    fs::create_dir_all(ran.file("deep/er")).unwrap();
    ran.then(&["wake"]).any_stdout().run();
    assert_eq!(server.only("GET /api/wake").headers["authorization"], format!("Bearer {KEY}"));
}

#[test]
fn the_token_may_come_from_the_environment_or_as_the_original_took_it() {
    let server = server();
    let base = ["register", "--server", &server.url, "--role", "executor", "--name", "AI-Wu"];
    Test::nowhere(&base).env("MOSS_REGISTRATION_TOKEN", "t0ken").any_stdout().run();
    let mut old = base.to_vec();
    old.extend(["--token", "t0ken"]);
    Test::nowhere(&old)
        .any_stdout()
        .stderr("warning: --token shows in the process list; use --token-stdin\n")
        .run();
    for asked in server.asked() {
        assert_eq!(asked.headers["x-registration-token"], "t0ken");
    }
    Test::nowhere(&base)
        .stderr(
            "error: registering needs a token\n\
             hint: pipe it into --token-stdin, or set MOSS_REGISTRATION_TOKEN\n",
        )
        .status(2)
        .run();
}

#[test]
fn a_folder_belongs_to_one_agent() {
    let server = server();
    let ran = Test::nowhere(&args(&server.url)).stdin("t").any_stdout().run();
    let ran = ran
        .then(&args(&server.url))
        .stdin("t")
        .stderr(
            "error: [DIR]/.moss belongs to \"AI-Wu\" already\n\
             hint: register in another folder, or add --force to lose that key\n",
        )
        .status(8)
        .run();
    let mut forced = args(&server.url);
    forced.push("--force");
    ran.then(&forced).stdin("t").any_stdout().run();
    assert_eq!(server.lines().len(), 2);
}

#[test]
fn no_key_is_issued_that_could_not_be_kept() {
    let server = server();
    let ran = Test::nowhere(&args(&server.url))
        .file(".moss", "in the way")
        .stdin("t")
        .any_stderr()
        .status(1)
        .run();
    assert!(ran.stderr.starts_with("error: cannot make [DIR]/.moss: "), "{}", ran.stderr);
    assert!(server.lines().is_empty());
}

#[test]
fn refusals_are_passed_on() {
    let refused = refusal("bad_registration_token", "the registration token is wrong", "ask");
    let server = Responder::moss().on("POST /api/agents/register", (403, refused));
    let ran = Test::nowhere(&args(&server.url))
        .stdin("t")
        .stderr("error: the registration token is wrong\nhint: ask\n")
        .status(4)
        .run();
    assert!(!ran.file(".moss/key").exists());
    Test::nowhere(&["register", "--role", "king", "--name", "A"])
        .stderr(
            "error: invalid value 'king' for '--role <ROLE>': \"king\" is not one of: planner, \
             executor, reviewer, patrol\nhint: see --help\n",
        )
        .status(2)
        .run();
    Test::nowhere(&["register", "--role", "patrol", "--name", "A"])
        .stderr("error: which server?\nhint: add --server URL, or set MOSS_SERVER\n")
        .status(2)
        .run();
}
