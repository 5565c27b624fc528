//! `moss whoami`.

use clap::Args;
use moss_api::{Exit, Role};
use serde_json::json;

use crate::commands::args::help;
use crate::config::Caller;
use crate::context::Context;
use crate::error::Result;
use crate::render::sanitize::{id, quoted, word};
use crate::system::files::shown;

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
        let at = active.map_or_else(|| "-".to_owned(), |active| shown(active.folder.path()));
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
            ("agent", format!("{} ({})", quoted(&me.name), word::<Role>(&me.role))),
            ("id", id(&me.id)),
            ("score", me.total_score.to_string()),
            ("server", format!("{} ({server})", config.server)),
            ("key", format!("from {key}")),
            ("folder", format!("{at}{found}")),
        ];
        ctx.out.facts(&whoami, &facts)?;
        Ok(Exit::Done)
    }
}
