//! `moss onboard cron`: a crontab of a person's, and the script each tick runs.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use sha2::{Digest, Sha256};

use test_support::builder::{Finished, KEY, Test};
use test_support::responder::Responder;
use test_support::sample::{idle, item, packet, refusal};

test_support::tests![
    the_crontab_gets_one_line_however_often_it_is_typed needs ["flock"],
    without_run_the_lines_are_printed_and_the_crontab_is_left_alone needs ["flock"],
    a_tick_starts_the_agent_only_when_there_is_work needs ["flock"],
    two_ticks_never_start_two_agents needs ["flock"],
    a_crontab_that_will_not_changes_nothing needs ["flock"],
    without_flock_nothing_is_begun,
    a_crontab_that_would_not_survive_stays_as_it_is needs ["flock"],
];

/// `crontab`, with the table in a file beside it.
pub const CRONTAB: &str = r#"#!/bin/sh
dir=$(dirname "$0")
[ -e "$dir/broken" ] && { echo 'permission denied' >&2; exit 1; }
case $1 in
-l) cat "$dir/table" 2>/dev/null || { echo "no crontab for me" >&2; exit 1; } ;;
-) cat >"$dir/new" && mv "$dir/new" "$dir/table" ;;
esac
"#;

const AGENT: &str = "cat > got; echo ran >> runs";
const RUN: &[&str] = &["onboard", "cron", "--command", AGENT, "--run"];

fn server() -> Responder {
    let missing = json!({"detail": "no such route", "code": "no_route"});
    Responder::moss().on("GET /api/agents/me/skill", (404, missing))
}

fn test(server: &Responder, args: &[&str]) -> Test {
    let test = Test::at_moss(server, args);
    fs::create_dir(test.path("bin")).unwrap();
    again(test.file("bin/crontab", CRONTAB).mode("bin/crontab", 0o755))
}

fn again(test: Test) -> Test {
    let path = format!("{}:/usr/bin:/bin", test.path("bin").display());
    test.env("PATH", &path)
}

fn read(ran: &Finished, path: &str) -> String {
    fs::read_to_string(ran.file(path)).unwrap_or_default()
}

/// What cron does: an empty environment, `sh`, nobody's terminal.
fn tick(ran: &Finished) -> (Option<i32>, String, String) {
    let mut command = Command::new("/bin/sh");
    command.arg(ran.file(".moss/cron.sh")).env_clear().current_dir("/").stdin(Stdio::null());
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn the_crontab_gets_one_line_however_often_it_is_typed() {
    let server = server();
    let test = test(&server, RUN).file("bin/table", "MAILTO=me\n0 4 * * * backup # 100% mine\n");
    let ran = test.any_stdout().run();
    let line = "*/5 * * * * /bin/sh [DIR]/.moss/cron.sh";
    assert_eq!(
        ran.stdout,
        format!(
            "wrote\tskills/moss-executor/SKILL.md\nwrote\tAGENTS.md\nwrote\t.moss/cron.sh\nran\t{line}\n\
             \"AI-Wu\" works from the crontab, every 5m\n"
        )
    );
    let dir = ran.dir.path().canonicalize().unwrap();
    let dir = dir.display().to_string();
    let line = line.replace("[DIR]", &dir);
    let table = format!(
        "MAILTO=me\n0 4 * * * backup # 100% mine\n\n# moss:begin {dir}\n{line}\n# moss:end {dir}\n"
    );
    assert_eq!(read(&ran, "bin/table"), table);
    assert!(!read(&ran, ".moss/cron.sh").contains(KEY));
    let told = server.only("PUT /api/agents/me/host").json();
    let skill = read(&ran, "skills/moss-executor/SKILL.md");
    let skill: String = Sha256::digest(skill).iter().map(|byte| format!("{byte:02x}")).collect();
    let version = env!("CARGO_PKG_VERSION");
    let wanted = json!({ "kind": "cron", "moss": version, "skill": skill, "every_seconds": 300 });
    assert_eq!(told, wanted);
    let ran = again(ran.then(RUN)).any_stdout().run();
    assert!(ran.stdout.ends_with("same\t*/5 * * * * /bin/sh [DIR]/.moss/cron.sh\nnothing to change: \"AI-Wu\" works from the crontab, every 5m\n"), "{}", ran.stdout);
    assert_eq!(read(&ran, "bin/table"), table);
    let rarely = ["onboard", "cron", "--command", AGENT, "--run", "--every", "2h"];
    let ran = again(ran.then(&rarely)).any_stdout().run();
    assert_eq!(read(&ran, "bin/table"), table.replace("*/5 * * * *", "0 */2 * * *"));
}

fn without_run_the_lines_are_printed_and_the_crontab_is_left_alone() {
    let odd = "100% of it's \"mine\"";
    let server = server();
    let test = test(&server, &["onboard", "cron", "--command", "cat -u", "--workspace", odd]);
    fs::create_dir(test.path(odd)).unwrap();
    fs::rename(test.path(".moss"), test.path(odd).join(".moss")).unwrap();
    let ran = test.any_stdout().run();
    let quoted = odd.replace('"', r#"\""#).replace('%', r"\%");
    assert!(
        ran.stdout.ends_with(&format!(
            "# moss:begin [DIR]/{odd}\n*/5 * * * * /bin/sh \"[DIR]/{quoted}/.moss/cron.sh\"\n# moss:end [DIR]/{odd}\n\
             # lines for crontab -e, or let moss install them: add --run\n"
        )),
        "{}",
        ran.stdout
    );
    assert!(!ran.file("bin/table").exists());
    let syntax = Command::new("sh").arg("-n").arg(ran.file(odd).join(".moss/cron.sh")).status();
    assert!(syntax.unwrap().success());
}

fn a_tick_starts_the_agent_only_when_there_is_work() {
    let mut server = server().on("GET /api/wake", idle());
    let ran = test(&server, RUN).any_stdout().run();
    assert_eq!(tick(&ran), (Some(0), String::new(), String::new()));
    assert!(!ran.file("runs").exists(), "no work, no agent");

    server = server.instead("GET /api/wake", packet(json!({"items": [item(json!({}))]})));
    assert_eq!(tick(&ran).0, Some(0));
    assert_eq!(read(&ran, "runs"), "ran\n");
    let got = read(&ran, "got");
    assert!(got.contains("1 ASSIGNED 01a3c9f2") && got.contains("moss COMMAND --help"), "{got}");

    // cron mails what a tick prints: once, not every five minutes.
    server = server.instead("GET /api/wake", (401, refusal("unknown_key", "no such key", "h")));
    assert_eq!(tick(&ran), (Some(4), String::new(), "error: no such key\nhint: h\n".into()));
    assert_eq!(tick(&ran), (Some(4), String::new(), String::new()));
    assert_eq!(read(&ran, "runs"), "ran\n");
    drop(server);
}

fn two_ticks_never_start_two_agents() {
    let server = server().on("GET /api/wake", packet(json!({"items": [item(json!({}))]})));
    // It ends by itself, so that a lock that does not hold shows as a second run.
    let slow = "echo ran >> runs; n=0; while ! [ -e stop ] && [ $n -lt 200 ]; do n=$((n + 1)); \
                sleep 0.05; done; sleep 20 > /dev/null 2>&1 &";
    let ran = test(&server, &["onboard", "cron", "--run", "--command", slow]).any_stdout().run();
    let mut first =
        Command::new("/bin/sh").arg(ran.file(".moss/cron.sh")).env_clear().spawn().unwrap();
    let started = Instant::now();
    while read(&ran, "runs").is_empty() {
        assert!(started.elapsed() < Duration::from_secs(20), "the first tick starts its agent");
        std::thread::yield_now();
    }
    assert_eq!(tick(&ran), (Some(0), String::new(), String::new()));
    assert_eq!(read(&ran, "runs"), "ran\n", "the second tick sees the first one's agent");
    fs::write(ran.file("stop"), "").unwrap();
    assert!(first.wait().unwrap().success());
    // What the agent left running does not keep the next one from starting.
    assert_eq!(tick(&ran).0, Some(0));
    assert_eq!(read(&ran, "runs"), "ran\nran\n");
}

fn a_crontab_that_will_not_changes_nothing() {
    let server = server();
    let ran = test(&server, RUN)
        .file("bin/broken", "")
        .any_stdout()
        .stderr("error: 'crontab -l' ended with exit code 1: \"permission denied\"\nhint: nothing was changed\n")
        .status(1)
        .run();
    assert!(!ran.file("AGENTS.md").exists() && !ran.file(".moss/cron.sh").exists());
    let dir = ran.dir.path().canonicalize().unwrap();
    fs::remove_file(ran.file("bin/broken")).unwrap();
    let table = format!("# moss:begin {}\n", dir.display());
    fs::write(ran.file("bin/table"), &table).unwrap();
    let ran = again(ran.then(RUN)).any_stdout().any_stderr().status(8).run();
    assert!(
        ran.stderr.starts_with("error: the crontab has 1 lines '# moss:begin "),
        "{}",
        ran.stderr
    );
    assert_eq!(read(&ran, "bin/table"), table);
    for (args, status, says) in [
        (vec!["--command", "a\nb"], 8, "error: --command is one line"),
        (vec!["--command", " "], 8, "error: --command is one line"),
        (vec!["--command", "a", "--every", "7m"], 2, "error: no crontab line keeps --every 7m"),
        (vec![], 2, "error: the following required arguments"),
    ] {
        let args: Vec<_> = ["onboard", "cron"].into_iter().chain(args).collect();
        let ran = test_again(&server, &args).any_stderr().status(status).run();
        assert!(ran.stderr.starts_with(says), "{}", ran.stderr);
    }
}

fn test_again(server: &Responder, args: &[&str]) -> Test {
    test(server, args).any_stdout()
}

fn without_flock_nothing_is_begun() {
    let test = Test::at_moss(&server(), RUN).env("PATH", "/nowhere");
    let hint = "install util-linux: it keeps two ticks from starting two agents";
    test.stderr(&format!("error: there is no 'flock' on PATH\nhint: {hint}\n")).status(5).run();
}

fn a_crontab_that_would_not_survive_stays_as_it_is() {
    let server = server();
    let test = test(&server, RUN);
    let table = b"0 4 * * * /opt/r\xe9sum\xe9.sh\n";
    fs::write(test.path("bin/table"), table).unwrap();
    let ran = test.any_stdout().any_stderr().status(8).run();
    assert!(ran.stderr.starts_with("error: your crontab is not UTF-8 text"), "{}", ran.stderr);
    assert_eq!(fs::read(ran.file("bin/table")).unwrap(), table);
    assert!(!ran.file("AGENTS.md").exists());
}
