//! Which version is taken, and which never.

use crate::release::{listed, recalled};
use crate::site::Site;

test_support::tests![
    nothing_goes_back_unless_it_is_asked_to,
    what_is_asked_for_has_to_exist_and_to_be_a_version,
    a_recall_is_followed_downwards,
    what_was_recalled_is_never_installed,
    what_failed_here_is_not_tried_again_until_there_is_a_newer_one,
    a_wake_up_that_fails_is_the_new_ones_fault_only_when_the_old_one_can,
];

fn nothing_goes_back_unless_it_is_asked_to() {
    let site = Site::new();
    site.offer(&[("0.0.9", "")]);
    site.run(&["update", "--check"]).exits(3).prints("moss 0.1.0 is up to date\n");
    site.run(&["update"]).exits(0).prints("moss 0.1.0 is up to date\n");
    site.version_is("0.1.0");
    site.run(&["update", "--version", "0.0.9"]).exits(0);
    site.version_is("0.0.9");
}

fn what_is_asked_for_has_to_exist_and_to_be_a_version() {
    let site = Site::new();
    site.offer(&[("0.2.0", ""), ("0.1.0", "")]);
    site.run(&["update", "--version", "0.3.0"])
        .exits(9)
        .complains("error: there is no release 0.3.0\nhint: there are: 0.2.0, 0.1.0\n");
    site.run(&["update", "--version", "new"]).exits(2).complains("a version is written like 0.2.0");
    site.run(&["update", "--check", "--rollback"]).exits(2);
    site.version_is("0.1.0");
}

fn a_recall_is_followed_downwards() {
    let site = Site::new();
    site.offer(&[("0.1.0", ""), ("0.0.9", "")]);
    let (bad, good) = (site.archive("0.1.0", ""), site.archive("0.0.9", ""));
    let bad = recalled(listed("0.1.0", &bad), "eats\nfiles");
    site.list(&[bad, listed("0.0.9", &good)]);
    site.run(&["update", "--check"]).exits(0).prints(
        "moss 0.1.0 was recalled: \"eats\\nfiles\"\n0.0.9 takes its place\n-> moss update\n",
    );
    let ran = site.run(&["update"]).exits(0);
    assert!(
        ran.stdout.starts_with("moss 0.1.0 was recalled: \"eats\\nfiles\"\n0.0.9 takes"),
        "{ran:#?}"
    );
    site.version_is("0.0.9");
}

fn what_was_recalled_is_never_installed() {
    let site = Site::new();
    site.offer(&[("0.2.0", "")]);
    let archive = site.archive("0.2.0", "");
    let release = recalled(listed("0.2.0", &archive), "eats files");
    site.list(std::slice::from_ref(&release));
    site.run(&["update", "--check"]).exits(3);
    site.run(&["update", "--version", "0.2.0"])
        .exits(9)
        .complains("error: moss 0.2.0 was recalled: \"eats files\"\n");
    site.version_is("0.1.0");
    // The running one is, and nothing else is to be had.
    let own = recalled(listed("0.1.0", &archive), "leaks");
    site.list(&[own, release]);
    site.run(&["update"])
        .exits(9)
        .complains("moss 0.1.0 was recalled (\"leaks\"), and there is nothing to replace it with");
}

fn what_failed_here_is_not_tried_again_until_there_is_a_newer_one() {
    let site = Site::new();
    site.offer(&[("0.2.0", "[ $1 = wake ] && kill -9 $$")]);
    let ran = site.run(&["update"]).exits(9);
    assert_eq!(
        ran.stderr,
        "error: moss 0.2.0 fails to wake up: it crashes; it was not installed\n\
         hint: it is not tried again by itself; the next release will be\n"
    );
    site.version_is("0.1.0");
    assert_eq!(site.beside(), [".moss.bad", "moss"]);
    site.take_paths();
    site.run(&["update"]).exits(0).prints(
        "moss 0.1.0 stays: 0.2.0 is out, but failed here\n\
         -> moss update --version 0.2.0  # tries it again\n",
    );
    assert_eq!(site.take_paths(), ["/releases/manifest.json"]);
    site.offer(&[("0.2.1", ""), ("0.2.0", "")]);
    site.run(&["update"]).exits(0);
    site.version_is("0.2.1");
}

fn a_wake_up_that_fails_is_the_new_ones_fault_only_when_the_old_one_can() {
    for (instead, how) in [
        ("[ $1 = wake ] && exit 1", "ends with exit code 1"),
        (
            "[ $1 = wake ] && { echo 'error: no such flag' >&2; exit 2; }",
            "code 2: error: no such flag",
        ),
        ("[ $1 = wake ] && exec sleep 60", "hangs"),
    ] {
        let site = Site::new();
        site.offer(&[("0.2.0", instead)]);
        site.run(&["update"]).exits(9).complains(how);
        site.version_is("0.1.0");
        if how != "hangs" {
            site.serves("/api/wake", test_support::responder::Reply::new(200, *b"no packet"));
            site.run(&["update", "--version", "0.2.0"]).exits(0);
            site.version_is("0.2.0");
        }
    }
}
