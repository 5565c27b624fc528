//! `moss-server agent`: the agents of a server, for the person at its machine, also while it runs.

use anyhow::bail;
use clap::{Args, Subcommand};
use moss_api::{AgentBrief, AgentStatus, OrUnknown, clip, quoted, short_id};

use crate::cli::configured::{ConfigFile, Configured};
use crate::cli::output::{self, eprintln, println, say};
use crate::domain::access::agents::{ResetKey, SetStatus};
use crate::domain::access::removal::Remove;
use crate::domain::queries::agents::{Account, AgentList, Held, KeyState, account};
use crate::domain::queries::{Db, Sort};
use crate::domain::{Error, resolve};
use crate::security::secret::AgentKey;
use crate::store::{KEYS_ARE_BELIEVED_FOR, open_current};
use crate::writer::one_off_write;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Agent {
    /// List the agents in the order they registered
    List {
        /// As one line of JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Show one agent: its account, since when its key counts, what it holds
    Show {
        /// As one line of JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        which: Which,
    },
    /// Let an agent in again, with the key it has
    Enable(Which),
    /// Keep an agent out; what it holds is offered to others at once
    Disable(Which),
    /// Print a new key of an agent, and nothing else; every other key of it stops working
    #[command(
        after_help = "The key goes to standard output, everything else to standard error. In the agent's folder:\n  moss-server agent reset-key AI-Wu --config /etc/moss/config.yaml | moss login --server http://127.0.0.1:6565"
    )]
    ResetKey(Which),
    /// Remove an agent for good: its keys end, its name is free; what it did stays
    Remove {
        /// Its name, once more
        #[arg(long, value_name = "NAME")]
        confirm: String,
        #[command(flatten)]
        which: Which,
    },
}

/// Which agent, of which server.
#[derive(Debug, Args)]
pub struct Which {
    /// Its name, its id, or the beginning of the id
    agent: String,
    #[command(flatten)]
    config: ConfigFile,
}

impl Agent {
    /// Does it.
    ///
    /// # Errors
    /// When there is no such agent, or the database cannot be used.
    pub async fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List { json, config } => list(&Configured::load(config)?, json).await,
            Self::Show { json, which } => {
                let (server, it) = which.find().await?;
                show(&server, &it, json)
            }
            Self::Enable(which) => set_status(which, true).await,
            Self::Disable(which) => set_status(which, false).await,
            Self::ResetKey(which) => reset_key(which).await,
            Self::Remove { confirm, which } => remove(which, confirm).await,
        }
    }
}

impl Which {
    /// The server, and the agent on it. Its id stands for it in the write that follows, whatever it is
    /// called meanwhile.
    async fn find(self) -> anyhow::Result<(Configured, Account)> {
        let server = Configured::load(self.config)?;
        let db = open_current(&server.database()?).await?;
        let found = find(&db, &self.agent).await;
        db.close().await?;
        let found = found.map_err(|error| match error {
            Error::Refused(no) if no.hint.is_none() => no.hint(server.command("agent list")).into(),
            error @ (Error::Refused(_) | Error::Database(_)) => error,
        })?;
        Ok((server, found))
    }
}

async fn find(db: &Db, text: &str) -> Result<Account, Error> {
    account(db, resolve::agent(db, text).await?).await
}

async fn list(server: &Configured, json: bool) -> anyhow::Result<()> {
    let db = open_current(&server.database()?).await?;
    let read = all(&db).await;
    db.close().await?;
    let agents = read?;
    if json {
        return Ok(say(&serde_json::to_string(&agents)?)?);
    }
    if agents.is_empty() {
        eprintln!("no agents yet: {}", server.command("invite --role ROLE"));
        return Ok(());
    }
    let mut lines = vec![row(["id", "role", "account", "score", "name"])];
    lines.extend(agents.iter().map(|agent| {
        let (role, account) = (agent.role.to_string(), agent.status.to_string());
        let (score, name) = (agent.total_score.to_string(), quoted(&agent.name));
        row([short_id(&agent.id), &role, &account, &score, &name])
    }));
    Ok(say(&lines.join("\n"))?)
}

/// Every agent, however many parts the list has.
async fn all(db: &Db) -> Result<Vec<AgentBrief>, Error> {
    let (mut agents, mut next) = (Vec::new(), Some(0));
    while let Some(offset) = next {
        let list = AgentList { role: None, status: None, sort: Sort::OldestFirst, offset };
        let part = list.run(db).await?;
        agents.extend(part.rows);
        next = part.next_offset;
    }
    Ok(agents)
}

/// A line of the list. The name is last, since nobody knows how wide it is.
fn row([id, role, account, score, name]: [&str; 5]) -> String {
    format!("{id:<8}  {role:<8}  {account:<8}  {score:>5}  {name}")
}

/// Longest description that is shown, in characters.
const MAX_DESCRIPTION: usize = 300;

fn show(server: &Configured, it: &Account, json: bool) -> anyhow::Result<()> {
    if json {
        return Ok(say(&serde_json::to_string(it)?)?);
    }
    let agent = &it.agent;
    let mut facts = vec![
        ("id", agent.id.clone()),
        ("name", quoted(&agent.name)),
        ("role", agent.role.to_string()),
        ("account", agent.status.to_string()),
        ("score", agent.total_score.to_string()),
        ("description", quoted(&clip(&agent.description, MAX_DESCRIPTION))),
        ("registered", it.registered_at.minute()),
    ];
    facts.extend(it.keys.iter().map(|key| ("key", key_in_words(key))));
    facts.extend(it.holds.iter().map(|held| ("holds", held_in_words(held))));
    for (fact, value) in facts {
        println!("{fact:<12}{value}");
    }
    if is_disabled(agent) {
        println!("-> {}", server.command(&format!("agent enable {}", short_id(&agent.id))));
    }
    Ok(())
}

fn key_in_words(key: &KeyState) -> String {
    let since = key.since.minute();
    match key.ends_at {
        _ if key.pending => format!("since {since}, waits for its first use"),
        Some(end) => format!("since {since}, replaced, ends {}", end.minute()),
        None => format!("since {since}"),
    }
}

fn held_in_words(held: &Held) -> String {
    let until = held.lease_until.map_or_else(String::new, |at| format!(", until {}", at.minute()));
    format!("{} {}, {}{until}", short_id(&held.id), quoted(&held.name), held.status)
}

fn is_disabled(agent: &AgentBrief) -> bool {
    agent.status == OrUnknown::Known(AgentStatus::Disabled)
}

/// Who it is, in a line of ours: `"AI-Wu" (6b1f0000, executor)`.
fn named(agent: &AgentBrief) -> String {
    format!("{} ({}, {})", quoted(&agent.name), short_id(&agent.id), agent.role)
}

async fn set_status(which: Which, let_in: bool) -> anyhow::Result<()> {
    let status = if let_in { AgentStatus::Active } else { AgentStatus::Disabled };
    let (server, Account { agent, holds, .. }) = which.find().await?;
    let change = SetStatus { id: agent.id.clone(), status };
    one_off_write(&server.database()?, server.config.timings(), &change).await?;
    let (who, id) = (named(&agent), short_id(&agent.id));
    let soon = KEYS_ARE_BELIEVED_FOR.as_secs();
    if let_in {
        println!("{who} is active; a running server lets it in within {soon} s");
        return Ok(());
    }
    println!("{who} is disabled; a running server refuses it within {soon} s");
    if !holds.is_empty() {
        let count = holds.len();
        println!("what it held ({count}) is offered to others now");
    }
    println!("-> {}", server.command(&format!("agent enable {id}")));
    Ok(())
}

async fn remove(which: Which, confirm_name: String) -> anyhow::Result<()> {
    let (server, Account { agent, .. }) = which.find().await?;
    let remove = Remove { id: agent.id.clone(), confirm_name };
    let removed = one_off_write(&server.database()?, server.config.timings(), &remove).await?;
    println!("{}: {}", named(&agent), removed.message);
    Ok(())
}

async fn reset_key(which: Which) -> anyhow::Result<()> {
    output::somebody_must_listen()?;
    let (server, Account { agent, .. }) = which.find().await?;
    let server = server.with_settings().await?;
    let reset = ResetKey { id: agent.id.clone(), key: AgentKey::generate()? };
    let made = one_off_write(&server.database()?, server.config.timings(), &reset).await?;
    let (who, id) = (named(&agent), short_id(&agent.id));
    if let Err(error) = output::hand_over(&made.new_api_key) {
        bail!(
            "the key of {who} was changed, and the new one could not be written to standard output \
             ({error}): nobody has it. Once more: {}",
            server.command(&format!("agent reset-key {id}"))
        );
    }
    let (url, remark) = server.url();
    eprintln!(
        "the new key of {who}; a running server refuses every other within {} s. In the agent's \
         folder: moss login --server {url} < key",
        KEYS_ARE_BELIEVED_FOR.as_secs(),
    );
    if let Some(remark) = remark {
        eprintln!("{remark}");
    }
    if is_disabled(&agent) {
        let enable = server.command(&format!("agent enable {id}"));
        eprintln!("{who} is disabled, and no key lets it in before: {enable}");
    }
    Ok(())
}
