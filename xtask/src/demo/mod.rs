//! `cargo demo`: the whole loop, from a plan to a score, played with the real binaries.

mod interrupt;
mod living;
mod stage;
mod story;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail, ensure};
use tempfile::TempDir;
use test_support::server::{Config, Launch, secret};

use crate::workspace::build_in_sight;
use interrupt::{Interrupts, Outcome, be_silent_about_closed_pipes};
use stage::Stage;

const INTRODUCTION: &str = "\
The moss demo: a server and five agents go from a plan to a closed task and a score, in a folder
that is removed at the end. Every command you will see is really run. First `moss` and
`moss-server` are built: some minutes on a fresh checkout. The story then takes seconds.
";

/// How long an abandoned command of the story may keep the folder from being removed.
const REMOVAL_PATIENCE: Duration = Duration::from_secs(2);

/// Plays the story. With `keep` the server stays up, and how to join it is printed. Interrupted, it
/// leaves no server and no folder behind.
///
/// # Errors
/// When something cannot be built or started, the story takes another turn than it should, or
/// somebody interrupts it.
pub fn run(keep: bool) -> Result<()> {
    be_silent_about_closed_pipes();
    println!("{INTRODUCTION}");
    let built = build_in_sight(&["moss", "moss-server"])?;
    println!();
    play(built.executable("moss")?, &built.executable("moss-server")?, keep)
}

fn play(moss: PathBuf, program: &Path, keep: bool) -> Result<()> {
    let began = Instant::now();
    let interrupts = Interrupts::take_over()?;
    let scratch = tempfile::Builder::new().prefix("moss-demo-").tempdir()?;
    let token = secret();
    let password = secret();
    let admin_password = Some(password.as_str());
    let project = "moss demo";
    let config =
        Config { project, registration_token: &token, admin_password, ..Config::default() };
    config.write(scratch.path());
    let server = Launch::with(Command::new(program), scratch.path(), &["serve"])
        .try_start()
        .map_err(|ended| anyhow!("moss-server did not start\n{ended}"))?;
    println!("moss-server at {}, in {}", server.url(), scratch.path().display());

    let stage = Stage {
        moss,
        scratch: scratch.path().to_owned(),
        url: server.url().to_owned(),
        server_pid: server.id(),
        token,
        password,
    };
    let outcome = interrupts.or_end_of(move || {
        let cast = story::play(&stage)?;
        if keep {
            living::play(&cast)?;
            stage.invite();
        }
        Ok(())
    })?;
    match outcome {
        Outcome::Ended(Ok(())) if keep => {
            server.keep();
            let _ = scratch.keep();
            return Ok(());
        }
        Outcome::Ended(Ok(())) => {
            let ended = server.terminate();
            ensure!(ended.status.success(), "moss-server stopped with {ended}");
        }
        Outcome::Ended(Err(error)) => {
            return Err(error.context(format!("the story broke\nserver log:\n{}", server.output())));
        }
        Outcome::Interrupted => {
            drop(server);
            remove(scratch)?;
            bail!("the demo was interrupted: its server is down, its folder is gone");
        }
    }
    remove(scratch)?;
    let seconds = began.elapsed().as_secs_f64();
    println!("\n\nThe story is over after {seconds:.1} s; the server is down, its folder is gone.");
    Ok(())
}

/// Removes the folder, also when an abandoned command of the story writes into it, or makes it, once
/// more.
fn remove(scratch: TempDir) -> Result<()> {
    let folder = scratch.keep();
    let began = Instant::now();
    loop {
        let removed = std::fs::remove_dir_all(&folder);
        std::thread::sleep(Duration::from_millis(20));
        if !folder.exists() {
            return Ok(());
        }
        let why = removed.err().map(|error| format!(": {error}")).unwrap_or_default();
        let late = began.elapsed() > REMOVAL_PATIENCE;
        ensure!(!late, "{} is still there{why}", folder.display());
    }
}
