//! A moss-server of our own: in a scratch folder, on a free loopback port, gone when dropped.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a starting or stopping server is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// A running server. Killed when dropped; ask [`Server::stop`] for the polite way.
pub struct Server {
    child: Child,
    log: PathBuf,
    kept: bool,
    /// Where it listens, as `http://127.0.0.1:PORT`.
    pub url: String,
}

/// Writes a `config.yaml` with the original's keys and says which token registers agents.
pub fn write_config(folder: &Path, project: &str) -> Result<String> {
    let token = secret()?;
    let config = format!(
        "project:\n  name: {project:?}\n\
         admin:\n  password: {:?}\n\
         agent:\n  registration_token: {token:?}\n  allow_registration: true\n\
         server:\n  host: \"127.0.0.1\"\n  port: 6565\n\
         database:\n  type: sqlite\n  path: \"./data/tasks.db\"\n\
         workspace:\n  root: {:?}\n",
        secret()?,
        folder.join("workspace"),
    );
    std::fs::create_dir_all(folder.join("workspace"))?;
    std::fs::write(folder.join("config.yaml"), config)?;
    Ok(token)
}

/// 128 random bits.
fn secret() -> Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl Server {
    /// Starts `program` in the folder that holds its `config.yaml`, on a port the system picks,
    /// and waits until it says where it listens.
    pub fn start(program: &Path, folder: &Path) -> Result<Self> {
        Self::start_as(Command::new(program), folder)
    }

    /// The same for a command that runs the server inside something else.
    pub fn start_as(mut command: Command, folder: &Path) -> Result<Self> {
        // Into a file, not a pipe: a server that is kept must not lose its reader.
        let log = folder.join("server.log");
        let output = File::create(&log)?;
        let child = command
            .arg("serve")
            .current_dir(folder)
            .env("MOSS_SERVER__PORT", "0")
            .stdin(std::process::Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        let mut server = Self { child, log, kept: false, url: String::new() };
        server.url = server.wait_until_it_listens()?;
        Ok(server)
    }

    fn wait_until_it_listens(&mut self) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = std::fs::read_to_string(&self.log)?;
            if let Some(url) = listening_at(&said) {
                return Ok(url);
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("moss-server ended with {status}:\n{said}");
            }
            ensure!(
                Instant::now() < deadline,
                "moss-server does not say where it listens:\n{said}"
            );
            std::thread::sleep(LOOK);
        }
    }

    /// Its host and port, without the scheme.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id())?;
        kill(Pid::from_raw(pid), Signal::SIGTERM)?;
        let status = self.wait()?;
        ensure!(status.success(), "moss-server stopped with {status}:\n{}", self.said());
        Ok(())
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(Instant::now() < deadline, "moss-server does not stop:\n{}", self.said());
            std::thread::sleep(LOOK);
        }
    }

    /// Leaves it running when we end.
    pub fn keep(mut self) {
        self.kept = true;
    }

    /// What it has printed.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.kept {
            // It may have ended already; there is nothing else to be done for it here.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The address in the line the server prints once it accepts connections, when it is whole.
fn listening_at(said: &str) -> Option<String> {
    const SCHEME: &str = "http://127.0.0.1:";
    let (_, rest) = said.split_once(SCHEME)?;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (port.len() < rest.len() && port != "0").then(|| format!("{SCHEME}{port}"))
}

#[cfg(test)]
mod tests {
    use super::listening_at;

    #[test]
    fn the_address_is_taken_only_when_it_is_whole() {
        assert_eq!(listening_at("listening on http://127.0.0.1:43"), None);
        let whole = "listening on http://127.0.0.1:4321\nmore";
        assert_eq!(listening_at(whole), Some("http://127.0.0.1:4321".into()));
    }
}
