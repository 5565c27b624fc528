//! `moss whoami`.

use clap::Args;
use moss_api::Exit;
use serde_json::json;

use crate::commands::args::help;
use crate::config::Caller;
use crate::context::Context;
use crate::error::Result;

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss whoami", "moss whoami --json"], &[]))]
pub struct Whoami {}

impl Whoami {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let me = ctx.identity().await?;
        let server = ctx.backend().await?.describe();
        let config = &ctx.config;
        let key = match &config.caller {
            Caller::Agent(key) => key.source.clone(),
            Caller::Admin { session, .. } => format!("the admin's session in {}", session.source),
            Caller::Nobody => "-".to_owned(),
        };
        let active = config.active.as_ref();
        let folder = active.map(|active| active.folder.path().display().to_string());
        let whoami = json!({
            "agent_id": me.id,
            "name": me.name,
            "role": me.role,
            "score": me.total_score,
            "server": config.server.as_str(),
            "server_kind": server,
            "key_from": key,
            "folder": folder,
            "found": active.map(|active| active.found),
        });
        let found = active.map(|active| format!(" ({})", active.found.told())).unwrap_or_default();
        let facts = [
            ("agent", format!("{} ({})", me.name, me.role)),
            ("id", me.id),
            ("score", me.total_score.to_string()),
            ("server", format!("{} ({server})", config.server)),
            ("key", format!("from {key}")),
            ("folder", format!("{}{found}", folder.as_deref().unwrap_or("-"))),
        ];
        ctx.out.facts(&whoami, &facts)?;
        Ok(Exit::Done)
    }
}
