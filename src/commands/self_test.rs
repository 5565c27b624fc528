//! `moss self-test`: what can be found out about a build without a network, a server or a file.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use moss_api::release::{MAX_MANIFEST_BYTES, Manifest, SignedManifest};
use moss_api::{Exit, Role};
use reqwest::Url;

use crate::client::transport::Transport;
use crate::config::server_kind::ServerKind;
use crate::config::tls_files::TlsFiles;
use crate::error::{Error, Result};
use crate::render::{out, role_text};
use crate::system::files::cannot;
use crate::system::plain_file;
use crate::system::version::version;
use crate::update::{InstallDir, Seen, keys, shown};

#[derive(Args, Debug)]
pub struct SelfTest {
    /// Also whether a release key has signed this archive under its own name
    #[arg(long, value_name = "FILE")]
    archive: Option<PathBuf>,
    /// Also whether one has signed this manifest, it does not recall this version, and it is no
    /// older than what the moss at --beside has seen
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Where moss is or will be; what the manifest says is remembered there
    #[arg(long, value_name = "FILE", requires = "manifest")]
    beside: Option<PathBuf>,
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
    Transport::new(&server, &TlsFiles::default())?;
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
        let mut file = plain_file::open(path).map_err(|e| cannot("read", path, &e))?;
        keys::verify_archive(&mut file, &name)?;
    }
    if let Some(path) = &test.manifest {
        check_manifest(path, test.beside.clone())?;
    }
    out::print(&format!("moss {} works\n", version()))?;
    Ok(Exit::Done)
}

/// For an installer, which looks at the manifest's end itself.
fn check_manifest(path: &Path, beside: Option<PathBuf>) -> Result<()> {
    let refused = |code, what: &str| Error::new(Exit::Update, code, what);
    let mut json = Vec::new();
    let file = plain_file::open(path).map_err(|e| cannot("read", path, &e))?;
    let most = MAX_MANIFEST_BYTES as u64 + 1;
    file.take(most).read_to_end(&mut json).map_err(|e| cannot("read", path, &e))?;
    let keys = keys::keys()?;
    let signed = SignedManifest::open(&json, &keys)
        .map_err(|e| refused("bad_manifest", &format!("it does not believe the manifest: {e}")))?;
    let place = InstallDir { moss: beside.clone().unwrap_or_default() };
    let mut seen = Seen::beside(&place);
    if let Some(seen) = seen.outdates(&signed, &keys) {
        let what = format!("the manifest is an old one: {}", seen.told(signed.stamp.serial));
        return Err(refused("older_manifest", &what));
    }
    seen.learn(&signed);
    if let Some(reason) = seen.recalled().get(&version()) {
        return Err(refused("recalled", &format!("it was recalled: {}", shown(reason))));
    }
    if beside.is_some() {
        let _ = seen.keep(&place);
    }
    Ok(())
}
