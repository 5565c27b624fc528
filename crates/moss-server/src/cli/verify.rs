//! `moss-server verify`: whether what must hold in a database does.

use std::path::PathBuf;

use crate::cli::configured::{ConfigFile, Configured};
use crate::cli::named;
use crate::cli::output::println;
use crate::store::{self, Finding, Verified};

/// Which database.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// The database, if it is not the configuration's: sqlite:PATH or postgres://USER@HOST:5432/DATABASE
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// A file that holds the password for --database, in one line
    #[arg(long, value_name = "FILE", requires = "database")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
}

/// Something does not hold.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} of what must hold in {1} do not; keep a copy of it as it is, and go back to a backup of \
     which moss-server verify --database URL says ok"
)]
pub struct Broken(usize, String);

impl Verify {
    /// Looks, and says what it found on standard output: a line for each thing that does not hold.
    ///
    /// # Errors
    /// When the database cannot be read, or something does not hold.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { database, password_file, config } = self;
        let file = password_file.as_deref();
        let address = match database {
            Some(url) => named::database(&url, "--database", file, "--password-file")?,
            None => Configured::load(config)?.database()?,
        };
        let Verified { findings, checks, counts } = store::verify(&address).await?;
        for finding in &findings {
            println!("{}", line(finding));
        }
        if !findings.is_empty() {
            return Err(Broken(findings.len(), address.to_string()).into());
        }
        let counts: Vec<_> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        println!("ok: {checks} checks of {address} hold; {}", counts.join(", "));
        Ok(())
    }
}

/// A finding in a line. Ids are ours, unless somebody else wrote them.
fn line(Finding { what, wrong, ids, more }: &Finding) -> String {
    let ids: Vec<_> = ids.iter().map(|id| moss_api::visible::line(id)).collect();
    let more = if *more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{what} {}{more}: {wrong}", ids.join(" "))
}
