//! Who a key belongs to, as the server says.

use moss_api::{AgentBrief, Exit, ScoreSummary, Timestamp};
use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::config::server_kind::ServerKind;
use crate::error::Result;

/// An agent, as it sees itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Identity {
    /// UUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its role's word; `?` when the server does not tell.
    pub role: String,
    /// Its score.
    pub total_score: i64,
    /// When the key ends, once it has been replaced.
    #[serde(default)]
    pub key_ends_at: Option<Timestamp>,
}

/// Asks: one question to our server, two to the original.
///
/// # Errors
/// When the key is of no agent, or the server cannot be asked.
pub async fn ask(client: &Client) -> Result<Identity> {
    if client.known_kind() == Some(ServerKind::OpenMoss) {
        return ask_original(client).await;
    }
    match client.get("/api/agents/me", &[]).await {
        // Answered without our header: the original has no such route.
        Err(error) if client.known_kind().is_none() && error.exit() != Exit::Unreachable => {
            match client.kind().await {
                Ok(ServerKind::OpenMoss) => ask_original(client).await,
                Ok(ServerKind::Moss) | Err(_) => Err(error),
            }
        }
        other => other,
    }
}

async fn ask_original(client: &Client) -> Result<Identity> {
    let me: ScoreSummary = client.get("/api/scores/me", &[]).await?;
    let agents: Vec<AgentBrief> = client.get("/api/agents", &[]).await?;
    let role = agents.iter().find(|agent| agent.id == me.agent_id);
    Ok(Identity {
        role: role.map_or_else(|| "?".to_owned(), |agent| agent.role.to_string()),
        id: me.agent_id,
        name: me.agent_name,
        total_score: me.total_score,
        key_ends_at: None,
    })
}
