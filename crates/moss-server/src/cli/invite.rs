//! `moss-server invite`: a token that registers agents, also while the server runs.

use anyhow::bail;
use moss_api::{MAX_INVITE_USES, Role};

use crate::cli::configured::{ConfigFile, Configured};
use crate::cli::output;
use crate::cli::output::eprintln;
use crate::config::duration::Ttl;
use crate::domain::access::invites::{Create, Revoke};
use crate::security::secret::InviteToken;
use crate::writer::one_off_write;

/// Which invite.
#[derive(Debug, clap::Args)]
pub struct Invite {
    /// The role it lets in: planner, executor, reviewer or patrol
    #[arg(long)]
    role: Role,
    /// How many agents it lets in
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=MAX_INVITE_USES))]
    uses: i64,
    /// How long it lives: 90s, 30m, 1h, 7d
    #[arg(long, value_name = "TIME", default_value = "1h")]
    ttl: Ttl,
    #[command(flatten)]
    config: ConfigFile,
}

impl Invite {
    /// Makes it, prints its token, and says what to type with it. One that could not be printed is
    /// taken back.
    ///
    /// # Errors
    /// When there is no invite.
    pub async fn run(self) -> anyhow::Result<()> {
        output::somebody_must_listen()?;
        let Self { role, uses, ttl, config } = self;
        let server = Configured::load(config)?.with_settings().await?;
        let (database, timings) = (server.database()?, server.config.timings());
        let token = InviteToken::generate()?;
        let invite = Create { role, uses, ttl, agent_id: None, token };
        let made = one_off_write(&database, timings.clone(), &invite).await?;
        let until = made.invite.expires_at.minute();
        if let Err(error) = output::hand_over(&made.token) {
            let lost = format!("the token could not be written to standard output ({error})");
            match one_off_write(&database, timings, &Revoke { id: made.invite.id }).await {
                Ok(_) => bail!("{lost}; the invite was taken back"),
                Err(why) => bail!("{lost}; the invite ends {until}, taking it back failed: {why}"),
            }
        }
        let (url, remark) = server.url();
        eprintln!(
            "for {uses} {role}{}, until {until}: moss register --server {url} --role {role} --name NAME --token-stdin",
            if uses == 1 { "" } else { "s" },
        );
        if let Some(remark) = remark {
            eprintln!("{remark}");
        }
        Ok(())
    }
}
