//! Whatever file is named on the command line, nothing but a plain one is read, and nobody waits
//! longer than `--timeout`.

use std::fs::File;
use std::io::Read;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use test_support::builder::Test;
use test_support::responder::Responder;
use test_support::sample::{me, packet, sub_task};

fn server() -> Responder {
    Responder::moss()
        .on("POST /api/sub-tasks/01a3c9f2/submit", sub_task(json!({"status": "review"})))
        .on("GET /api/agents/me", me())
        .on("GET /api/wake", packet(json!({})))
}

fn pipe(test: &Test, path: &str) {
    assert!(Command::new("mkfifo").arg(test.path(path)).status().unwrap().success());
}

#[test]
fn a_pipe_is_no_file() {
    let server = server();
    let submit = ["submit", "01a3c9f2"];
    let not_submitted = "hint: hand in plain files that exist; nothing was submitted\n";
    let at_sign = "hint: begin with @@ for a text that starts with @\n";
    for (args, told, code) in [
        (
            &["plan", "apply", "pipe"][..],
            "error: cannot read pipe: it is a pipe; nothing was created\n".to_owned(),
            8,
        ),
        (
            &["plan", "apply", "@pipe"],
            "error: cannot read pipe: it is a pipe; nothing was created\n".to_owned(),
            8,
        ),
        (
            &[&submit[..], &["--artifact", "pipe"]].concat(),
            format!("error: artifact pipe: it is a pipe\n{not_submitted}"),
            8,
        ),
        (
            &[&submit[..], &["--artifact", "/dev/zero"]].concat(),
            format!("error: artifact /dev/zero: it is a device\n{not_submitted}"),
            8,
        ),
        (
            &[&submit[..], &["--summary", "@pipe"]].concat(),
            format!("error: --summary: cannot read pipe: it is a pipe\n{at_sign}"),
            8,
        ),
        (
            &["log", "add", "coding", "@pipe"],
            format!("error: the text: cannot read pipe: it is a pipe\n{at_sign}"),
            8,
        ),
        (
            &["whoami", "--key-file", "pipe"],
            "error: the key pipe is a symbolic link or no file\n\
             hint: put the key itself there, then chmod 600 pipe\n"
                .to_owned(),
            4,
        ),
        (&["self-test", "--archive", "pipe"], "error: cannot read pipe: it is a pipe\n".into(), 1),
        (&["self-test", "--manifest", "pipe"], "error: cannot read pipe: it is a pipe\n".into(), 1),
    ] {
        let started = Instant::now();
        let test = Test::at_moss(&server, args);
        pipe(&test, "pipe");
        test.stderr(&told).status(code).run();
        assert!(started.elapsed() < Duration::from_secs(20), "{args:?}");
    }
    assert_eq!(server.lines(), [""; 0]);
}

#[test]
fn what_the_system_answers_is_no_file() {
    let server = server();
    for path in ["/proc/self/status", "/proc/self/environ", "/sys/kernel/notes"] {
        Test::at_moss(&server, &["submit", "01a3c9f2", "--artifact", path])
            .stderr(&format!(
                "error: artifact {path}: it is a file of the system\n\
                 hint: hand in plain files that exist; nothing was submitted\n"
            ))
            .status(8)
            .run();
    }
    Test::at_moss(&server, &["submit", "01a3c9f2", "--summary", "@/proc/self/status"])
        .stderr(
            "error: --summary: cannot read /proc/self/status: it is a file of the system\n\
             hint: begin with @@ for a text that starts with @\n",
        )
        .status(8)
        .run();
    assert_eq!(server.lines(), [""; 0]);
}

#[test]
fn a_file_that_takes_too_long_is_not_handed_in() {
    let server = server();
    let args = ["submit", "01a3c9f2", "--artifact", "giant", "--timeout", "1"];
    let test = Test::at_moss(&server, &args);
    File::create(test.path("giant")).unwrap().set_len(1 << 40).unwrap();
    let started = Instant::now();
    test.stderr(
        "error: there was no time to read the artifacts\n\
         hint: nothing was submitted; give it longer, as in: --timeout 600\n",
    )
    .status(8)
    .run();
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(server.lines(), [""; 0]);
}

#[test]
fn standard_input_that_stays_open_is_not_waited_for() {
    let server = server();
    for (args, said) in [
        (&["plan", "apply", "-", "--timeout", "1"][..], "; nothing was created"),
        (&["submit", "01a3c9f2", "--summary", "-", "--timeout", "1"], ""),
    ] {
        let test = Test::at_moss(&server, args);
        let started = Instant::now();
        let mut child = test.command().spawn().unwrap();
        let open = child.stdin.take();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert!(started.elapsed() < Duration::from_secs(20), "{args:?}");
        assert_eq!(child.wait().unwrap().code(), Some(8), "{stderr}");
        assert!(
            stderr.starts_with(&format!("error: standard input did not end in time{said}\n")),
            "{stderr}"
        );
        drop(open);
    }
    assert_eq!(server.lines(), [""; 0]);
}

#[test]
fn a_pipe_in_a_files_place_holds_no_wake_up() {
    let server = server();
    let test = Test::at_moss(&server, &["wake"]);
    for name in ["cursor", "best", "update"] {
        pipe(&test, &format!(".moss/{name}"));
    }
    let started = Instant::now();
    test.any_stdout().run();
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(server.lines(), ["GET /api/wake"]);
}
