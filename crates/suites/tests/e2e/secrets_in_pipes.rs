//! `moss-server` where nobody reads what it prints: no panic, and no secret that nobody has lets
//! anybody in.

use std::fs::File;
use std::process::{Command, Output, Stdio};

use serde_json::json;

use crate::audit::Audit;
use crate::team::Team;
use test_support::needs::PATH;
use test_support::program;

test_support::tests![
    a_reader_that_went_away_is_no_panic,
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
