//! `moss self-test`: what can be found out about a build without a network, a server or a file.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Command};
use moss_api::release::Manifest;
use moss_api::{Exit, Role};
use reqwest::Url;

use crate::client::transport::Transport;
use crate::config::server_kind::ServerKind;
use crate::error::{Error, Result};
use crate::render::role_text;
use crate::system::files::cannot;
use crate::system::version::version;
use crate::update::keys;

#[derive(Args, Debug)]
pub struct SelfTest {
    /// Also whether a release key has signed this archive under its own name
    #[arg(long, value_name = "FILE")]
    archive: Option<PathBuf>,
}

/// Builds `root`'s command line, takes what came of parsing one, sets up TLS, reads the keys, the skills and a manifest.
///
/// # Errors
/// At the first that does not work.
pub fn run(test: &SelfTest, mut root: Command, parsed: Result<(), clap::Error>) -> Result<Exit> {
    let broken = |what: &str| Error::local(format!("this build of moss is broken: {what}"));
    root.build();
    parsed.map_err(|e| broken(&e.to_string()))?;
    let server = Url::parse("https://moss.invalid").map_err(|e| broken(&e.to_string()))?;
    Transport::new(&server)?;
    keys::keys()?;
    for &role in Role::ALL {
        let name = format!("name: moss-{role}");
        if !role_text::skill(role, ServerKind::Moss).lines().any(|line| line == name) {
            return Err(broken(&format!("the skill of a {role} is not its own")));
        }
    }
    let manifest = r#"{"schema":1,"channel":"stable","minimum":"0.1.0","releases":[]}"#;
    Manifest::parse(manifest.as_bytes()).map_err(|e| broken(&e.to_string()))?;
    if let Some(path) = &test.archive {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut file = File::open(path).map_err(|e| cannot("read", path, &e))?;
        keys::verify_archive(&mut file, &name)?;
    }
    let _ = writeln!(std::io::stdout(), "moss {} works", version());
    Ok(Exit::Done)
}
