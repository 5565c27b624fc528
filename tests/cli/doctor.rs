use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use test_support::builder::{Finished, KEY, Test};
use test_support::mends;
use test_support::responder::Responder;
use test_support::sample::{me, moss_health, original_health, original_score, refusal, with};

/// As a server whose clock is this far off answers.
fn health(seconds: i64) -> Value {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let at = i64::try_from(now.as_secs()).unwrap() + seconds;
    let time = moss_api::Timestamp::from_micros(at * 1_000_000);
    with(moss_health(), json!({"time": time}))
}

fn server() -> Responder {
    Responder::moss().on("GET /api/health", health(0)).on("GET /api/agents/me", me())
}

/// Check, verdict and what mends it; without what depends on what the machine has installed.
fn found(ran: &Finished) -> BTreeMap<String, (String, String)> {
    let checks: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    mends::check(checks.iter().map(|check| check["mend"].as_str().unwrap()));
    checks
        .iter()
        .map(|c| (text(&c["check"]), (text(&c["verdict"]), text(&c["mend"]))))
        .filter(|(check, _)| !matches!(check.as_str(), "path" | "openclaw" | "skill"))
        .collect()
}

fn doctor(test: Test, status: i32) -> BTreeMap<String, (String, String)> {
    found(&test.any_stdout().status(status).run())
}

const ARGS: &[&str] = &["doctor", "--json"];

#[test]
fn a_server_that_is_not_well_is_there_all_the_same() {
    let unwell = json!({ "status": "unwell", "problem": "writes fail: the disk is full" });
    let health = (503, with(health(0), unwell));
    let server = Responder::moss().on("GET /api/health", health).on("GET /api/agents/me", me());
    let ran = Test::at_moss(&server, &["doctor"]).any_stdout().run();
    let line = "warn\tserver\t\"news\" at [SERVER]/, moss-server 0.1.0, says \"writes fail: the disk \
                is full\"\ttell the person in charge: reads go on, writes fail until it is mended";
    assert!(ran.stdout.lines().any(|seen| seen == line), "{}", ran.stdout);
    assert!(ran.stdout.contains("ok\tagent\t\"AI-Wu\" (executor), score 15"), "{}", ran.stdout);
}

#[test]
fn a_good_setup_is_told_line_by_line() {
    let server = server();
    let ran = Test::at_moss(&server, &["doctor"]).any_stdout().run();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(
        lines[..9],
        [
            "ok\tprofile\t\"AI-Wu\" (executor) in [DIR]/.moss, nearest to the working directory\t-",
            "ok\tkey\tfrom [DIR]/.moss/key, for [SERVER]/ alone\t-",
            "ok\tserver\t\"news\" at [SERVER]/, moss-server 0.1.0\t-",
            "ok\tclock\tas the server's\t-",
            "ok\ttls\tnone, and none needed on this machine\t-",
            "ok\tversion\tmoss 0.1.0\t-",
            "ok\treleases\tnone at [SERVER]/releases/manifest.json\t-",
            "ok\tagent\t\"AI-Wu\" (executor), score 15\t-",
            // Then what depends on the machine.
            lines[8],
        ]
    );
    assert!(lines.contains(&"ok\tfolder\t[DIR]/.moss can be written\t-"), "{}", ran.stdout);
}

#[test]
fn what_keeps_the_agent_out_exits_4() {
    let nobody = doctor(Test::nowhere(ARGS), 4);
    assert_eq!(nobody.len(), 1, "{nobody:?}");
    assert_eq!(nobody["profile"].0, "fail");

    let loose = doctor(Test::at_moss(&server(), ARGS).mode(".moss/key", 0o644), 4);
    assert_eq!(loose["key"].0, "fail");
    assert!(loose["key"].1.starts_with("chmod 600 "), "{loose:?}");
    assert_eq!(loose["server"].0, "ok", "asked without the key");

    let refused = refusal("unknown_key", "this key is of no agent", "register again");
    let server =
        Responder::moss().on("GET /api/health", health(0)).on("GET /api/agents/me", (401, refused));
    let unknown = doctor(Test::at_moss(&server, ARGS), 4);
    let mend =
        "moss-server agent reset-key AI-Wu | moss login --server [SERVER] --profile [DIR]/.moss";
    assert_eq!(unknown["agent"], ("fail".to_owned(), mend.to_owned()), "the whole way");
    let disabled = refusal("agent_disabled", "the account is disabled", "ask");
    let server = Responder::moss()
        .on("GET /api/health", health(0))
        .on("GET /api/agents/me", (403, disabled));
    let disabled = Test::at_moss(&server, ARGS).any_stdout().status(4).run();
    assert_eq!(found(&disabled)["agent"].1, "moss-server agent enable AI-Wu");
    let place = "the account is disabled; moss-server is typed in the folder of its config.yaml, or \
                 with --config FILE";
    assert!(disabled.stdout.contains(place), "{}", disabled.stdout);

    // Whose key that is that a person brought along, nobody can tell.
    let refused = json!({"detail": "this key is of no agent", "code": "unknown_key",
                         "next": {"action": "check_key"}});
    let server =
        Responder::moss().on("GET /api/health", health(0)).on("GET /api/agents/me", (401, refused));
    let brought = Test::nowhere(ARGS).env("MOSS_SERVER", &server.url).env("MOSS_API_KEY", KEY);
    let mend = "at the server's machine: moss-server agent reset-key AGENT, which prints a new key";
    assert_eq!(doctor(brought, 4)["agent"].1, mend);

    let other = with(me(), json!({"id": "b0000000-0000-4000-8000-000000000009"}));
    let server = Responder::moss().on("GET /api/health", health(0)).on("GET /api/agents/me", other);
    let mend = "moss login --force --server [SERVER] --profile [DIR]/.moss";
    assert_eq!(doctor(Test::at_moss(&server, ARGS), 4)["agent"], ("fail".into(), mend.into()));
}

#[test]
fn a_server_that_is_away_exits_7_and_a_broken_profile_1() {
    let away = doctor(Test::at("http://127.0.0.1:9", ARGS), 7);
    assert_eq!((away["key"].0.as_str(), away["server"].0.as_str()), ("ok", "fail"));
    let test = Test::at_moss(&server(), ARGS);
    fs::write(test.path(".moss/profile.json"), "{").unwrap();
    assert_eq!(doctor(test, 1)["profile"].0, "fail");
}

#[test]
fn a_broken_profile_is_mended_by_what_is_printed() {
    let server = server();
    let (whole, large) = (Test::at_moss(&server, ARGS), format!("{{{}", " ".repeat(65 * 1024)));
    let whole = fs::read_to_string(whole.path(".moss/profile.json")).unwrap();
    let with_user = whole.replace("http://", "http://wu:secret@");
    for damage in ["{", &large, &with_user] {
        mended_as_printed(&server, damage);
    }
}

fn mended_as_printed(server: &Responder, damage: &str) {
    let test = Test::at_moss(server, ARGS);
    fs::write(test.path(".moss/profile.json"), damage).unwrap();
    let broken = test.any_stdout().status(1).run();
    assert!(broken.stdout.contains("[DIR]/.moss/profile.json "), "{}", broken.stdout);
    assert!(!broken.stdout.contains("secret"), "{}", broken.stdout);
    let mend = found(&broken)["profile"].1.clone();
    let told = "moss login --force --server [SERVER]/ --profile [DIR]/.moss < [DIR]/.moss/key";
    assert_eq!(mend, told);
    let (args, key) = told.split_once(" < ").unwrap();
    let dir = broken.file("").canonicalize().unwrap().display().to_string();
    let real = |text: &str| {
        text.replace("[DIR]", dir.trim_end_matches('/')).replace("[SERVER]", &server.url)
    };
    let args: Vec<String> = args.split(' ').skip(1).map(real).collect();
    let key = fs::read_to_string(real(key)).unwrap();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mended = broken.then(&args).stdin(&key).any_stdout().run();
    assert_eq!(doctor(mended.then(ARGS), 0)["profile"].0, "ok");
}

#[test]
fn what_could_be_better_is_a_warning() {
    for (seconds, which) in [(120, "behind"), (-120, "ahead of")] {
        let server =
            Responder::moss().on("GET /api/health", health(seconds)).on("GET /api/agents/me", me());
        let ran = Test::at_moss(&server, &["doctor"]).any_stdout().run();
        let line = ran.stdout.lines().find(|l| l.contains("\tclock\t")).unwrap();
        assert!(line.starts_with("warn\tclock\t1"), "{line}");
        assert!(line.contains(&format!("s {which} the server's")), "{line}");
    }
    let newer = with(health(0), json!({"version": "99.0.0"}));
    let role = with(me(), json!({"role": "patrol"}));
    let server = Responder::moss().on("GET /api/health", newer).on("GET /api/agents/me", role);
    let found = doctor(Test::at_moss(&server, ARGS), 0);
    assert_eq!(found["version"], ("warn".to_owned(), "moss update".to_owned()));
    assert_eq!(found["agent"].0, "warn");
}

#[test]
fn the_original_is_examined_too() {
    let server = Responder::original()
        .on("GET /api/health", original_health())
        .on("GET /api/scores/me", original_score())
        .on("GET /api/agents", json!([test_support::sample::agent(json!({}))]));
    let found = doctor(Test::at_original(&server, ARGS), 0);
    assert_eq!(found["server"].0, "ok");
    assert!(!found.contains_key("clock") && !found.contains_key("version"), "{found:?}");
}

#[test]
fn what_only_breaks_in_a_timer_is_found_there() {
    let server = server();
    let variables = |args: &[&str]| {
        Test::nowhere(args).env("MOSS_SERVER", &server.url).env("MOSS_API_KEY", KEY)
    };
    assert_eq!(doctor(variables(ARGS), 0)["profile"].0, "ok");
    let ran = variables(&["doctor", "--cron"]).any_stdout().status(4).run();
    assert!(
        ran.stdout
            .starts_with("FAIL\tprofile\tonly without your environment: nobody is registered"),
        "{}",
        ran.stdout
    );
    let ran = Test::at_moss(&server, &["doctor", "--cron"]).any_stdout().run();
    assert!(!ran.stdout.contains("only without"), "{}", ran.stdout);
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let test = Test::at_moss(&server(), ARGS);
    // A folder in the way: root writes into read-only ones too.
    fs::create_dir_all(test.path(".moss/probe/in-the-way")).unwrap();
    let found = doctor(test, 0);
    assert_eq!(found["folder"].0, "warn");
    assert!(found["folder"].1.starts_with("chown -R "), "{found:?}");
}

#[test]
fn it_looks_at_whom_one_acts_as_and_changes_nothing() {
    let other = with(me(), json!({"id": "b0000000-0000-4000-8000-000000000009", "name": "AI-Li"}));
    let theirs = Responder::moss().on("GET /api/health", health(0)).on("GET /api/agents/me", other);
    let login = ["login", "--server", &theirs.url, "--profile", "./li"];
    let test = Test::nowhere(&login);
    fs::create_dir(test.path("li")).unwrap();
    let ran = test.stdin(KEY).any_stdout().run();
    let server = server();
    let ran = ran.then(&["login", "--server", &server.url]).stdin(KEY).any_stdout().run();
    let before = fs::read(ran.file("li/.moss/profile.json")).unwrap();
    let ran = ran.then(&["--as", "AI-Li", "doctor", "--json"]).any_stdout().run();
    assert_eq!(found(&ran)["agent"].0, "ok", "{}", ran.stdout);
    assert!(ran.stdout.contains(r#"\"AI-Li\" (executor) in [DIR]/li/.moss"#), "{}", ran.stdout);
    assert_eq!(fs::read(ran.file("li/.moss/profile.json")).unwrap(), before);
}

#[test]
fn packets_that_nothing_came_of_are_found() {
    let withheld = json!({"packets": 3, "again_at": "2026-11-20T10:25:00Z"});
    let packet = with(test_support::sample::idle(), json!({"withheld": withheld}));
    let server = server().on("GET /api/wake", packet);
    let ran = Test::at_moss(&server, &["doctor"]).any_stdout().run();
    let line = "warn\tpackets\toffered 3 times without an answer; again at 10:25Z, or when something \
                changes\tmoss wake";
    assert!(ran.stdout.lines().any(|seen| seen == line), "{}", ran.stdout);
    assert_eq!(server.only("GET /api/wake").query, "gate=true&trial=true");
}
