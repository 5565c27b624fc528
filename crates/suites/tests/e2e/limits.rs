//! Input no client should send, and more of it than fits: refused or cut off, never a 500, and
//! everybody else is served meanwhile.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use moss_api::MAX_BODY_BYTES;
use serde_json::{Value, json};

use crate::connection::{Connection, request};
use crate::team::Team;
use test_support::server::Process;

test_support::tests![
    bodies_of_fifty_mebibytes_are_refused_and_not_kept,
    garbage_is_no_request,
    a_malformed_chunk_is_called_so,
    odd_paths_and_queries_are_answered,
    header_floods_are_refused,
    a_thousand_connections_are_served,
    slow_clients_hold_up_nobody,
    peers_that_go_away_leave_nothing_behind,
];

/// How long others may have to wait while somebody misbehaves.
const SOON: Duration = Duration::from_secs(5);
/// What a refused flood may cost the server for good, in KiB.
const MEMORY: u64 = 24 * 1024;

/// Fails the test unless the server answers and has neither failed nor panicked.
#[track_caller]
fn is_well(server: &Process) {
    let since = Instant::now();
    let health = "GET /api/health HTTP/1.1\r\nhost: moss\r\n\r\n";
    let answer = Connection::open(server.address()).unwrap().ask(health).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(since.elapsed() < SOON, "others wait for {:?}", since.elapsed());
    let stderr = server.stderr();
    assert!(!stderr.contains("panicked") && !stderr.contains("ERROR"), "{stderr}");
}

/// Writes as much of it as the server takes, then reads what it says until it closes.
fn pour(server: &Process, parts: impl Iterator<Item = Vec<u8>>) -> String {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.set_write_timeout(Some(SOON)).unwrap();
    for part in parts {
        if socket.write_all(&part).is_err() {
            break;
        }
    }
    hear(socket)
}

/// Writes it and hangs up, so that nothing is waited for that will not come.
fn throw(server: &Process, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    socket.write_all(bytes).unwrap();
    let _ = socket.shutdown(Shutdown::Write);
    hear(socket)
}

fn hear(mut socket: TcpStream) -> String {
    socket.set_read_timeout(Some(SOON)).unwrap();
    let mut said = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(n @ 1..) = socket.read(&mut chunk) {
        said.extend_from_slice(&chunk[..n]);
    }
    String::from_utf8_lossy(&said).into_owned()
}

fn status(said: &str) -> &str {
    said.split(' ').nth(1).unwrap_or("closed")
}

fn bodies_of_fifty_mebibytes_are_refused_and_not_kept() {
    const BODY: usize = 50 * 1024 * 1024;
    let team = Team::start(1, 0);
    let server = &team.server;
    let key = &team.executors[0].key;
    is_well(server);
    let before = server.memory("VmHWM");
    let head = |length: &str| {
        format!("POST /api/logs HTTP/1.1\r\nauthorization: Bearer {key}\r\n{length}\r\n\r\n")
    };
    let piece = vec![b'x'; 64 * 1024];
    let sized = || {
        let head = head(&format!("content-length: {BODY}")).into_bytes();
        pour(server, std::iter::once(head).chain((0..BODY / piece.len()).map(|_| piece.clone())))
    };
    let chunked = || {
        let head = head("transfer-encoding: chunked").into_bytes();
        let chunk = [b"10000\r\n", piece.as_slice(), b"\r\n"].concat();
        pour(server, std::iter::once(head).chain((0..BODY / piece.len()).map(|_| chunk.clone())))
    };
    std::thread::scope(|scope| {
        let floods: Vec<_> = (0..8)
            .map(|n| scope.spawn(move || if n % 2 == 0 { sized() } else { chunked() }))
            .collect();
        for flood in floods {
            let said = flood.join().unwrap();
            assert!(["413", "closed"].contains(&status(&said)), "{said}");
            assert!(said.is_empty() || said.contains("too_large"), "{said}");
        }
    });
    let grown = server.memory("VmHWM") - before;
    assert!(grown < MEMORY, "{grown} KiB more");
    // One byte over the limit is over it, and the answer to that is heard.
    for (length, want) in [(MAX_BODY_BYTES + 1, 413), (MAX_BODY_BYTES, 422)] {
        let mut connection = Connection::open(server.address()).unwrap();
        let head = head(&format!("content-length: {length}"));
        connection.send(&[head.into_bytes(), vec![b'x'; length]].concat()).unwrap();
        assert_eq!(connection.receive().unwrap().status, want);
    }
    is_well(server);
}

fn garbage_is_no_request() {
    let team = Team::start(0, 0);
    let host = "HTTP/1.1\r\nhost: moss\r\n";
    let nul = format!("GET /api/tasks/\0 {host}\r\n");
    let lines = [
        "\r\n\r\n\r\n",
        "HELO moss\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /api/health HTTP/1.1\r\nhost : moss\r\n\r\n",
        "GET /api/health HTTP/1.1\r\n: \r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        &nul,
        &format!("POST /api/logs {host}content-length: -1\r\n\r\n"),
        &format!("POST /api/logs {host}content-length: 99999999999999999999\r\n\r\n"),
        &format!("POST /api/logs {host}content-length: 1\r\ncontent-length: 2\r\n\r\nxx"),
        &format!("POST /api/logs {host}transfer-encoding: chunked\r\n\r\nzz\r\n"),
        &format!("POST /api/logs {host}transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nx"),
        &format!("POST /api/logs {host}transfer-encoding: gzip\r\n\r\nx"),
        &format!("POST /api/logs {host}content-length: 5\r\nexpect: 200-maybe\r\n\r\nx"),
    ];
    for line in lines {
        let said = throw(&team.server, line.as_bytes());
        let status = status(&said);
        assert!(status == "closed" || status.starts_with('4'), "{line:?}: {said}");
    }
    // Every byte at every place of a request line.
    for byte in 0..=255_u8 {
        for at in [0, 4, 9, 16, 24] {
            let mut bytes = b"GET /api/health HTTP/1.1\r\nhost: moss\r\n\r\n".to_vec();
            bytes[at] = byte;
            let said = throw(&team.server, &bytes);
            assert!(!status(&said).starts_with('5'), "{byte} at {at}: {said}");
        }
    }
    is_well(&team.server);
}

fn a_malformed_chunk_is_called_so() {
    let team = Team::start(0, 0);
    let key = &team.planner.key;
    let head = format!(
        "POST /api/tasks HTTP/1.1\r\nauthorization: Bearer {key}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    for rest in ["zz\r\n{}\r\n", "2\r\n{}x", "-1\r\n", "5\r\n{}"] {
        let said = throw(&team.server, format!("{head}{rest}").as_bytes());
        assert_eq!(status(&said), "400", "{rest:?}: {said}");
        assert!(said.contains("\"broken_body\""), "{rest:?}: {said}");
    }
    is_well(&team.server);
}

fn odd_paths_and_queries_are_answered() {
    let team = Team::start(1, 0);
    let mut connection = Connection::open(team.server.address()).unwrap();
    let long = format!("/api/tasks/{}", "a".repeat(20_000));
    for path in [
        "/api/tasks/%00",
        "/api/tasks/%ff%fe",
        "/api/tasks/%F0%9F%98%80",
        "/api/tasks/..%2f..%2fetc",
        "/api/tasks/%",
        "/api/tasks/%zz",
        "/api//tasks",
        "//etc/passwd",
        "/api/tasks/../../etc",
        "/api/tasks?page=9223372036854775808",
        "/api/tasks?page=-9223372036854775808",
        "/api/tasks?page=9223372036854775807&page_size=9223372036854775807",
        "/api/tasks?page=%00",
        "/api/tasks?status=%ff",
        "/api/sub-tasks?task_id='--",
        "/api/sub-tasks?task_id=%25%25%25%25",
        "/api/logs?days=-9223372036854775808&limit=9223372036854775807",
        "/api/wake?max_tokens=-1",
        "/api/wake?max_tokens=9223372036854775807",
        "/api/wake?since=%00",
        "/api/wake?&&&=&=",
        &long,
    ] {
        let ask = request("GET", path, &team.executors[0].key, "", &Value::Null);
        let answer = connection.ask(&ask).unwrap();
        assert!(answer.status < 500, "{path}: {answer:?}");
        assert!(answer.status == 414 || !answer.json().is_null(), "{path}: {answer:?}");
    }
    is_well(&team.server);
}

fn header_floods_are_refused() {
    let team = Team::start(0, 0);
    let start = || b"GET /api/health HTTP/1.1\r\nhost: moss\r\n".to_vec();
    let many = std::iter::once(start())
        .chain((0..100_000).map(|n| format!("x-{n}: {n}\r\n").into_bytes()));
    let wide = std::iter::once([start(), b"x-wide: ".to_vec()].concat())
        .chain((0..512).map(|_| vec![b'x'; 64 * 1024]));
    let line = std::iter::once(b"GET /".to_vec()).chain((0..512).map(|_| vec![b'x'; 64 * 1024]));
    let before = team.server.memory("VmHWM");
    for said in [pour(&team.server, many), pour(&team.server, wide), pour(&team.server, line)] {
        let status = status(&said);
        assert!(["431", "414", "400", "closed"].contains(&status), "{said}");
    }
    let grown = team.server.memory("VmHWM") - before;
    assert!(grown < MEMORY, "{grown} KiB more");
    is_well(&team.server);
}

fn a_thousand_connections_are_served() {
    let team = Team::start(1, 0);
    let before = team.server.memory("VmRSS");
    let mut connections: Vec<_> =
        (0..1_000).map(|_| Connection::open(team.server.address()).unwrap()).collect();
    // They stay open, idle, while others come and go.
    is_well(&team.server);
    let wake = request("GET", "/api/wake", &team.executors[0].key, "", &Value::Null);
    for connection in &mut connections {
        connection.send(wake.as_bytes()).unwrap();
    }
    for connection in &mut connections {
        let answer = connection.receive().unwrap();
        let busy = answer.status == 503 && answer.head.contains("retry-after:");
        assert!(answer.status == 200 || busy, "{answer:?}");
    }
    let grown = team.server.memory("VmRSS").saturating_sub(before);
    assert!(grown < 128 * 1024, "{grown} KiB for a thousand connections");
    is_well(&team.server);
}

fn slow_clients_hold_up_nobody() {
    let team = Team::start(1, 0);
    let key = &team.executors[0].key;
    let body = json!({ "action": "coding", "summary": "slow" });
    let whole = request("POST", "/api/logs", key, "", &body);
    // Some stop in the head, some in the body; more of them than the server has threads.
    let mut slow: Vec<_> = (0..200)
        .map(|n| {
            let mut connection = Connection::open(team.server.address()).unwrap();
            let stop = if n % 2 == 0 { 20 } else { whole.len() - 3 };
            connection.send(&whole.as_bytes()[..stop]).unwrap();
            (connection, stop)
        })
        .collect();
    is_well(&team.server);
    team.must(&team.executors[0], "POST", "/api/logs", &body);
    // Slow is no crime: who goes on is answered.
    for (connection, stop) in &mut slow {
        connection.send(&whole.as_bytes()[*stop..]).unwrap();
        assert_eq!(connection.receive().unwrap().status, 200);
    }
    is_well(&team.server);
}

fn peers_that_go_away_leave_nothing_behind() {
    let team = Team::start(1, 0);
    let body = json!({ "action": "coding", "summary": "x".repeat(10_000) });
    let whole = request("POST", "/api/logs", &team.executors[0].key, "", &body);
    let sockets = || std::fs::read_dir(format!("/proc/{}/fd", team.server.id())).unwrap().count();
    is_well(&team.server);
    let before = sockets();
    for n in 0..500 {
        let mut connection = Connection::open(team.server.address()).unwrap();
        connection.send(&whole.as_bytes()[..whole.len() * n / 500]).unwrap();
    }
    let end = Instant::now() + SOON;
    while sockets() > before + 5 {
        assert!(Instant::now() < end, "{} sockets, {before} before", sockets());
        std::thread::sleep(Duration::from_millis(5));
    }
    is_well(&team.server);
}
