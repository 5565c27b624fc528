//! Files that were handed in are looked at again without harm, and without holding a reviewer up.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use test_support::builder::{ME, Test};
use test_support::program;
use test_support::responder::Responder;
use test_support::sample::{HELLO, NOW, SUB, page, sub_task};

/// A sub-task that waits for a verdict, with files as an agent of any kind may have named them.
fn server(files: &[Value]) -> Responder {
    let attempt = json!([{
        "sub_task_id": SUB, "number": 2, "agent_id": ME, "agent_name": "AI-Wu",
        "session_id": null, "opened_at": NOW, "ended_at": NOW, "outcome": "submit",
        "artifacts": files
    }]);
    Responder::moss()
        .on("GET /api/sub-tasks/01a3c9f2", sub_task(json!({"status": "review", "attempt": 2})))
        .on(&format!("GET /api/sub-tasks/{SUB}/attempts"), attempt)
        .on("GET /api/logs", json!([]))
        .on("GET /api/review-records", page(&[]))
}

fn file(path: impl AsRef<Path>, size: u64) -> Value {
    json!({"path": path.as_ref(), "size": size, "sha256": HELLO})
}

/// What `moss review show` found, file by file.
fn found(files: &[Value]) -> Vec<String> {
    let _built = program::moss();
    let started = Instant::now();
    let args = ["review", "show", "01a3c9f2", "--json"];
    let ran = Test::at_moss(&server(files), &args).any_stdout().run();
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    let case: Value = serde_json::from_str(&ran.stdout).unwrap();
    let found = case["artifacts"].as_array().unwrap().iter();
    found.map(|artifact| artifact["found"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn only_plain_files_are_read() {
    let dir = tempfile::TempDir::new().unwrap();
    let dir = dir.path().canonicalize().unwrap();
    let pipe = dir.join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::write(dir.join("plain"), "hello").unwrap();
    symlink(dir.join("plain"), dir.join("link")).unwrap();
    symlink("/proc/self", dir.join("self")).unwrap();
    let files = [
        file("/dev/zero", 0),
        file("/proc/self/environ", 0),
        file(dir.join("self/environ"), 0),
        file("/sys/kernel/notes", 0),
        file("plain", 5),
        file("/", 0),
        file(&pipe, 5),
        file(dir.join("link"), 5),
        file(dir.join("plain/below"), 5),
        file(dir.join("plain"), 5),
    ];
    assert_eq!(
        found(&files),
        [
            "not checked: it is a device",
            "not checked: it is a file of the system",
            "not checked: it is a file of the system",
            "not checked: it is a file of the system",
            "not checked: its path is not absolute",
            "not checked: it is a folder",
            "not checked: it is a pipe",
            "not checked: it is a symbolic link",
            "missing",
            "present",
        ]
    );
}

#[test]
fn a_giant_of_holes_is_not_read() {
    let dir = tempfile::TempDir::new().unwrap();
    let giant = dir.path().join("giant");
    let size = 64_000_000_000;
    File::create(&giant).unwrap().set_len(size).unwrap();
    let found = found(&[file(&giant, size), file(&giant, size - 1)]);
    assert_eq!(found, ["not checked: it is sparse, 0 B of 64.0 GB are there", "changed"]);
}

#[test]
fn what_was_not_checked_is_told_apart_from_what_is_gone() {
    let files = [file("/ghost", 5), file("/dev/null", 5)];
    let ran = Test::at_moss(&server(&files), &["review", "show", "01a3c9f2"]).any_stdout().run();
    let told = "1 of 2 files are not here as they were handed in: on another machine, or never made\n\
                1 of 2 files could not be checked: look at them yourself\n\
                missing \"/ghost\" (5 B, sha256 2cf24dba)\n\
                not checked: it is a device \"/dev/null\" (5 B, sha256 2cf24dba)\n";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
}
