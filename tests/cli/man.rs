//! The manual page: whole, well-formed, and about everything there is.

use std::path::Path;

use serde_json::json;

use test_support::builder::{KEY, ME, Test};
use test_support::responder::Responder;
use test_support::sample::moss_health;

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
        ".TP\n--artifact <FILE>...\nEvery file you made; path, size and SHA-256 are recorded\n",
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
        .on("GET /api/wake", test_support::sample::packet(json!({})));
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
