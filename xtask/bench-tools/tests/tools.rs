//! The tools against a server of a few lines: what they report is what it did.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bench_tools::Connection;

const ROWS: usize = 50;

/// Hands out numbers up to [`ROWS`], then 204; answers in two pieces, as networks do.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let given = Arc::new(AtomicUsize::new(0));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let given = Arc::clone(&given);
            std::thread::spawn(move || answer(stream.unwrap(), &given));
        }
    });
    address
}

fn answer(mut stream: TcpStream, given: &AtomicUsize) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut chunk) {
        request.extend_from_slice(&chunk[..read]);
        let whole = request.ends_with(b"\r\n\r\n{}") || request.starts_with(b"GET");
        if !whole {
            continue;
        }
        assert!(String::from_utf8_lossy(&request).contains("Authorization: Bearer key-"));
        let answer = match given.fetch_add(1, Ordering::SeqCst) {
            n if n < ROWS => {
                let body = format!("{{\"task_id\":\"no\",\"id\":\"{n:036}\"}}");
                format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
            }
            _ => "HTTP/1.1 204 No Content\r\n\r\n".to_owned(),
        };
        let (first, second) = answer.as_bytes().split_at(answer.len() / 2);
        stream.write_all(first).unwrap();
        stream.write_all(second).unwrap();
        if request.windows(17).any(|w| w == b"Connection: close") {
            return;
        }
        request.clear();
    }
}

/// Runs eight callers against a server of its own; what they report.
fn load(pause: &str) -> String {
    let folder = std::env::temp_dir().join(format!("bench-tools-{}-{pause}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, content: String| {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let keys = file("keys", (0..8).map(|n| format!("key-{n}\n")).collect());
    let paths = file("paths", "/claim-next\n".repeat(ROWS + 8));
    let output = Command::new(env!("CARGO_BIN_EXE_load"))
        .arg(serve())
        .arg(keys)
        .arg("8")
        .arg(paths)
        .arg(pause)
        .output()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn elapsed_micros(report: &str) -> u64 {
    report.lines().find_map(|line| line.strip_prefix("elapsed\t")).unwrap().parse().unwrap()
}

#[test]
fn load_reports_every_answer_once_and_stops() {
    let report = load("0");
    let mut ids: Vec<_> = report
        .lines()
        .filter_map(|line| line.strip_prefix("200\t")?.split('\t').nth(1))
        .map(|id| id.parse::<usize>().unwrap())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..ROWS).collect::<Vec<_>>(), "{report}");
    assert_eq!(report.lines().filter(|line| line.starts_with("204\t")).count(), 8);
    assert!(elapsed_micros(&report) > 0);
}

#[test]
fn callers_pause_between_requests() {
    let report = load("20");
    assert_eq!(report.lines().filter(|line| line.starts_with("200\t")).count(), ROWS);
    // 58 requests by 8 callers: somebody makes 8, and rests before 7 of them.
    assert!(elapsed_micros(&report) >= 7 * 20_000, "{report}");
}

#[test]
fn bare_get_prints_the_body_and_a_connection_is_kept() {
    let address = serve();
    let mut connection = Connection::open(&address, "key-0").unwrap();
    for n in 0..2 {
        let (status, body) = connection.ask("GET", "/x", "").unwrap();
        assert_eq!((status, body.contains(&format!("{n:036}"))), (200, true));
    }
    let output = Command::new(env!("CARGO_BIN_EXE_bare-get"))
        .args([&address, "/x"])
        .env("MOSS_API_KEY", "key-1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains(&format!("{:036}", 2)));
}

#[test]
fn a_small_child_has_a_small_peak() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_peak-rss")).args(["sleep", "0"]).output().unwrap();
    let kib: u64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    assert!((100..50_000).contains(&kib), "{kib} KiB");
}
