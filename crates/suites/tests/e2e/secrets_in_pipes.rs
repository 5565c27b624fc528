//! `moss-server` where nobody reads what it prints: no panic, the server works on, and no secret that
//! nobody has lets anybody in.

use std::fs::File;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;
use tempfile::TempDir;

use crate::audit::{Audit, tamper};
use crate::team::Team;
use test_support::needs::PATH;
use test_support::program;
use test_support::server::{Launch, configure};

test_support::tests![
    a_reader_that_went_away_is_no_panic,
    a_server_whose_log_nobody_reads_works_on,
    a_server_that_cannot_say_where_it_listens_works,
    an_invite_that_nobody_reads_is_not_there,
    a_key_that_nobody_reads_is_not_changed,
    a_key_that_got_lost_is_called_so,
];

fn run(team: &Team, args: &[&str], stdout: impl Into<Stdio>) -> Output {
    let mut command = Command::new(program::moss_server());
    command.args(args).current_dir(team.folder.path()).env_clear().env("PATH", PATH);
    command.env("MOSS_SERVER__PORT", "6565").stdin(Stdio::null()).stdout(stdout);
    command.output().unwrap()
}

/// With a pipe as standard output whose reader is gone already.
fn unread(team: &Team, args: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    run(team, args, writer)
}

#[track_caller]
fn ended(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

fn a_reader_that_went_away_is_no_panic() {
    let team = Team::start(1, 0);
    for args in [
        &["version"][..],
        &["--help"],
        &["check-config"],
        &["backup", "b.db"],
        &["agent", "list"],
        &["agent", "show", "planner"],
        &["agent", "disable", "planner"],
        &["agent", "enable", "planner"],
    ] {
        assert_eq!(ended(&unread(&team, args)), (Some(0), String::new()), "{args:?}");
    }
}

fn a_server_whose_log_nobody_reads_works_on() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    let server = Launch::new(folder.path()).stderr(writer).start();
    let team = Team::on(server, folder, 1, 0);
    let log = || {
        let body = json!({ "action": "coding", "summary": "at it" });
        team.ask(&team.executors[0], "POST", "/api/logs", &body)
    };
    // What the writer tells of, and what a request does.
    tamper(
        &team.database(),
        "CREATE TRIGGER never BEFORE INSERT ON activity_logs BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    for _ in 0..3 {
        assert_eq!(log().code(), "storage_failed");
    }
    tamper(&team.database(), "DROP TRIGGER never");
    assert_eq!(log().status, 200);
    team.server.terminate().exits(0);
}

fn a_server_that_cannot_say_where_it_listens_works() {
    let folder = TempDir::new().unwrap();
    configure(folder.path(), "tasks.db");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut serve = Command::new(program::moss_server());
    serve.arg("serve").current_dir(folder.path()).env_clear().env("PATH", PATH);
    let mut server =
        serve.stdin(Stdio::null()).stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    let health = || Launch::command(folder.path(), &["health"]).ends();
    while Instant::now() < end && server.try_wait().unwrap().is_none() {
        if health().status.success() {
            break;
        }
    }
    let (said, ended) = (health(), server.try_wait().unwrap());
    let _ = server.kill();
    let _ = server.wait();
    assert!(said.stdout.starts_with("ok: moss-server ") && ended.is_none(), "{said} {ended:?}");
}

fn an_invite_that_nobody_reads_is_not_there() {
    let team = Team::start(0, 0);
    let invites = || Audit::open(&team.database()).number("SELECT COUNT(*) FROM invites");
    let nobody = "error: nobody reads standard output, where the secret would go; nothing was \
                  changed\n";
    let args = ["invite", "--role", "executor"];
    for _ in 0..5 {
        assert_eq!(ended(&unread(&team, &args)), (Some(1), nobody.to_owned()));
    }
    assert_eq!(ended(&run(&team, &args, Stdio::null())), (Some(1), nobody.to_owned()));
    assert_eq!(invites(), 0);
    // Nobody can know of a full disk beforehand.
    let (code, said) = ended(&run(&team, &args, full()));
    assert_eq!((code, said.lines().count()), (Some(1), 1), "{said}");
    assert!(
        said.starts_with("error: the token could not be written to standard output (No space")
            && said.ends_with("; the invite was taken back\n"),
        "{said}"
    );
    assert_eq!(invites(), 0);
    assert_eq!(ended(&run(&team, &args, Stdio::piped())).0, Some(0));
    assert_eq!(invites(), 1);
}

fn a_key_that_nobody_reads_is_not_changed() {
    let team = Team::start(1, 0);
    let keys = || Audit::open(&team.database()).texts("SELECT key_id FROM agent_keys");
    let before = keys();
    let (code, said) = ended(&unread(&team, &["agent", "reset-key", "executor-1"]));
    assert_eq!(code, Some(1));
    assert!(said.ends_with("nothing was changed\n"), "{said}");
    assert_eq!(keys(), before);
    team.must(&team.executors[0], "GET", "/api/scores/me", &json!({}));
}

fn a_key_that_got_lost_is_called_so() {
    let team = Team::start(1, 0);
    let id = &team.executors[0].id[..8];
    let (code, said) = ended(&run(&team, &["agent", "reset-key", "executor-1"], full()));
    let expected = format!(
        "error: the key of \"executor-1\" ({id}, executor) was changed, and the new one could not be \
         written to standard output (No space left on device (os error 28)): nobody has it. Once \
         more: moss-server agent reset-key {id}\n"
    );
    assert_eq!((code, said), (Some(1), expected));
}
