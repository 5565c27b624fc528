//! The real `moss-server`, in a folder of its own, on a free port.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::Duration;

use tempfile::TempDir;

/// What agents register with.
pub const REGISTRATION_TOKEN: &str = "test-registration-token";
/// What the admin logs in with.
pub const ADMIN_PASSWORD: &str = "test-admin-password";

const START: Duration = Duration::from_secs(30);

/// A running server; killed when dropped, its folder removed.
pub struct Server {
    child: Child,
    url: String,
    folder: TempDir,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Set up, empty, listening.
    pub fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let config = format!(
            "project:\n  name: \"Contract\"\n\
             admin:\n  password: \"{ADMIN_PASSWORD}\"\n\
             agent:\n  registration_token: \"{REGISTRATION_TOKEN}\"\n  allow_registration: true\n\
             server:\n  host: 127.0.0.1\n  port: 0\n\
             database:\n  type: sqlite\n  path: \"{}\"\n\
             workspace:\n  root: \"{}\"\n\
             setup:\n  initialized: true\n",
            path("tasks.db"),
            path("workspace"),
        );
        std::fs::write(folder.path().join("config.yaml"), config).unwrap();
        Self::serve(folder)
    }

    /// Serves a folder that has a `config.yaml`.
    pub fn serve(folder: TempDir) -> Self {
        let (child, url, log) = spawn(folder.path());
        Self { child, url, folder, log }
    }

    /// Kills it the hard way and starts it again on the same folder; the address changes.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        (self.child, self.url, self.log) = spawn(self.folder.path());
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Holds `config.yaml`, the database and the workspace.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has printed so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(folder: &Path) -> (Child, String, Arc<Mutex<String>>) {
    let mut child = Command::new(binary())
        .args(["serve", "--config"])
        .arg(folder.join("config.yaml"))
        .current_dir(folder)
        .env_clear()
        .env("MOSS_SERVER__PORT", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let log = Arc::new(Mutex::new(String::new()));
    let (found, address) = mpsc::channel();
    follow(child.stdout.take().unwrap(), log.clone(), found.clone());
    follow(child.stderr.take().unwrap(), log.clone(), found);
    match address.recv_timeout(START) {
        Ok(url) => (child, url, log),
        Err(_) => {
            let _ = child.kill();
            let status = child.wait().unwrap();
            panic!("moss-server named no address ({status}):\n{}", log.lock().unwrap());
        }
    }
}

/// Copies lines to the log and reports the first address in them.
fn follow(pipe: impl Read + Send + 'static, log: Arc<Mutex<String>>, found: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if let Some(url) = address(&line) {
                let _ = found.send(url);
            }
            let mut log = log.lock().unwrap();
            log.push_str(&line);
            log.push('\n');
        }
    });
}

fn address(line: &str) -> Option<String> {
    let at = line.find("http://127.0.0.1:")?;
    let url = line.get(at..)?;
    let port = url.get("http://127.0.0.1:".len()..)?;
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    let port = port.get(..digits)?;
    (!port.is_empty() && port != "0").then(|| format!("http://127.0.0.1:{port}"))
}

/// The server's binary beside the command's, built once a run: Cargo builds only the binaries of
/// the package under test by itself.
pub fn binary() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_BIN_EXE_moss")).parent().unwrap();
        let profile = match folder.file_name().and_then(|name| name.to_str()) {
            Some("debug") | None => "dev",
            Some(profile) => profile,
        };
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "moss-server", "--profile", profile])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        folder.join(format!("moss-server{}", std::env::consts::EXE_SUFFIX))
    })
}
