//! Servers that are not there, break off, or lie behind something.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use crate::machine::{EVERYTHING, Machine, Refuses, find};
use crate::shelf::{Shelf, TARGET, openssl};
use test_support::http::Request;
use test_support::responder::{Reply, listen};

test_support::tests![
    a_server_that_is_not_there needs EVERYTHING,
    a_proxy_is_used_and_not_for_this_machine needs EVERYTHING,
    a_download_that_breaks_off needs EVERYTHING,
    a_server_that_has_its_releases_elsewhere needs EVERYTHING,
    a_certificate_nobody_knows needs ["dash", "curl", "wget", "openssl"],
];

/// Stands between: hands requests for any host on to one server, and writes them down.
pub struct Between {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Between {
    /// Of an answer about an archive, only so many bytes get through.
    fn start(upstream: &str, cut: Option<usize>) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (noted, upstream) = (Arc::clone(&seen), upstream.to_owned());
        let url = listen(move |asked| {
            noted.lock().unwrap().push(asked.line.clone());
            let asked = &asked.path;
            let path = asked.find("/releases/").map_or(&asked[..], |at| &asked[at..]);
            let reply = Request::new("GET", path).send(&upstream);
            match cut.filter(|_| path.ends_with(".tar.gz")) {
                Some(at) => Reply::cut(reply.body, at),
                None => Reply::new(reply.status, reply.body),
            }
            .header("connection: close")
        });
        Self { url, seen }
    }

    fn seen(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

fn a_server_that_is_not_there() {
    let script = Shelf::empty().script();
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for machine in
        [Machine::usual(), Machine::new("bash", &["wget", "sha256sum"]), Machine::busybox()]
    {
        machine.has("0.1.0");
        let words = format!("{nobody}/releases/manifest.json cannot be had: ");
        machine.install(&script, &["--server", &nobody]).refuses(7, &words);
        assert_eq!(machine.version(), "0.1.0");
        let unknown = ["--server", "http://moss.invalid"];
        machine.install(&script, &unknown).refuses(7, "http://moss.invalid/releases/manifest.json");
    }
}

fn a_proxy_is_used_and_not_for_this_machine() {
    let shelf = Shelf::with(&["0.2.0"]);
    let script = shelf.script();
    let proxy = Between::start(shelf.url(), None);
    for machine in
        [Machine::usual(), Machine::new("dash", &["wget", "sha256sum"]), Machine::busybox()]
    {
        let machine = machine.env("http_proxy", &proxy.url);
        machine.install(&script, &["--server=http://moss.test"]).exits(0);
        assert_eq!(machine.version(), "0.2.0");
        let first = "GET http://moss.test/releases/manifest.json";
        let seen = proxy.seen();
        assert!(seen[0] == first && seen.len() >= 2, "{seen:?}");
        for local in [shelf.url().to_owned(), shelf.url().replace("127.0.0.1", "localhost")] {
            machine.has("0.1.0");
            machine.install(&script, &["--server", &local]).exits(0);
            assert_eq!((machine.version().as_str(), proxy.seen().len()), ("0.2.0", 0), "{local}");
        }
    }
}

fn a_download_that_breaks_off() {
    let shelf = Shelf::with(&["0.2.0"]);
    let script = shelf.script();
    let name = format!("moss-0.2.0-{TARGET}.tar.gz");
    let size = std::fs::read(shelf.file(&name)).unwrap().len();
    let random = |below: usize| {
        use std::hash::{BuildHasher, Hasher, RandomState};
        usize::try_from(RandomState::new().build_hasher().finish()).unwrap() % below
    };
    let places = [0, 1, size - 1, random(size), random(size), random(size)];
    for (at, place) in places.into_iter().enumerate() {
        let server = Between::start(shelf.url(), Some(place));
        let mut machines = vec![Machine::usual(), Machine::busybox()];
        if at == 3 {
            machines.push(Machine::new("dash", &["wget", "sha256sum"])); // it tries for seconds
        }
        for machine in machines {
            machine.has("0.1.0");
            let ran = machine.install(&script, &["--server", &server.url]);
            assert!(ran.code == 7 || ran.code == 9, "cut to {place} of {size}: {ran:?}");
            let code = ran.code;
            ran.refuses(code, &name);
            assert_eq!(machine.version(), "0.1.0", "cut to {place} of {size}");
        }
    }
    let server = Between::start(shelf.url(), Some(size));
    let machine = Machine::usual();
    machine.install(&script, &["--server", &server.url]).exits(0);
}

fn a_server_that_has_its_releases_elsewhere() {
    let shelf = Shelf::with(&["0.2.0"]);
    let folder = TempDir::new().unwrap();
    test_support::server::configure(folder.path(), "tasks.db");
    let pointing = test_support::server::Launch::new(folder.path())
        .env("MOSS_RELEASES__SOURCE", &format!("{}/releases", shelf.url()))
        .start();
    for machine in
        [Machine::usual(), Machine::new("dash", &["wget", "sha256sum"]), Machine::busybox()]
    {
        machine.install(&shelf.script(), &["--server", pointing.url()]).exits(0);
        assert_eq!(machine.version(), "0.2.0");
    }
}

/// The releases over TLS, with a certificate nobody knows; ends when dropped.
pub struct Tls {
    child: Child,
    folder: TempDir,
    pub url: String,
}

impl Tls {
    pub fn start(shelf: &Shelf) -> Self {
        let folder = TempDir::new().unwrap();
        openssl(
            folder.path(),
            &[
                "req",
                "-x509",
                "-newkey",
                "ed25519",
                "-nodes",
                "-keyout",
                "key",
                "-out",
                "cert",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
            ],
        );
        let port = {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            listener.local_addr().unwrap().port()
        };
        let child = Command::new(find("openssl"))
            .args(["s_server", "-quiet", "-WWW", "-accept", &format!("127.0.0.1:{port}")])
            .arg("-cert")
            .arg(folder.path().join("cert"))
            .arg("-key")
            .arg(folder.path().join("key"))
            .current_dir(shelf.folder())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Self { child, folder, url: format!("https://localhost:{port}") }
    }

    /// The certificate, for those who are to know it.
    pub fn certificate(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("cert")).unwrap()
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn a_certificate_nobody_knows() {
    let shelf = Shelf::with(&["0.2.0"]);
    let script = shelf.script();
    let tls = Tls::start(&shelf);
    for tool in ["curl", "wget"] {
        let machine = Machine::new("dash", &[tool, "sha256sum"]);
        machine.has("0.1.0");
        let words = format!("{}/releases/manifest.json cannot be trusted: ", tls.url);
        machine.install(&script, &["--server", &tls.url]).refuses(7, &words);
        assert_eq!(machine.version(), "0.1.0");
        let (ca, settings) = (machine.home().join("ca"), machine.home().join("wgetrc"));
        std::fs::write(&ca, tls.certificate()).unwrap();
        std::fs::write(&settings, format!("ca_certificate = {}\n", ca.display())).unwrap();
        let machine = machine.env("CURL_CA_BUNDLE", ca.to_str().unwrap());
        let machine = machine.env("WGETRC", settings.to_str().unwrap());
        machine.install(&script, &["--server", &tls.url]).exits(0);
        assert_eq!(machine.version(), "0.2.0");
    }
}
