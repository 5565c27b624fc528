//! HTTPS as the program serves it: to who believes its authority, to who shows a certificate when it asks
//! for one, renewed while it runs, and asked for by `health`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use test_support::database::{Authority, OPENSSL};
use test_support::server::{Config, Launch, Process};

const CURL: &str = "curl";

test_support::tests![
    https_is_served_renewed_and_asked_for needs [OPENSSL, CURL],
    a_client_shows_a_certificate_when_it_is_asked_for_one needs [OPENSSL, CURL],
    files_that_are_no_good_are_named needs [OPENSSL],
];

/// A server that has this certificate; `more` goes into `server.tls`.
fn launch(folder: &Path, authority: &Authority, more: &str) -> Launch {
    Config::default().write(folder);
    for file in ["server.key", "server.pem"] {
        fs::copy(authority.path(file), folder.join(file)).unwrap();
    }
    let tls = format!("{{cert: server.pem, key: server.key{more}}}");
    Launch::new(folder).env("MOSS_SERVER__TLS", &tls)
}

/// `127.0.0.1:PORT`
fn address(server: &Process) -> &str {
    server.url().rsplit('/').next().unwrap()
}

/// What curl is answered who believes this authority: the status, or its own exit code.
fn asked(server: &Process, authority: &Authority, more: &[&str]) -> String {
    let port = address(server).rsplit(':').next().unwrap();
    let output = Command::new(CURL)
        .args(["-sS", "--max-time", "10", "-o", "/dev/null", "-w", "%{http_code}"])
        .arg("--cacert")
        .arg(authority.certificate())
        .args(more)
        .arg(format!("https://localhost:{port}/api/health"))
        .output()
        .unwrap();
    match output.status.code() {
        Some(0) => String::from_utf8_lossy(&output.stdout).into_owned(),
        code => format!("curl {}", code.unwrap_or(-1)),
    }
}

fn https_is_served_renewed_and_asked_for() {
    let (folder, authority, other) =
        (tempfile::tempdir().unwrap(), Authority::new(), Authority::new());
    authority.sign("server", "first");
    other.sign("server", "second");
    let server = launch(folder.path(), &authority, "").start();
    assert!(server.stdout().contains(" listening on https://127.0.0.1:"), "{}", server.stdout());
    assert_eq!(asked(&server, &authority, &[]), "200");
    assert_eq!(asked(&server, &authority, &["--tls-max", "1.1"]), "curl 35");
    assert_eq!(asked(&server, &other, &[]), "curl 60");
    let tls = "{cert: server.pem, key: server.key}";
    let health = Launch::command(folder.path(), &["health"]).env("MOSS_SERVER__TLS", tls).ends();
    assert!(health.stdout.starts_with("ok: moss-server "), "{health}");

    // What is no good changes nothing; then the other's is served.
    for (file, from) in [("server.key", &other), ("server.pem", &other)] {
        fs::copy(from.path(file), folder.path().join(file)).unwrap();
        server.signal(Signal::SIGHUP);
        let until = Instant::now() + Duration::from_secs(10);
        let wanted = if file == "server.key" { &authority } else { &other };
        while asked(&server, wanted, &[]) != "200" {
            assert!(Instant::now() < until, "{file}: {}", server.stderr());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    assert_eq!(asked(&server, &authority, &[]), "curl 60");
    assert!(server.stderr().contains("do not go together"), "{}", server.stderr());
    // Who speaks no TLS is nobody.
    let plain = std::net::TcpStream::connect(address(&server)).unwrap();
    plain.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    use std::io::{Read, Write};
    (&plain).write_all(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = (&plain).read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{}", String::from_utf8_lossy(&answer));
    assert!(server.terminate().status.success());
}

fn a_client_shows_a_certificate_when_it_is_asked_for_one() {
    let (folder, authority, other) =
        (tempfile::tempdir().unwrap(), Authority::new(), Authority::new());
    authority.sign("server", "server");
    authority.sign("agent", "AI-Wu");
    other.sign("agent", "a stranger");
    let ca = authority.certificate().display().to_string();
    let server = launch(folder.path(), &authority, &format!(", client_ca: {ca}")).start();
    let with = |of: &Authority| {
        let file = |name: &str| of.path(name).display().to_string();
        let (cert, key) = (file("agent.pem"), file("agent.key"));
        asked(&server, &authority, &["--cert", &cert, "--key", &key])
    };
    assert_eq!(with(&authority), "200");
    assert!(with(&other).starts_with("curl "));
    assert!(asked(&server, &authority, &[]).starts_with("curl "));
    assert!(server.terminate().status.success());
}

fn files_that_are_no_good_are_named() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    authority.sign("server", "server");
    let refused = |more: &str| launch(folder.path(), &authority, more).ends();
    let missing = refused(", client_ca: nowhere.pem");
    assert!(missing.stderr.contains("nowhere.pem cannot be used: "), "{missing}");
    Config::default().write(folder.path());
    for (tls, why) in [
        ("{cert: server.pem}", "server.tls needs both: cert and key"),
        ("{cert: server.key, key: server.key}", "server.key cannot be used: "),
        ("{cert: server.pem, key: config.yaml}", "config.yaml cannot be used: "),
    ] {
        let refused = Launch::new(folder.path()).env("MOSS_SERVER__TLS", tls).ends();
        assert!(refused.stderr.contains(why), "{tls}: {refused}");
    }
}
