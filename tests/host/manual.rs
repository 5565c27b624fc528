//! The manual page, judged by mandoc, and asked for at a terminal.

use std::process::{Command, Stdio};

use test_support::builder::Test;
use test_support::moss::run;
use test_support::program::moss;

test_support::tests![
    is_well_formed needs ["mandoc"],
    somebody_at_a_terminal_is_told_how_to_read_it needs ["script"],
];

/// mandoc's words on the page.
fn mandoc(args: &[&str]) -> String {
    let page = Test::nowhere(&["man"]).any_stdout().run().stdout;
    let mut mandoc = Command::new("mandoc");
    mandoc.args(args);
    run(mandoc, &page).stdout
}

/// mandoc finds nothing wrong, and shows it the way man does.
fn is_well_formed() {
    let findings = mandoc(&["-T", "lint", "-W", "warning"]);
    let findings: Vec<_> = findings.lines().filter(|line| !line.contains("missing date")).collect();
    assert!(findings.is_empty(), "{findings:#?}");
    let shown = mandoc(&["-T", "ascii", "-O", "width=100"]);
    let mut bold = shown.chars().peekable();
    let mut text = String::new();
    while let Some(c) = bold.next() {
        if bold.next_if_eq(&'\u{8}').is_none() {
            text.push(c); // bold is a letter, a step back, and the letter again
        }
    }
    for line in [
        "   moss review approve [OPTIONS] --score <SCORE> <ID>\n",
        "\n       .moss/key\n",
        "\n       7      the server cannot",
    ] {
        assert!(text.contains(line), "{line}\nis not in\n{text}");
    }
}

fn somebody_at_a_terminal_is_told_how_to_read_it() {
    let line = format!("{} man", moss().display());
    let mut script = Command::new("script");
    let ran = script.args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output().unwrap();
    let shown = String::from_utf8(ran.stdout).unwrap().replace('\r', "");
    let want = "this is a page for man(1), to be read or kept:\n-> moss man | man -l -\n\
                -> mkdir -p ~/.local/share/man/man1 && moss man > ~/.local/share/man/man1/moss.1 && man moss\n";
    assert!(shown.ends_with(want), "{shown}");
}
