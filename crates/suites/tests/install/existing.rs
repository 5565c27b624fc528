//! Where something is already, and taking it away.

use std::fs;
use std::os::unix::fs::symlink;

use crate::machine::{EVERY_SHELL, Machine, Refuses, SHELLS, USUAL};
use crate::shelf::Shelf;

test_support::tests![
    an_older_one_is_replaced_and_a_newer_one_kept needs EVERY_SHELL,
    what_is_no_moss_is_left_alone_and_one_that_does_not_run_is_not needs USUAL,
    it_is_uninstalled_with_all_that_belongs_to_it needs EVERY_SHELL,
];

fn an_older_one_is_replaced_and_a_newer_one_kept() {
    let shelf = Shelf::with(&["0.9.0", "0.10.0"]);
    let script = shelf.script();
    for shell in SHELLS {
        let machine = Machine::new(shell, &["curl", "sha256sum", "openssl"]);
        let dir = machine.dir().display().to_string();
        let said = |words: &str| format!("{words}\n").replace("DIR", &dir);
        for (has, asks, gets, words) in [
            ("0.1.0", "", "0.10.0", "installed moss 0.10.0 in DIR, in place of 0.1.0"),
            ("0.10.0", "", "0.10.0", "moss 0.10.0 is in DIR already"),
            (
                "0.10.1",
                "",
                "0.10.1",
                "kept moss 0.10.1 in DIR, which is newer than 0.10.0; to go back: --version 0.10.0",
            ),
            ("1.0.0", "", "1.0.0", "kept moss 1.0.0 in DIR"),
            ("0.10.1", "--version=0.10.0", "0.10.0", "installed moss 0.10.0 in DIR, in place of"),
            ("0.10.0", "--version=0.9.0", "0.9.0", "installed moss 0.9.0 in DIR, in place of"),
        ] {
            machine.has(has);
            let args: Vec<_> = Some(asks).filter(|asks| !asks.is_empty()).into_iter().collect();
            let dry = machine.install(&script, &[&args[..], &["--dry-run"]].concat()).exits(0);
            assert_eq!((machine.version().as_str(), dry.stderr.as_str()), (has, ""));
            let ran = machine.install(&script, &args).exits(0);
            assert!(ran.stdout.starts_with(said(words).trim_end()), "{shell}: {}", ran.stdout);
            assert_eq!(machine.version(), gets, "{shell} {has} {asks}");
        }
    }
}

fn what_is_no_moss_is_left_alone_and_one_that_does_not_run_is_not() {
    let shelf = Shelf::with(&["0.2.0"]);
    let script = shelf.script();
    let machine = Machine::usual();
    machine.has_program("#!/bin/sh\necho a game\n");
    for args in [&[][..], &["--version", "0.2.0"], &["--uninstall"]] {
        machine.install(&script, args).refuses(9, "/moss is another program");
    }
    for broken in ["", "#!/bin/sh\nexit 1\n", "\u{7f}ELF"] {
        machine.has_program(broken);
        machine.install(&script, &[]).exits(0);
        assert_eq!(machine.version(), "0.2.0");
    }
    let moss = machine.dir().join("moss");
    fs::remove_file(&moss).unwrap();
    symlink("/absent", &moss).unwrap();
    machine.install(&script, &[]).exits(0);
    assert!(fs::symlink_metadata(&moss).unwrap().is_file());
    fs::remove_file(&moss).unwrap();
    fs::create_dir(&moss).unwrap();
    machine.install(&script, &[]).refuses(9, "/moss is a folder");
}

fn it_is_uninstalled_with_all_that_belongs_to_it() {
    let shelf = Shelf::with(&["0.2.0"]);
    let script = shelf.script();
    for shell in SHELLS {
        let machine = Machine::new(shell, &["curl", "sha256sum"]);
        machine.install(&script, &[]).exits(0);
        let dir = machine.dir();
        for name in
            ["moss.prev", ".moss.lock", ".moss.seen", ".moss.seen.lock", ".moss.bad", "other"]
        {
            fs::write(dir.join(name), "").unwrap();
        }
        let moss = dir.join("moss").display().to_string();
        machine.install(&script, &["--uninstall", "--dry-run"]).exits(0).says("would remove ");
        assert!(dir.join("moss").exists());
        let ran = machine.install(&script, &["--uninstall"]).exits(0);
        let stays = "agents' folders (.moss) with their keys, and skills, stay where they are\n";
        assert_eq!(ran.stdout, format!("removed {moss}\n{stays}"));
        let left: Vec<_> = fs::read_dir(&dir).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["other"]);
        let ran = machine.install(&script, &["--uninstall"]).exits(0);
        assert_eq!(ran.stdout, format!("there is no moss in {}\n{stays}", dir.display()));
    }
}
