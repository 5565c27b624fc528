//! What was written down: the ledger, the log, rules, patrol's records, requests, and that all of it was
//! imported.

use std::collections::{HashMap, HashSet};

use moss_api::{LogAction, clip};

use crate::domain::rules::subject;
use crate::domain::versions::IMPORT;
use crate::importing::convert::{Made, name};
use crate::importing::values::Row;
use crate::store::entity::{event, log, request_log, reward, rule, version};
use crate::store::{At, IMPORTED, Word, new_id};

/// Longest path of a logged request, in characters.
const MAX_PATH: usize = 1_000;
/// Most characters of what an agent of ours sent, as it is logged.
const MAX_BODY: usize = 10_000;

impl Made<'_> {
    pub(super) fn rewards(&mut self, rows: Vec<Row>) {
        let mut ids = HashSet::new();
        for row in rows {
            let Some(id) = self.fresh_id("reward_log", &row, &mut ids) else { continue };
            let agent = row.id("agent_id").filter(|id| self.agents.contains(id));
            let (Some(agent_id), Some(score_delta)) = (agent, row.number("score_delta")) else {
                self.report.skip("reward_log", &id, "its agent is not there, or it says no number");
                continue;
            };
            let created_at = At(self.made_at(&row));
            self.rows.rewards.push(reward::Model {
                id,
                agent_id,
                sub_task_id: row.id("sub_task_id").filter(|id| self.sub_tasks.contains(id)),
                review_id: None,
                reason: row.said("reason"),
                score_delta,
                created_at,
            });
        }
        // A score is the sum of its ledger here. What the ledger does not say is a line of its own.
        let mut sums: HashMap<String, i64> = HashMap::new();
        for row in &self.rows.rewards {
            let sum = sums.entry(row.agent_id.clone()).or_default();
            *sum = sum.saturating_add(row.score_delta);
        }
        let mut balances = Vec::new();
        for agent in &self.rows.agents {
            let sum = sums.get(&agent.id).copied().unwrap_or(0);
            let missing = agent.total_score.saturating_sub(sum);
            if missing != 0 {
                self.report.note(
                    "agent",
                    &agent.name,
                    "its score is not its ledger's: one line more",
                );
                balances.push(reward::Model {
                    id: new_id(),
                    agent_id: agent.id.clone(),
                    sub_task_id: None,
                    review_id: None,
                    reason: "[imported] what the ledger of the original does not say".to_owned(),
                    score_delta: missing,
                    created_at: At(self.at.now),
                });
            }
        }
        self.rows.rewards.extend(balances);
    }

    pub(super) fn logs(&mut self, rows: Vec<Row>) {
        let mut ids = HashSet::new();
        for row in rows {
            let Some(id) = self.fresh_id("activity_log", &row, &mut ids) else { continue };
            let Some(agent_id) = row.id("agent_id").filter(|id| self.agents.contains(id)) else {
                self.report.skip("activity_log", &id, "its agent is not there");
                continue;
            };
            let (said, summary) = (row.said("action"), row.said("summary"));
            let (action, summary) = match said.parse() {
                Ok(action) => (action, summary),
                Err(_) => {
                    let what = "its kind is none of today's: it stands before the text";
                    self.report.note("activity_log", &id, what);
                    (LogAction::Plan, format!("[{}] {summary}", clip(&said, 50)))
                }
            };
            let created_at = At(self.made_at(&row));
            self.rows.logs.push(log::Model {
                id,
                agent_id,
                acted_by: None,
                sub_task_id: row.id("sub_task_id").filter(|id| self.sub_tasks.contains(id)),
                action: Word(action),
                summary,
                session_id: row.filled("session_id"),
                created_at,
            });
        }
    }

    pub(super) fn rules(&mut self, rows: Vec<Row>) {
        let mut ids = HashSet::new();
        for row in rows {
            let Some(id) = self.fresh_id("rule", &row, &mut ids) else { continue };
            let (scope, content) = (row.said("scope"), row.said("content"));
            let task_id = row.id("task_id").filter(|id| self.tasks.contains(id));
            let sub_task_id = row.id("sub_task_id").filter(|id| self.sub_tasks.contains(id));
            let fits = match scope.as_str() {
                "global" => true,
                "task" => task_id.is_some(),
                "sub_task" => sub_task_id.is_some(),
                _ => false,
            };
            if !fits {
                self.report.skip("rule", &id, "what it is for is not there");
                continue;
            }
            let is_global = scope == "global";
            if is_global
                && let Some(first) = self.rows.rules.iter_mut().find(|it| it.scope == scope)
            {
                first.content += &format!("\n\n---\n\n{content}");
                self.report.note("rule", &id, "a second global one: it stands below the first");
                continue;
            }
            let created_at = self.made_at(&row);
            let updated_at = self.time(&row, "updated_at").unwrap_or(created_at).max(created_at);
            self.rows.rules.push(rule::Model {
                id,
                scope,
                singleton: is_global.then(|| "global".to_owned()),
                task_id: task_id.filter(|_| !is_global),
                sub_task_id: sub_task_id.filter(|_| !is_global),
                content,
                version: 1,
                created_at: At(created_at),
                updated_at: At(updated_at),
            });
        }
        for rule in &self.rows.rules {
            let of = subject(&rule.id);
            self.rows.versions.push(version::Model {
                subject_kind: of.kind.to_string(),
                subject: rule.id.clone(),
                number: 1,
                at: rule.updated_at,
                author: IMPORT.to_owned(),
                text: Some(rule.content.clone()),
            });
        }
    }

    /// The original has no route for them: whoever wrote some finds them in the log.
    pub(super) fn patrol(&mut self, rows: Vec<Row>) {
        let mut ids = HashSet::new();
        for row in rows {
            let Some(id) = self.fresh_id("patrol_record", &row, &mut ids) else { continue };
            let Some(agent_id) = row.id("agent_id").filter(|id| self.agents.contains(id)) else {
                self.report.skip("patrol_record", &id, "its agent is not there");
                continue;
            };
            let words = ["type", "severity", "status", "description", "action_taken"];
            let words: Vec<_> = words.iter().filter_map(|column| row.filled(column)).collect();
            let created_at = At(self.made_at(&row));
            self.rows.logs.push(log::Model {
                id,
                agent_id,
                acted_by: None,
                sub_task_id: row.id("sub_task_id").filter(|id| self.sub_tasks.contains(id)),
                action: Word(LogAction::Patrol),
                summary: words.join("; "),
                session_id: None,
                created_at,
            });
        }
    }

    pub(super) fn requests(&mut self, rows: Vec<Row>) {
        for row in rows {
            let agent = row.id("agent_id").and_then(|id| {
                let agent = self.rows.agents.iter().find(|agent| agent.id == id)?;
                Some((id, agent.name.clone(), agent.role.0))
            });
            let Some((agent_id, now_named, role)) = agent else {
                self.report.skip("request_log", &row.said("id"), "its agent is not there");
                continue;
            };
            let timestamp = self.time(&row, "timestamp").unwrap_or(self.at.now);
            self.rows.requests.push(request_log::Model {
                seq: 0,
                timestamp: At(timestamp),
                method: clip(&row.said("method"), 10),
                path: clip(&row.said("path"), MAX_PATH),
                agent_id,
                acted_by: None,
                agent_name: row.filled("agent_name").map_or(now_named, |said| name(&said, 200)),
                agent_role: Word(row.said("agent_role").parse().unwrap_or(role)),
                request_body: row.text("request_body").map(|body| clip(&body, MAX_BODY)),
                response_status: row.number("response_status").unwrap_or(0),
            });
        }
    }

    /// An event for each task and sub-task: that it was imported.
    pub(super) fn tell(&mut self) {
        let at = At(self.at.now);
        let event = |task: &str| event::Model {
            seq: 0,
            at,
            action: IMPORTED.to_owned(),
            sub_task_id: None,
            task_id: Some(task.to_owned()),
            agent_id: None,
            acted_by: Some(crate::domain::ADMIN.to_owned()),
            to_status: None,
            attempt: 0,
            detail: "from the original".to_owned(),
        };
        let tasks = self.rows.tasks.iter().map(|task| event(&task.id));
        let sub_tasks = self.rows.sub_tasks.iter().map(|row| event::Model {
            sub_task_id: Some(row.id.clone()),
            to_status: Some(row.status),
            attempt: row.attempt,
            ..event(&row.task_id)
        });
        let events = tasks.chain(sub_tasks).collect();
        self.rows.events = events;
    }
}
