//! Agents: their names, which nobody else's may look like, and their keys.

use std::collections::HashSet;

use moss_api::text::AgentName;
use moss_api::{AgentStatus, Role, clip, short_id};

use crate::domain::names::{Look, naming};
use crate::importing::convert::Made;
use crate::importing::values::Row;
use crate::security::secret::AgentKey;
use crate::store::entity::{agent, agent_key};
use crate::store::{At, Word};

impl Made<'_> {
    pub(super) fn agents(&mut self, rows: Vec<Row>) {
        let (mut ids, mut keys, mut looks) = (HashSet::new(), HashSet::new(), HashSet::new());
        for row in rows {
            let Some(id) = self.fresh_id("agent", &row, &mut ids) else { continue };
            let Ok(role) = row.said("role").parse::<Role>() else {
                self.report.skip("agent", &id, "its role is none");
                continue;
            };
            let named = self.agent_name(&row, &id, &mut looks);
            let created_at = At(self.made_at(&row));
            let status = match row.said("status").as_str() {
                "disabled" => AgentStatus::Disabled,
                _ => AgentStatus::Active,
            };
            let key = AgentKey::parse(&row.said("api_key"))
                .filter(|key| keys.insert(key.id().to_owned()));
            let key = key.or_else(|| {
                self.report.note("agent", &named, "its key is none: moss-server agent reset-key");
                AgentKey::generate().ok()
            });
            if let Some(key) = key {
                self.rows.keys.push(agent_key::Model {
                    key_id: key.id().to_owned(),
                    agent_id: id.clone(),
                    key_hash: key.secret_hash(),
                    pending: false,
                    created_at,
                    rotated_at: None,
                    expires_at: None,
                });
            }
            let naming = naming(&named);
            self.agents.insert(id.clone());
            self.rows.agents.push(agent::Model {
                id,
                name: naming.name,
                look: naming.look,
                read_look: naming.read_look,
                folded_look: naming.folded_look,
                role: Word(role),
                description: row.said("description"),
                status: Word(status),
                total_score: row.number("total_score").unwrap_or(0),
                registered_with: None,
                created_at,
            });
        }
    }

    /// A name that nobody else has, nor one that looks like it.
    fn agent_name(&mut self, row: &Row, id: &str, looks: &mut HashSet<String>) -> String {
        let given = row.said("name");
        let wanted = AgentName::new(given.as_str()).map(AgentName::into_inner);
        let wanted = wanted.unwrap_or_else(|_| format!("agent-{}x", short_id(id)));
        let mut tried = wanted.clone();
        for number in 2.. {
            let look = Look::of(&tried);
            let all = [
                format!("w{}", look.written),
                format!("r{}", look.read),
                format!("f{}", look.folded),
            ];
            if all.iter().all(|look| !looks.contains(look)) {
                looks.extend(all);
                break;
            }
            tried = format!("{} ({number})", clip(&wanted, 55));
        }
        if tried != given {
            self.report.note("agent", &given, "its name is no good or another's: it has a new one");
        }
        tried
    }
}
