//! `moss whoami`.

use clap::Args;
use moss_api::{AgentBrief, Exit, ScoreSummary};
use serde_json::json;

use crate::context::Context;
use crate::error::Result;
use crate::help;
use crate::kind::Kind;

#[derive(Args, Clone, Debug)]
#[command(after_help = help::end(&["moss whoami", "moss whoami --json"], &[]))]
pub struct Whoami {}

impl Whoami {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let me: ScoreSummary = ctx.client.get("/api/scores/me", &[]).await?;
        let agents: Vec<AgentBrief> = ctx.client.get("/api/agents", &[]).await?;
        let role = agents.iter().find(|a| a.id == me.agent_id).map(|a| a.role.to_string());
        let server = match ctx.client.kind().await? {
            Kind::Moss => "moss-server",
            Kind::OpenMoss => "original OpenMOSS",
        };
        let config = &ctx.config;
        let key = config.key.as_ref().map_or("-", |key| &key.source);
        let folder = config.home.as_ref().map(|(folder, _)| folder.path().display().to_string());
        let whoami = json!({
            "agent_id": me.agent_id,
            "name": me.agent_name,
            "role": role,
            "score": me.total_score,
            "server": config.server.as_str(),
            "server_kind": server,
            "key_from": key,
            "folder": folder,
        });
        ctx.out.data(&whoami, || {
            format!(
                "agent\t{} ({})\nid\t{}\nscore\t{}\nserver\t{} ({server})\nkey\tfrom {key}\nfolder\t{}\n",
                me.agent_name,
                role.as_deref().unwrap_or("?"),
                me.agent_id,
                me.total_score,
                config.server,
                folder.as_deref().unwrap_or("-"),
            )
        })?;
        Ok(Exit::Done)
    }
}
