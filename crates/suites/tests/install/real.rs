//! Nothing stands in: the real moss, in an archive signed as releases are, from the real server.

use std::fs;
use std::process::Command;

use ed25519_dalek::SigningKey;
use tempfile::TempDir;

use crate::machine::{Machine, Refuses};
use crate::shelf::Shelf;
use test_support::manifest::serial;
use test_support::moss::{Ran, run};
use test_support::server::REGISTRATION_TOKEN;

test_support::tests![
    one_line_installs_registers_and_from_then_on_moss_knows_what_is_current needs ["dash", "curl", "openssl", "strip"],
    the_fresh_moss_remembers_and_refuses_an_older_manifest needs ["dash", "curl", "openssl", "strip"],
    the_fresh_moss_refuses_an_archive_no_release_key_has_signed needs ["dash", "curl", "openssl", "strip"],
];

/// The binary under test without what only a debugger reads: archives have a limit.
fn moss() -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let stripped = folder.path().join("moss");
    let mut strip = Command::new("strip"); // comes with every linker
    let output =
        strip.arg(test_support::program::moss()).arg("-o").arg(&stripped).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(stripped).unwrap()
}

/// The installed moss, as a timer or a person runs it.
fn installed(machine: &Machine, shelf: &Shelf, args: &[&str]) -> Ran {
    let mut command = Command::new(machine.dir().join("moss"));
    command.args(args).current_dir(machine.home()).env_clear().env("HOME", machine.home());
    command.env("MOSS_TEST_RELEASE_KEYS", shelf.keys());
    run(command, "")
}

fn one_line_installs_registers_and_from_then_on_moss_knows_what_is_current() {
    let mut shelf = Shelf::empty();
    let (program, version) = (moss(), env!("CARGO_PKG_VERSION"));
    shelf.add_signed(version, &program, None);
    let machine = Machine::usual()
        .env("MOSS_TEST_RELEASE_KEYS", &shelf.keys())
        .env("MOSS_REGISTRATION_TOKEN", REGISTRATION_TOKEN);
    let args = ["--role", "executor", "--name", "AI-Wu"];
    let ran = machine.install(&shelf.script(), &args).exits(0);
    assert!(!ran.stdout.contains(REGISTRATION_TOKEN) && !ran.stderr.contains(REGISTRATION_TOKEN));
    installed(&machine, &shelf, &["whoami"]).exits(0).says("agent\t\"AI-Wu\" (executor)");
    assert!(machine.home().join("skills/moss-executor/SKILL.md").exists());
    installed(&machine, &shelf, &["wake", "--gate"]).exits(3);
    installed(&machine, &shelf, &["update", "--check"]).exits(3);

    // The next version is the same program under another name: its own version gives it away, and
    // the one that works stays.
    shelf.add_signed("9.0.0", &program, None);
    installed(&machine, &shelf, &["update", "--check"]).exits(0).says("9.0.0");
    let refused = installed(&machine, &shelf, &["update"]).exits(9);
    assert!(refused.stderr.contains("9.0.0"), "{}", refused.stderr);
    installed(&machine, &shelf, &["whoami"]).exits(0);
}

fn the_fresh_moss_remembers_and_refuses_an_older_manifest() {
    let mut shelf = Shelf::empty();
    let (program, version) = (moss(), env!("CARGO_PKG_VERSION"));
    shelf.add_signed(version, &program, None);
    let machine = Machine::usual().env("MOSS_TEST_RELEASE_KEYS", &shelf.keys());
    machine.install(&shelf.script(), &[]).exits(0);
    shelf.renew(serial(99));
    // Gone by accident or not: what it has seen lies beside it.
    fs::remove_file(machine.dir().join("moss")).unwrap();
    let words =
        "refuses itself: the manifest is an old one: it has serial 99, and 100 was seen here";
    machine.install(&shelf.script(), &[]).refuses(9, words);
    assert_eq!(machine.moss(), None);
    shelf.renew(serial(101));
    machine.install(&shelf.script(), &[]).exits(0);
    shelf.renew(serial(100));
    installed(&machine, &shelf, &["update", "--check", "--server", shelf.url()])
        .exits(9)
        .complains("it has serial 100, and 101 was seen here");
}

fn the_fresh_moss_refuses_an_archive_no_release_key_has_signed() {
    let mut shelf = Shelf::empty();
    let foreign = SigningKey::from_bytes(&[9; 32]);
    shelf.add_signed(env!("CARGO_PKG_VERSION"), &moss(), Some(foreign));
    // Without openssl the sums' signature is not looked at: the program itself is what is left.
    let machine =
        Machine::new("dash", &["curl", "sha256sum"]).env("MOSS_TEST_RELEASE_KEYS", &shelf.keys());
    machine.install(&shelf.script(), &[]).refuses(9, "no release key has signed");
    assert_eq!(machine.moss(), None);
}
