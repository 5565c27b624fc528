//! The flags every command has.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// Heading of the flags every command has.
const EVERYWHERE: &str = "Options everywhere";

/// Flags every command has.
#[derive(Args, Clone, Debug)]
pub struct GlobalFlags {
    /// Print JSON; with =FIELDS only these, comma separated
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FIELDS", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub json: Option<String>,
    /// Print everything, however long
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub all: bool,
    /// Seconds the whole command may take
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "SECS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Server URL, instead of the profile's or MOSS_SERVER
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL")]
    pub server: Option<String>,
    /// File with the agent's key; `-` is standard input
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "PATH")]
    pub key_file: Option<PathBuf>,
    /// PEM of who vouches for an https server, if no public authority
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "PATH", hide_short_help = true)]
    pub ca_file: Option<PathBuf>,
    /// PEM with certificate and key, for an https server that asks
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "PATH", hide_short_help = true)]
    pub client_cert: Option<PathBuf>,
    /// A name from moss profile list, or a path
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "PROFILE")]
    pub profile: Option<String>,
    /// Act as this agent, by a profile of yours or as the admin
    #[arg(long = "as", global = true, help_heading = EVERYWHERE, value_name = "AGENT", conflicts_with = "profile")]
    pub as_agent: Option<String>,
    /// Never ask anything, as with MOSS_NO_INPUT
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub no_input: bool,
    /// Tell each request on standard error, without the key
    #[arg(long, global = true, hide = true)]
    pub debug: bool,
    /// The original's way to pass a key
    #[arg(long, global = true, hide = true)]
    pub key: Option<String>,
}

impl GlobalFlags {
    /// How long the whole command may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// The JSON fields asked for; none when JSON was not asked for, empty for all.
    pub fn json_fields(&self) -> Option<Vec<String>> {
        let fields = self.json.as_deref()?;
        Some(
            fields.split(',').map(str::trim).filter(|f| !f.is_empty()).map(str::to_owned).collect(),
        )
    }
}
