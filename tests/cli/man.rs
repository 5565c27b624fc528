//! The manual page: whole, well-formed, and about everything there is.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::builder::{KEY, ME, Test};
use crate::responder::Responder;
use crate::sample::moss_health;

fn page() -> String {
    Test::nowhere(&["man"]).any_stdout().run().stdout
}

/// As somebody reads it who searches for a word with a hyphen.
fn plain() -> String {
    page().replace("\\-", "-").replace("\\fB", "").replace("\\fR", "").replace("\\&", "")
}

#[test]
fn tells_what_help_tells() {
    let page = plain();
    for text in [
        ".TH MOSS 1 ",
        ".SS moss plan add [OPTIONS] <TASK> <NAME>\nMake a sub-task\n.TP\n<TASK>\nId of the task\n",
        ".TP\n--artifact <PATH>...\nFiles handed in; path, size and SHA-256 are recorded\n",
        "(also reassign)\n",
        ".EX\nmoss whoami\nmoss whoami --json\n.EE\n",
        ".TP\n--timeout <SECS>\nSeconds the whole command may take [default: 30]\n",
    ] {
        assert!(page.contains(text), "{text}\nis not in\n{page}");
    }
    // A flag every command has is told of once, one that is not taught not at all.
    assert_eq!(page.matches("\n--timeout <SECS>\n").count(), 1);
    for hidden in ["--debug", "--key <", "moss task", "moss st ", "session [", "review create"] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    for (exit, meaning) in moss_api::Exit::ALL {
        let item = format!(".TP\n{}\n{meaning}\n", exit.code());
        assert!(page.contains(&item), "{item}");
    }
}

/// Every name in the sources that looks like a variable of ours. Those of tests are heard by
/// debug builds alone.
#[test]
fn names_every_variable() {
    let page = page();
    let mut found = 0;
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut |source| {
        for literal in source.split('"').skip(1).step_by(2) {
            let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
            let is_ours = literal.starts_with("MOSS_") && !literal.starts_with("MOSS_TEST_");
            if literal == "NO_COLOR" || is_ours && literal.chars().all(is_name) {
                found += 1;
                assert!(page.contains(literal), "src/config/env.rs does not tell of {literal}");
            }
        }
    });
    assert!(found >= 4, "found {found}");
}

fn sources(folder: &Path, look: &mut impl FnMut(&str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, look);
        } else {
            look(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn names_every_file() {
    let page = plain();
    let made =
        json!({"id": ME, "name": "AI-Wu", "role": "executor", "api_key": KEY, "message": ""});
    let server = Responder::moss()
        .on("POST /api/agents/register", made)
        .on("GET /api/health", moss_health())
        .on("GET /api/wake", crate::sample::idle());
    let args = ["register", "--role", "executor", "--name", "AI-Wu", "--server", &server.url];
    let ran = Test::nowhere(&args)
        .env("MOSS_REGISTRATION_TOKEN", "t")
        .any_stdout()
        .any_stderr()
        .run()
        .then(&["wake"])
        .any_stdout()
        .run();
    let files: Vec<_> = std::fs::read_dir(ran.file(".moss")).unwrap().collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        let name = format!("\n.moss/{}\n", file.unwrap().file_name().display());
        assert!(page.contains(&name), "src/commands/man/page.rs does not tell of {name}");
    }
}

/// mandoc judges it, and shows it the way man does.
#[test]
fn is_well_formed() {
    let mandoc = |args: &[&str]| {
        let mut child = Command::new("mandoc")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        child.stdin.take().unwrap().write_all(page().as_bytes()).unwrap();
        Some(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap())
    };
    let Some(findings) = mandoc(&["-T", "lint", "-W", "warning"]) else {
        // Not eprintln: the test harness would keep that to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED mandoc on the manual page: not installed");
        return;
    };
    let findings: Vec<_> = findings.lines().filter(|line| !line.contains("missing date")).collect();
    assert!(findings.is_empty(), "{findings:#?}");
    let shown = mandoc(&["-T", "ascii", "-O", "width=100"]).unwrap();
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

#[test]
fn somebody_at_a_terminal_is_told_how_to_read_it() {
    let line = format!("{} man", env!("CARGO_BIN_EXE_moss"));
    let ran =
        Command::new("script").args(["-qec", &line, "/dev/null"]).stdin(Stdio::null()).output();
    let Ok(ran) = ran else {
        let _ = writeln!(std::io::stderr(), "SKIPPED moss man at a terminal: no script(1)");
        return;
    };
    let shown = String::from_utf8(ran.stdout).unwrap().replace('\r', "");
    let want = "this is a page for man(1), to be read or kept:\n-> moss man | man -l -\n\
                -> mkdir -p ~/.local/share/man/man1 && moss man > ~/.local/share/man/man1/moss.1 && man moss\n";
    assert!(shown.ends_with(want), "{shown}");
}
