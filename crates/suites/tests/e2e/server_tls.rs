//! HTTPS as the program serves it: to who believes its authority, to who shows a certificate when it asks
//! for one, renewed while it runs, and asked for by `health`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use test_support::database::{Authority, OPENSSL};
use test_support::moss::Workspace;
use test_support::server::{ADMIN_PASSWORD, Config, Launch, Process, REGISTRATION_TOKEN};

const CURL: &str = "curl";

test_support::tests![
    https_is_served_renewed_and_asked_for needs [OPENSSL, CURL],
    a_client_shows_a_certificate_when_it_is_asked_for_one needs [OPENSSL, CURL],
    an_agent_remembers_whom_it_trusts_and_what_it_shows needs [OPENSSL],
    files_that_are_no_good_are_named needs [OPENSSL],
];

/// A server that has this certificate; `more` goes into `server.tls`.
fn launch(folder: &Path, authority: &Authority, more: &str) -> Launch {
    launch_with(folder, &Config::default(), authority, more)
}

fn launch_with(folder: &Path, config: &Config<'_>, authority: &Authority, more: &str) -> Launch {
    config.write(folder);
    for file in ["server.key", "server.pem"] {
        fs::copy(authority.path(file), folder.join(file)).unwrap();
    }
    let tls = format!("{{cert: server.pem, key: server.key{more}}}");
    Launch::new(folder).env("MOSS_SERVER__TLS", &tls)
}

/// What curl is answered who believes this authority: the status, or its own exit code.
fn asked(server: &Process, authority: &Authority, more: &[&str]) -> String {
    let port = server.address().rsplit(':').next().unwrap();
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
    let plain = std::net::TcpStream::connect(server.address()).unwrap();
    plain.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    use std::io::{Read, Write};
    (&plain).write_all(b"GET /api/health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = (&plain).read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/"), "{}", String::from_utf8_lossy(&answer));
    server.terminate().exits(0);
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
    server.terminate().exits(0);
}

fn an_agent_remembers_whom_it_trusts_and_what_it_shows() {
    let (folder, authority, other) =
        (tempfile::tempdir().unwrap(), Authority::new(), Authority::new());
    authority.sign("server", "server");
    authority.sign("agent", "AI-Wu");
    let ca = authority.certificate().display().to_string();
    let config = Config { admin_password: Some(ADMIN_PASSWORD), ..Config::default() };
    let more = format!(", client_ca: {ca}");
    let server = launch_with(folder.path(), &config, &authority, &more).start();
    // The certificate is of this name.
    let url = server.url().replace("127.0.0.1", "localhost");
    let both = |of: &Authority| {
        let read = |name| fs::read_to_string(of.path(name)).unwrap();
        read("agent.pem") + &read("agent.key")
    };
    let agent = Workspace::new().env("MOSS_REGISTRATION_TOKEN", REGISTRATION_TOKEN);
    agent.write("ca.pem", &fs::read_to_string(&ca).unwrap());
    agent.write("agent.pem", &both(&authority));
    agent.write("cert-only.pem", &fs::read_to_string(authority.path("agent.pem")).unwrap());
    let other_ca = other.certificate().display().to_string();
    let register = ["register", "--server", &url, "--role", "executor", "--name", "AI-Wu"];
    let with = |flags: &[&str]| agent.moss_with_input(&[&register[..], flags].concat(), "");
    // Each error says what is missing, at once, and how it is given.
    for (flags, code, says) in [
        (&[][..], 7, "nobody known vouches for the certificate of https://localhost:"),
        (&["--ca-file", &other_ca], 7, "--ca-file PATH"),
        (&["--ca-file", "ca.pem"], 7, "lets in only who shows a certificate it trusts"),
        (&["--ca-file", "nowhere.pem"], 1, "nowhere.pem: No such file"),
        (&["--ca-file", "ca.pem", "--client-cert", "cert-only.pem"], 8, "no private key in it"),
        (&["--ca-file", "cert-only.key"], 1, "cannot read"),
    ] {
        let began = Instant::now();
        let ran = with(flags);
        assert!(ran.stderr.contains(says) && ran.code == code, "{flags:?}: {ran}");
        assert!(began.elapsed() < Duration::from_secs(5), "{flags:?}");
    }
    with(&["--ca-file", "ca.pem", "--client-cert", "agent.pem"]).exits(0);
    // From now on nothing need be said, from whatever folder below.
    fs::create_dir(agent.path().join("deep")).unwrap();
    agent.moss(["wake"]).exits(3);
    agent.shell("cd deep && moss mine").exits(0);
    agent.moss(["key", "rotate"]).exits(0);
    agent.moss(["doctor"]).says("https, with a certificate that your --ca-file vouches for");
    // The person in charge, who remembers it for each server.
    let person = Workspace::new().env("MOSS_SERVER", &url);
    let (ca, cert) = (agent.path().join("ca.pem"), agent.path().join("agent.pem"));
    let (ca, cert) = (ca.display().to_string(), cert.display().to_string());
    let login = ["login", "--admin", "--ca-file", &ca, "--client-cert", &cert];
    person.moss_with_input(&login, ADMIN_PASSWORD).exits(0);
    person.moss(["--as", "AI-Wu", "mine"]).exits(0);
    person.moss(["goal", "list"]).exits(0);
    // A file that is gone is named.
    fs::remove_file(agent.path().join("ca.pem")).unwrap();
    let gone = agent.moss(["wake"]);
    assert!(gone.stderr.contains("cannot read ") && gone.stderr.contains("ca.pem"), "{gone}");
    server.terminate().exits(0);
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
