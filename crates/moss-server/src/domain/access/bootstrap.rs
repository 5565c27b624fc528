//! Getting an agent that is there onto a host, by one command.

use moss_api::admin::Bootstrap;
use moss_api::{AgentStatus, quoted};

use crate::config::duration::Ttl;
use crate::domain::access::invites;
use crate::domain::resolve::agent_id;
use crate::domain::{Command, Error, Refusal};
use crate::security::secret::InviteToken;
use crate::store::{Tx, agents};

/// Make a command that installs `moss` on a host, registers it as this agent and puts it on a timer. It
/// works once; the agent's other keys end with it.
pub struct Make {
    /// An id or its beginning.
    pub id: String,
    /// The token it will carry.
    pub token: InviteToken,
    /// For how long.
    pub ttl: Ttl,
    /// Where agents reach this server.
    pub server: String,
}

impl Command for Make {
    type Output = Bootstrap;
    const SECRET: bool = true;

    async fn run(&self, tx: &Tx) -> Result<Bootstrap, Error> {
        let id = agent_id(tx.db(), &self.id).await?;
        let row = agents::find(tx.db(), &id).await?;
        let row = row.filter(|row| row.status.0 != AgentStatus::Removed);
        let row = row.ok_or_else(|| Refusal::not_found("agent", &self.id))?;
        let (role, token) = (row.role.0, self.token.clone());
        let agent = Some(row.id.clone());
        let invite = invites::Create { role, uses: 1, ttl: self.ttl, agent_id: agent, token };
        let invite = invite.run(tx).await?;
        let word = |text: &str| shlex::try_quote(text).unwrap_or_default().into_owned();
        let command = format!(
            "curl -fsSL {url}/install.sh | sh && export PATH=\"$HOME/.local/bin:$PATH\" && printf %s \
             {token} | moss register --server {url} --role {role} --name {name} --token-stdin && moss \
             onboard openclaw --run",
            url = word(&self.server),
            token = invite.token,
            name = word(&row.name),
        );
        Ok(Bootstrap {
            agent_id: row.id,
            command,
            expires_at: invite.invite.expires_at,
            message: format!(
                "run it once in the folder {} is to have on its host; its other keys end then",
                quoted(&row.name)
            ),
        })
    }
}
