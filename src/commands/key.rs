//! `moss key`: change it, or see whether it can be had.

use clap::Subcommand;
use moss_api::{Exit, KeyRotated, quoted};
use serde_json::json;

use crate::commands::args::help;
use crate::config::active::ActiveProfile;
use crate::config::flags::GlobalFlags;
use crate::config::key::Key;
use crate::config::{Caller, Config, given_key, no_profile};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::hints;

/// The agent's key
#[derive(Subcommand, Debug)]
#[command(after_help = help::end(&["moss key rotate", "moss key check"], &[]))]
pub enum Keys {
    /// Get a new key from the server and keep it in place of the old one
    #[command(after_help = help::end(
        &["moss key rotate   # the old key works for a minute more, so that nothing under way breaks"],
        &[],
    ))]
    Rotate,
    /// Say whether the key can be had; asks no server and does not show it
    #[command(after_help = help::end(&["moss key check"], &[]))]
    Check,
}

impl Keys {
    pub async fn run(self, global: &GlobalFlags) -> Result<Exit> {
        match self {
            Self::Rotate => rotate(global).await,
            Self::Check => check(global),
        }
    }
}

fn check(global: &GlobalFlags) -> Result<Exit> {
    let config = Config::for_agent(global)?;
    let out = crate::render::out::Out::new(global);
    let source = match &config.caller {
        Caller::Agent(key) | Caller::Admin { session: key, .. } => &key.source,
        Caller::Nobody => "-",
    };
    out.data(&json!({"key_from": source}), || format!("key from {source}\n"))?;
    out.flush()?;
    Ok(Exit::Done)
}

/// The order makes it safe to die anywhere: the server lets the old key end only after the new one
/// has been used, and it is used only after it is on disk.
async fn rotate(global: &GlobalFlags) -> Result<Exit> {
    if given_key(global)?.is_some() || global.as_agent.is_some() {
        return Err(Error::usage("only a profile's own key can be rotated")
            .hint("run it without MOSS_API_KEY, --key-file, --key and --as"));
    }
    let active = ActiveProfile::find(global)?.ok_or_else(|| no_profile("nobody is logged in"))?;
    let _lock = active.folder.lock()?; // before the key is read: another rotation changes it
    let mut ctx = Context::new(global)?;
    let Some(ActiveProfile { folder, profile, .. }) = ctx.config.active.take() else {
        return Err(Error::usage("only a profile's own key can be rotated, at its own server")
            .hint("run it without --server and MOSS_SERVER"));
    };
    ctx.backend().await?.needs_moss_server("give a new key")?;
    let rotated: KeyRotated = ctx.client.post_empty("/api/agents/me/key").await?;
    let grace = rotated.grace_seconds;
    let fresh = Key::new(rotated.api_key.into(), "the answer")?.given_for(&ctx.config.server);
    folder.keep_key(&profile, &fresh)?;
    let source = folder.key(&profile)?.source;
    let (server, tls) = (ctx.config.server.clone(), ctx.config.tls.clone());
    let config = Config { server, tls, caller: Caller::Agent(fresh), active: None };
    let fresh = Context::with(global, config)?.continuing(&ctx);
    let me = match (fresh.identity().await, &ctx.config.caller) {
        (Ok(me), _) => me,
        // Another machine asked for a key after us, which made ours void before its first use.
        (Err(error), Caller::Agent(old)) if error.exit() == Exit::NotAllowed => {
            folder.keep_key(&profile, old)?;
            return Err(
                error.hint("somebody else is changing this key; the old one is back in place")
            );
        }
        (Err(error), _) => {
            return Err(error.hint(hints::KEY_ROTATION_BROKE_OFF));
        }
    };
    let said = json!({"agent_id": me.id, "key_from": source, "old_key_ends_in_seconds": grace});
    ctx.out.data(&said, || {
        let name = quoted(&me.name);
        format!("{name} has a new key, from {source}; the old one works for {grace} s more\n")
    })?;
    ctx.out.flush()?;
    Ok(Exit::Done)
}
