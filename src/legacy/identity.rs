//! Whose key it is, from two questions.

use moss_api::{AgentBrief, ScoreSummary};

use crate::client::Client;
use crate::client::identity::Identity;
use crate::error::Result;

/// Asks for the score, which names the agent, and for the agents, which tells its role.
///
/// # Errors
/// When the key is of no agent, or the server cannot be asked.
pub async fn ask(client: &Client) -> Result<Identity> {
    let me: ScoreSummary = client.get("/api/scores/me", &[]).await?;
    let agents: Vec<AgentBrief> = client.get("/api/agents", &[]).await?;
    let role = agents.iter().find(|agent| agent.id == me.agent_id);
    Ok(Identity {
        role: role.map_or_else(|| "?".to_owned(), |agent| agent.role.word()),
        id: me.agent_id,
        name: me.agent_name,
        total_score: me.total_score,
        key_ends_at: None,
    })
}
