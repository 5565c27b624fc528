//! `cargo demo`: the whole loop, from a plan to a score, played with the real binaries.

mod stage;
mod story;

use anyhow::{Context, Result, ensure};
use std::time::Instant;

use crate::server::{Server, write_config};
use crate::workspace::{Profile, build};
use stage::Stage;

/// Plays the story. With `keep` the server stays up, and how to join it is printed.
pub fn run(keep: bool) -> Result<()> {
    let moss = build("moss", "moss", Profile::Dev)?;
    let program = build("moss-server", "moss-server", Profile::Dev)?;

    let began = Instant::now();
    let scratch = tempfile::Builder::new().prefix("moss-demo-").tempdir()?;
    let token = write_config(scratch.path(), "moss demo")?;
    let server = Server::start(&program, scratch.path())?;
    println!("moss-server at {}, in {}", server.url, scratch.path().display());

    let stage = Stage {
        moss,
        scratch: scratch.path().to_owned(),
        url: server.url.clone(),
        server_pid: server.pid(),
        token,
    };
    if let Err(error) = story::play(&stage) {
        return Err(error.context(format!("the story broke\nserver log:\n{}", server.said())));
    }
    if keep {
        stage.invite();
        server.keep();
        let _ = scratch.keep();
        return Ok(());
    }
    server.stop()?;
    let folder = stage.scratch;
    scratch.close().context("removing the scratch folder")?;
    ensure!(!folder.exists(), "{} is still there", folder.display());
    let seconds = began.elapsed().as_secs_f64();
    println!("\n\nThe story is over after {seconds:.1} s; the server is down, its folder is gone.");
    Ok(())
}
