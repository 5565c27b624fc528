//! `moss-server init`: set a server up without a page, before its first start.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use moss_api::ErrorCode;

use crate::cli::output::{eprintln, println};
use crate::config::{Config, is_known_token};
use crate::domain::Refusal;
use crate::files;
use crate::security::new_password;
use crate::security::password;
use crate::security::secret::random_hex;

/// Longest file with a password or a token, in bytes.
const MAX_SECRET: u64 = 4 * 1024;

/// What the server is to be.
#[derive(Debug, clap::Args)]
pub struct Init {
    /// File with the admin password: 8 characters or more, and none that is guessed first
    #[arg(long, value_name = "FILE")]
    admin_password_file: PathBuf,
    /// File with what lets agents register; made up without one
    #[arg(long, value_name = "FILE")]
    registration_token_file: Option<PathBuf>,
    /// Let nobody register but by invites
    #[arg(long)]
    invites_only: bool,
    /// What packets call the project
    #[arg(long, value_name = "NAME")]
    project: Option<String>,
    /// Where agents work, as they see it
    #[arg(long, value_name = "DIR")]
    workspace: Option<String>,
    /// Where agents reach the server, when that is not the address it is bound to
    #[arg(long, value_name = "URL")]
    external_url: Option<String>,
    /// The configuration; written unless it is there
    #[arg(long, value_name = "FILE", default_value = super::configured::CONFIG_FILE)]
    config: PathBuf,
}

/// The first line of a file with a secret.
fn secret(path: &Path) -> anyhow::Result<String> {
    let text = files::read_text(path, MAX_SECRET)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

impl Init {
    /// Writes it into the configuration: the password as its hash.
    ///
    /// # Errors
    /// When there is an admin password already, when something is no good, or when the file cannot be
    /// written. Then it is as it was.
    pub fn run(self) -> anyhow::Result<()> {
        let password = secret(&self.admin_password_file)?;
        new_password::judge(&password)
            .map_err(|why| Refusal::bad_value("the admin password", why.to_string()))
            .map_err(crate::domain::Error::from)?;
        let token = match &self.registration_token_file {
            None => random_hex::<16>().context("the system has no randomness to give")?,
            Some(path) => secret(path)?,
        };
        if token.is_empty() || is_known_token(&token) {
            bail!("the registration token is empty, or the example's, which everybody knows");
        }
        let path = &self.config;
        if !path.exists() {
            Config::create(path)?;
        }
        let before = Config::load(path, std::env::vars())?;
        if before.has_password() {
            let refusal = Refusal::new(
                ErrorCode::AlreadyInitialized,
                format!("{} has an admin password already", path.display()),
            );
            return Err(crate::domain::Error::from(refusal).into());
        }
        let hash = password::hash(&password)
            .map_err(|error| anyhow::anyhow!("the password cannot be hashed: {error}"))?;
        let mut asked = before.clone();
        self.apply(&mut asked, &hash, &token);
        if let Some(unfit) = asked.newly_unfit(&before) {
            bail!("{}", unfit.problem);
        }
        asked.checked().map_err(anyhow::Error::msg)?;
        Config::change_file(path, |file| self.apply(file, &hash, &token))?;
        println!("set up in {}", path.display());
        if self.registration_token_file.is_none() && !self.invites_only {
            println!("agents register with the token in it: agent.registration_token");
        }
        eprintln!("-> moss-server serve --config {}", path.display());
        Ok(())
    }

    fn apply(&self, config: &mut Config, hash: &str, token: &str) {
        hash.clone_into(&mut config.admin.password);
        token.clone_into(&mut config.agent.registration_token);
        config.agent.allow_registration = !self.invites_only;
        for (key, asked) in [
            (&mut config.project.name, &self.project),
            (&mut config.workspace.root, &self.workspace),
            (&mut config.server.external_url, &self.external_url),
        ] {
            if let Some(asked) = asked {
                asked.clone_into(key);
            }
        }
    }
}
