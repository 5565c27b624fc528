//! Where there was no moss before.

use crate::machine::{BUSYBOX, EVERYTHING, Machine, Refuses, SHELLS, USUAL};
use crate::shelf::{SECOND_TARGET, Shelf, TARGET};

test_support::tests![
    every_shell_installs_with_whatever_downloads needs EVERYTHING,
    busybox_alone_is_enough_and_says_what_it_cannot_check needs BUSYBOX,
    the_new_moss_judges_its_own_archive needs USUAL,
    any_tool_for_a_checksum_will_do_and_without_one_nothing_is_installed needs ["dash", "curl", "openssl", "busybox", "shasum"],
    without_curl_and_wget_nothing_is_installed needs USUAL,
    musl_goes_before_gnu_and_gnu_before_nothing needs USUAL,
    the_newest_is_by_number_and_was_not_recalled needs USUAL,
    a_dry_run_does_nothing needs USUAL,
    what_cannot_be_meant_is_refused needs USUAL,
];

fn every_shell_installs_with_whatever_downloads() {
    let shelf = Shelf::with(&["0.2.0"]);
    let script = shelf.script();
    for shell in SHELLS {
        for tool in ["curl", "wget"] {
            let machine = Machine::new(shell, &[tool, "sha256sum", "openssl"]);
            let ran = machine.install(&script, &[]).exits(0);
            let (dir, url) = (machine.dir().display().to_string(), shelf.url());
            let said = format!(
                "installed moss 0.2.0 in {dir}\n\
                 no timer looks in {dir}: a crontab or a systemd unit says {dir}/moss\n\
                 {dir} is not in your PATH: export PATH={dir}:$PATH\n\
                 -> {dir}/moss register --server {url} --role ROLE --name NAME\n"
            );
            assert_eq!((ran.stdout, ran.stderr.as_str()), (said, ""), "{shell} {tool}");
            assert_eq!(machine.version(), "0.2.0");
        }
    }
}

fn busybox_alone_is_enough_and_says_what_it_cannot_check() {
    let shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::busybox();
    let ran = machine.install(&shelf.script(), &[]).exits(0);
    let note = "note: there is no OpenSSL 3 here: that the release is signed is checked by the \
                new moss alone\n";
    assert_eq!(ran.stderr, note);
    assert_eq!(machine.version(), "0.2.0");
}

fn the_new_moss_judges_its_own_archive() {
    let shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::usual();
    machine.install(&shelf.script(), &[]).exits(0);
    let calls = machine.calls();
    let tested = format!("/moss-0.2.0-{TARGET}.tar.gz");
    assert_eq!((calls.len(), calls[0].as_str()), (2, "--version"));
    let told: Vec<_> = calls[1].split(' ').collect();
    let ["self-test", "--archive", archive, "--manifest", manifest, "--beside", moss] = told[..]
    else {
        panic!("{calls:?}")
    };
    assert!(archive.ends_with(&tested) && manifest.ends_with("/manifest.json"), "{calls:?}");
    assert_eq!(moss, machine.dir().join("moss").to_str().unwrap());
}

fn any_tool_for_a_checksum_will_do_and_without_one_nothing_is_installed() {
    let shelf = Shelf::with(&["0.2.0"]);
    let script = shelf.script();
    for tool in ["sha256sum", "shasum", "openssl", "busybox"] {
        let machine = Machine::new("dash", &["curl", tool]);
        // shasum is Perl.
        let machine = machine.env("PERL5LIB", "");
        if tool == "shasum" {
            std::os::unix::fs::symlink("/usr/bin/perl", machine.tool("perl")).unwrap();
        }
        machine.install(&script, &[]).exits(0);
        assert_eq!(machine.version(), "0.2.0", "{tool}");
    }
    let machine = Machine::new("dash", &["curl"]);
    machine.install(&script, &[]).refuses(9, "nothing here computes a SHA-256");
    assert_eq!(machine.moss(), None);
}

fn without_curl_and_wget_nothing_is_installed() {
    let shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::new("dash", &["sha256sum"]);
    machine.install(&shelf.script(), &[]).refuses(9, "there is neither curl nor wget here");
    for tool in ["awk", "date", "tar", "gzip"] {
        let machine = Machine::usual().without(tool);
        machine.install(&shelf.script(), &[]).refuses(9, &format!("there is no {tool} here"));
    }
}

fn musl_goes_before_gnu_and_gnu_before_nothing() {
    let mut shelf = Shelf::empty();
    let machine = Machine::usual();
    let script = shelf.script();
    let program = |version| format!("#!/bin/sh\necho moss {version}\n");
    shelf.add_program("0.1.0", "riscv64gc-unknown-linux-gnu", program("0.1.0").as_bytes());
    machine.install(&script, &[]).refuses(5, &format!("has no moss for {TARGET}"));
    shelf.add_program("0.2.0", SECOND_TARGET, program("0.2.0").as_bytes());
    machine.install(&script, &["--dry-run"]).exits(0).says(&format!("0.2.0-{SECOND_TARGET}.tar"));
    shelf.add_program("0.3.0", TARGET, program("0.3.0").as_bytes());
    machine.install(&script, &["--dry-run"]).exits(0).says(&format!("0.3.0-{TARGET}.tar"));
    machine.install(&script, &["--version", "v0.2.0"]).exits(0);
    assert_eq!(machine.version(), "0.2.0");
}

fn the_newest_is_by_number_and_was_not_recalled() {
    let mut shelf = Shelf::with(&["0.10.0", "0.9.0", "0.11.0"]);
    shelf.change(|release| {
        release["recalled"] = serde_json::json!({ "reason": "it \"eats\" {files}, [too] \\" });
    });
    let machine = Machine::usual();
    let script = shelf.script();
    machine.install(&script, &["--dry-run"]).exits(0).says("would install moss 0.10.0 in ");
    let asked = machine.install(&script, &["--version=0.11.0"]);
    asked.refuses(9, "moss 0.11.0 was recalled by those who made it");
    assert_eq!(machine.moss(), None);
    machine.install(&script, &["--version", "0.12.0"]).refuses(5, "has no moss 0.12.0");
}

fn a_dry_run_does_nothing() {
    let shelf = Shelf::with(&["0.2.0"]);
    let machine = Machine::usual();
    let args = ["--dry-run", "--role", "executor", "--name", "AI-Wu"];
    let ran = machine.install(&shelf.script(), &args).exits(0);
    let (dir, url) = (machine.dir(), shelf.url());
    let said = format!(
        "would install moss 0.2.0 in {}, from {url}/releases/moss-0.2.0-{TARGET}.tar.gz\n\
         would register AI-Wu as executor at {url} in {}, and install its skill\n",
        dir.display(),
        machine.home().display()
    );
    assert_eq!((ran.stdout, ran.stderr.as_str()), (said, ""));
    assert!(!dir.exists() && machine.calls().is_empty());
}

fn what_cannot_be_meant_is_refused() {
    let shelf = Shelf::empty();
    let script = shelf.script();
    let machine = Machine::usual();
    for (args, words) in [
        (&["--sudo"][..], "there is no argument '--sudo'"),
        (&["extra"], "there is no argument 'extra'"),
        (&["--version"], "--version needs a value"),
        (&["--version", "newest"], "'newest' is no version"),
        (&["--version", "1.2.3.4"], "'1.2.3.4' is no version"),
        (&["--version", "../1.2"], "'../1.2' is no version"),
        (&["--role", "king", "--name", "a"], "'king' is no role"),
        (&["--role", "executor"], "--role needs --name"),
        (&["--name", "a"], "--name needs --role"),
        (&["--server", "moss.example.com"], "'moss.example.com' is no address"),
        (&["--server", "http://a;ls"], "'http://a;ls' is no address"),
        (&["--server", "http://$(ls)"], "is no address"),
        (&["--server="], "--server needs a value"),
    ] {
        machine.run(&script, args).refuses(2, words);
    }
    machine.run(&script, &["--help"]).exits(0).says("usage: install.sh");
    machine.install(&script, &[]).refuses(5, "has no releases");
    let unfilled = include_str!("../../../../install.sh");
    machine.run(unfilled, &[]).refuses(2, "knows no server");
    machine.run(unfilled, &["--server", shelf.url()]).refuses(2, "knows no release keys");
}
