//! `moss agents`.

use clap::Args;
use moss_api::{AgentBrief, AgentStatus, Exit, Role, short_id};

use crate::commands::args::{self, help};
use crate::context::Context;
use crate::error::Result;
use crate::render::sanitize::{cell, quoted};

#[derive(Args, Debug)]
#[command(after_help = help::end(&["moss agents", "moss agents --role executor --status active"], &[]))]
pub struct Agents {
    /// Only of this role
    #[arg(long, value_parser = args::word::<Role>)]
    role: Option<Role>,
    /// Only active or disabled
    #[arg(long, value_parser = args::word::<AgentStatus>)]
    status: Option<AgentStatus>,
}

impl Agents {
    pub async fn run(self, ctx: &Context) -> Result<Exit> {
        let mut query = Vec::new();
        args::filter(&mut query, "role", self.role);
        args::filter(&mut query, "status", self.status);
        let agents: Vec<AgentBrief> = ctx.client.get("/api/agents", &query).await?;
        let row = |agent: &AgentBrief| {
            vec![
                short_id(&agent.id).to_owned(),
                agent.role.to_string(),
                agent.status.to_string(),
                agent.total_score.to_string(),
                quoted(&agent.name),
                cell(&agent.description),
            ]
        };
        let head = &["id", "role", "account", "score", "name", "description"];
        ctx.out.list(&agents, head, row, "no agents")?;
        Ok(Exit::Done)
    }
}
