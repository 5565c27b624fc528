//! `moss` where nothing is as it should be: each ends in time, with its exit code and one line of
//! error, and asks nobody anything.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::team::Team;
use test_support::moss::{Ran, Workspace};
use test_support::needs::{MOUNTS, namespace};
use test_support::server::REGISTRATION_TOKEN;

test_support::tests![
    a_closed_port_cannot_be_reached,
    a_server_that_hangs_is_left_in_time,
    a_server_that_drips_is_left_in_time,
    a_server_that_hangs_up_is_said_to,
    a_web_page_is_no_moss_server,
    an_endless_answer_is_not_read_to_the_end,
    a_key_others_can_read_is_not_used,
    a_folder_that_cannot_be_written_is_found_out_before_anyone_is_registered,
    a_read_only_workspace_is_enough_to_work_in needs [MOUNTS],
    ids_are_found_or_told_apart,
    texts_that_do_not_fit_are_refused,
    numbers_that_do_not_fit_are_refused,
    a_broken_plan_is_refused_with_its_line_and_leaves_nothing,
    nothing_is_asked_when_nobody_can_answer,
];

const KEY: &str =
    "ak_00000000000000000000000000000000000000000000000000000000000000000000000000000000";
/// Looks and writes, with and without an id.
const COMMANDS: [&[&str]; 8] = [
    &["wake"],
    &["wake", "--gate"],
    &["mine"],
    &["show", "01a3c9f2"],
    &["claim"],
    &["start", "01a3c9f2"],
    &["log", "add", "coding", "text"],
    &["plan", "apply", "plan.yaml"],
];

fn workspace(server: &str) -> Workspace {
    let workspace = Workspace::new().env("MOSS_SERVER", server).env("MOSS_API_KEY", KEY);
    workspace.write("plan.yaml", "task:\n  name: A plan\n");
    workspace
}

/// Fails the test unless stderr is one line of error and at most one of hint, and stdout empty.
#[track_caller]
fn is_one_error(ran: &Ran) -> &str {
    assert_eq!(ran.stdout, "", "{ran}");
    let lines: Vec<_> = ran.stderr.lines().collect();
    match lines[..] {
        [error] | [error, _] if error.starts_with("error: ") => {
            assert!(lines.get(1).is_none_or(|hint| hint.starts_with("hint: ")), "{ran}");
            error
        }
        _ => panic!("not one line of error\n{ran}"),
    }
}

/// Runs every command against a server; all end with this code, in time, and say this.
#[track_caller]
fn all_end(server: &str, seconds: u64, code: i32, text: &str) {
    let workspace = workspace(server);
    let timeout = seconds.to_string();
    std::thread::scope(|scope| {
        for command in COMMANDS {
            let (workspace, timeout) = (&workspace, timeout.as_str());
            scope.spawn(move || {
                let since = Instant::now();
                let args = [command, &["--timeout", timeout]].concat();
                let ran = workspace.moss_with_input(&args, "");
                let took = since.elapsed();
                assert!(took < Duration::from_secs(seconds + 2), "took {took:?}: {ran}");
                assert!(is_one_error(&ran).contains(text), "{ran}");
                assert!(!ran.stderr.contains(KEY), "the key was said: {ran}");
                ran.exits(code);
            });
        }
    });
}

/// A server that does the same with every connection. It ends with the test process.
fn serve(act: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let act = Arc::new(act);
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let act = act.clone();
            std::thread::spawn(move || act(socket));
        }
    });
    url
}

/// Answers with these bytes, once something was asked.
fn always(answer: &'static str) -> String {
    serve(move |mut socket| {
        let _ = socket.read(&mut [0; 4096]);
        let _ = socket.write_all(answer.as_bytes());
        sleep(Duration::from_millis(200)); // until it has been read
    })
}

fn a_closed_port_cannot_be_reached() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    all_end(&format!("http://{free}"), 2, 7, "cannot be reached");
}

fn a_server_that_hangs_is_left_in_time() {
    all_end(&serve(|_socket| sleep(Duration::from_secs(60))), 2, 7, "did not answer in time");
}

fn a_server_that_drips_is_left_in_time() {
    let url = serve(|mut socket| {
        let _ = socket.read(&mut [0; 4096]);
        let head = b"HTTP/1.1 200 OK\r\nx-moss-version: 0\r\ncontent-length: 100000\r\n\r\n";
        let _ = socket.write_all(head);
        while socket.write_all(b" ").is_ok() {
            sleep(Duration::from_millis(20));
        }
    });
    all_end(&url, 2, 7, "did not answer in time");
}

fn a_server_that_hangs_up_is_said_to() {
    all_end(&serve(drop), 2, 7, "broke off");
}

fn a_web_page_is_no_moss_server() {
    let html = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 31\r\n\r\n\
                <!doctype html><title>x</title>";
    all_end(&always(html), 5, 1, "does not look like a moss server");
    let no_such_page = "HTTP/1.1 404 Not Found\r\ncontent-length: 9\r\n\r\nnot found";
    all_end(&always(no_such_page), 5, 1, "does not look like a moss server");
    let elsewhere =
        "HTTP/1.1 302 Found\r\nlocation: http://192.0.2.1/login\r\ncontent-length: 0\r\n\r\n";
    all_end(&always(elsewhere), 5, 1, "does not look like a moss server");
    all_end(&always("SSH-2.0-OpenSSH_9.9\r\n"), 2, 7, "broke off");
}

fn an_endless_answer_is_not_read_to_the_end() {
    let url = serve(|mut socket| {
        let _ = socket.read(&mut [0; 4096]);
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n", vec![b' '; 0x10000].as_slice(), b"\r\n"].concat();
        while socket.write_all(&chunk).is_ok() {}
    });
    all_end(&url, 10, 1, "larger than 4194304 bytes");
}

fn a_key_others_can_read_is_not_used() {
    let team = Team::start(0, 0);
    let workspace = registered(&team, "AI-Wu");
    workspace.moss(["whoami"]).exits(0);
    let key = workspace.path().join(".moss/key");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o604, 0o640, 0o644, 0o666] {
        std::fs::set_permissions(&key, PermissionsExt::from_mode(mode)).unwrap();
        let ran = workspace.moss(["whoami"]).exits(4).complains("hint: chmod 600 ");
        assert!(is_one_error(&ran).contains("others can read"), "{ran}");
    }
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
    workspace.moss(["whoami"]).exits(0);
}

/// A workspace an agent was registered in by the command itself.
fn registered(team: &Team, name: &str) -> Workspace {
    let workspace = Workspace::new().env("MOSS_REGISTRATION_TOKEN", REGISTRATION_TOKEN);
    let url = team.server.url();
    workspace.moss(["register", "--server", url, "--role", "executor", "--name", name]).exits(0);
    workspace
}

fn a_folder_that_cannot_be_written_is_found_out_before_anyone_is_registered() {
    let team = Team::start(0, 0);
    let agents = || team.must(&team.planner, "GET", "/api/agents", &Value::Null);
    let before = agents();
    let workspace = Workspace::new().env("MOSS_REGISTRATION_TOKEN", REGISTRATION_TOKEN);
    workspace.write(".moss", "a file where the folder should be");
    let url = team.server.url();
    let args = ["register", "--server", url, "--role", "executor", "--name", "AI-Wu"];
    let ran = workspace.moss(args).exits(1);
    assert!(is_one_error(&ran).contains(".moss"), "{ran}");
    assert_eq!(agents(), before);
}

fn a_read_only_workspace_is_enough_to_work_in() {
    let mut shell = namespace();
    let team = Team::start(0, 0);
    team.plan("work", 2);
    let workspace = registered(&team, "AI-Wu");
    let script = "mount --bind . . && mount -o remount,ro,bind . && cd \"$PWD\" && ! touch x && \
                  \"$0\" wake && \"$0\" claim --start && \"$0\" wake --gate && \"$0\" mine";
    let output = shell
        .args(["sh", "-c", script])
        .arg(test_support::program::moss())
        .current_dir(workspace.path())
        .env("HOME", workspace.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(!stderr.contains("error:"), "{stderr}");
}

fn ids_are_found_or_told_apart() {
    let team = Team::start(0, 0);
    let mut ids = team.plan("work", 1_500).1;
    ids.sort();
    let two = ids.windows(2).find(|two| two[0][..4] == two[1][..4]).expect("1,500 ids share none");
    let workspace = team.workspace(&team.planner);
    let ran = workspace.moss(["show", &two[0][..4]]).exits(8);
    let error = is_one_error(&ran);
    assert!(error.contains(&two[0][..8]) && error.contains(&two[1][..8]), "{ran}");
    workspace.moss(["show", &two[0]]).exits(0).says(&two[0][..8]);
    workspace.moss(["show", &two[0].to_uppercase()]).exits(0).says(&two[0][..8]);
    let nobodys = |prefix: &String| !ids.iter().any(|id| id.starts_with(prefix));
    let nowhere = (0..0x10000).map(|n| format!("{n:04x}")).find(nobodys).unwrap();
    for id in [nowhere.as_str(), "00000000-0000-4000-8000-000000000000"] {
        for args in [["show", id], ["plan", "cancel"], ["plan", "status"]] {
            let args = if args[0] == "show" { args.to_vec() } else { [&args[..], &[id]].concat() };
            let ran = workspace.moss_with_input(&args, "").exits(5);
            is_one_error(&ran);
        }
    }
    for id in
        ["", "abc", "zzzz", "01a3c9f2;", "../../etc", "-1", "日本語日本", "01a3%", &"0".repeat(37)]
    {
        let ran = workspace.moss(["show", id]);
        is_one_error(&ran);
        ran.exits(2);
    }
}

fn texts_that_do_not_fit_are_refused() {
    let team = Team::start(1, 0);
    let workspace = team.workspace(&team.executors[0]);
    workspace.write("nul", "a\0b");
    workspace.write("bell", "a\u{7}b");
    workspace.write("most", &"x".repeat(16 * 1024));
    workspace.write("more", &"x".repeat(16 * 1024 + 1));
    workspace.write("huge", &"x".repeat(10 * 1024 * 1024));
    std::fs::write(workspace.path().join("latin1"), b"caf\xe9").unwrap();
    std::fs::create_dir(workspace.path().join("folder")).unwrap();
    for (text, what) in [
        ("@nul", "U+0000"),
        ("@bell", "U+0007"),
        ("@more", "16384"),
        ("@huge", "larger than"),
        ("@latin1", "not UTF-8"),
        ("@folder", "folder"),
        ("@nowhere", "nowhere"),
        ("@/dev/zero", "device"),
    ] {
        let ran = workspace.moss(["log", "add", "coding", text]);
        assert!(is_one_error(&ran).contains(what), "{ran}");
        ran.exits(8);
    }
    workspace.moss(["log", "add", "coding", "@most"]).exits(0);
    for text in ["@@not a file", "🚀 日本語 \"'$(id)`", "-"] {
        workspace.moss_with_input(&["log", "add", "coding", text], "from stdin\n").exits(0);
    }
    let logs = team.must(&team.executors[0], "GET", "/api/logs/mine?limit=3", &Value::Null);
    let said: Vec<_> = logs.as_array().unwrap().iter().map(|log| log["summary"].clone()).collect();
    assert_eq!(said, [json!("from stdin"), json!("🚀 日本語 \"'$(id)`"), json!("@not a file")]);

    let planner = team.workspace(&team.planner);
    planner.write("most", &"x".repeat(64 * 1024));
    planner.write("more", &"x".repeat(64 * 1024 + 1));
    let (task, _) = team.plan("work", 1);
    planner.moss(["plan", "add", &task, "fits", "--description", "@most"]).exits(0);
    let ran = planner.moss(["plan", "add", &task, "too long", "--description", "@more"]).exits(8);
    assert!(is_one_error(&ran).contains("65536"), "{ran}");
    for name in ["", " ", "a\nb", &"x".repeat(201)] {
        let ran = planner.moss(["plan", "add", &task, name]).exits(8);
        is_one_error(&ran);
    }
}

fn numbers_that_do_not_fit_are_refused() {
    let team = Team::start(1, 1);
    let (_, ids) = team.plan("work", 1);
    let reviewer = team.workspace(&team.reviewers[0]);
    let beyond = "9223372036854775808";
    for args in [
        &["list", "--page", beyond][..],
        &["list", "--page-size", beyond],
        &["list", "--page", "-1"],
        &["wake", "--max-tokens", "18446744073709551616"],
        &["review", "approve", &ids[0], "--score", beyond],
        &["review", "approve", &ids[0], "--score", "6"],
        &["review", "approve", &ids[0], "--score", "4", "--attempt", beyond],
        &["score", "adjust", "executor-1", beyond, "why"],
        &["score", "adjust", "executor-1", "1.5", "why"],
        &["wake", "--timeout", "0"],
        &["wake", "--timeout", "18446744073709551616"],
    ] {
        let ran = reviewer.moss_with_input(args, "");
        is_one_error(&ran);
        ran.exits(2);
    }
    for delta in ["9223372036854775807", "-9223372036854775808", "0", "1000001"] {
        let ran = reviewer.moss(["score", "adjust", "executor-1", delta, "why"]).exits(8);
        is_one_error(&ran);
    }
    reviewer.moss(["list", "--page", "9223372036854775807"]).exits(0);
}

fn a_broken_plan_is_refused_with_its_line_and_leaves_nothing() {
    let team = Team::start(0, 0);
    let planner = team.workspace(&team.planner);
    for (plan, place) in [
        ("task:\n  name: A\n  nmae: B\n", ":3:"),
        ("task:\n  name: A\nsub_tasks:\n  - name: B\n   priority: high\n", ":5:"),
        ("task:\n  name: A\nsub_tasks:\n  - name: B\n    priority: someday\n", ":5:"),
        ("task:\n  name: A\nsub_tasks:\n  - description: nameless\n", ":4:"),
        ("task:\n  name: \"A\n", ":"),
        ("task:\n  name: A\ntask:\n  name: B\n", ":3:"),
        ("{\n  \"task\": {\"name\": \"A\"},\n  \"sub_tasks\": [}\n", ":3:"),
        ("", ":1:"),
    ] {
        planner.write("broken.yaml", plan);
        let ran = planner.moss(["plan", "apply", "broken.yaml"]).exits(8);
        let error = is_one_error(&ran);
        assert!(error.contains(&format!("broken.yaml{place}")), "{plan:?}: {ran}");
    }
    let names = "task:\n  name: A\nsub_tasks:\n";
    for (plan, what) in [
        ("  - {name: B, depends_on: [C]}\n  - {name: C, depends_on: [B]}\n", "B"),
        ("  - {name: B, depends_on: [nobody]}\n", "nobody"),
        ("  - {name: B}\n  - {name: B}\n", "B"),
        ("  - {name: B, assignee: nobody}\n", "nobody"),
        ("  - {name: B, module: nowhere}\n", "nowhere"),
    ] {
        planner.write("wrong.yaml", &format!("{names}{plan}"));
        let ran = planner.moss(["plan", "apply", "wrong.yaml"]);
        assert!(is_one_error(&ran).contains(what), "{ran}");
        assert!([5, 8].contains(&ran.code), "{ran}");
    }
    let tasks = team.must(&team.planner, "GET", "/api/tasks", &Value::Null);
    assert_eq!(tasks["total"], 0, "half a plan was left: {tasks}");
}

fn nothing_is_asked_when_nobody_can_answer() {
    let team = Team::start(1, 0);
    team.plan("work", 1);
    let workspace = team.workspace(&team.executors[0]);
    // Standard input that is closed altogether, not merely empty.
    for command in
        ["wake", "claim", "log add coding -", "plan apply -", "--key-file - mine", "register"]
    {
        let script =
            format!("exec '{}' {command} <&- 2>&1", test_support::program::moss().display());
        let since = Instant::now();
        let output = Command::new("sh")
            .args(["-c", &script])
            .current_dir(workspace.path())
            .env("MOSS_SERVER", team.server.url())
            .env("MOSS_API_KEY", &team.executors[0].key)
            .output()
            .unwrap();
        assert!(since.elapsed() < Duration::from_secs(10), "{command}");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(!said.contains("panicked"), "{command}: {said}");
        assert!(output.status.code().is_some(), "{command}: {said}");
    }
}
