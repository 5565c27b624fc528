//! From the original's rows to ours. Ids stay. What ours must be and the original's is not, is mended
//! where nothing is lost by it, and told; what hangs in the air is left out, and told.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use moss_api::text::{AgentName, Name};
use moss_api::{
    Action, AgentStatus, BlockClass, BlockOwner, LogAction, MAX_REVIEW_SCORE, MIN_REVIEW_SCORE,
    Priority, Role, SubTaskStatus, TaskStatus, Timestamp, Verdict, WorkType, clip, offers_work,
    short_id,
};

use crate::domain::names::{Look, naming};
use crate::domain::rules::subject;
use crate::domain::versions::IMPORT;
use crate::importing::Circumstances;
use crate::importing::report::Report;
use crate::importing::source::{MOST_REQUESTS, TABLES, Tables};
use crate::importing::values::Row;
use crate::security::secret::AgentKey;
use crate::store::entity::{
    agent, agent_key, attempt, event, log, module, request_log, review, reward, rule, sub_task,
    task, version,
};
use crate::store::{At, IMPORTED, NewRows, Word, new_id};

/// Longest path of a logged request, in characters.
const MAX_PATH: usize = 1_000;
/// Most characters of what an agent of ours sent, as it is logged.
const MAX_BODY: usize = 10_000;

/// Makes our rows, and tells what did not fit.
pub(super) fn convert(mut tables: Tables, at: &Circumstances) -> (NewRows, Report) {
    let mut made = Made { at, rows: NewRows::default(), report: Report::default() };
    for (table, _) in TABLES {
        made.report.read(table, tables.get(table).map_or(0, Vec::len));
    }
    if tables.get("request_log").is_some_and(|rows| rows.len() == MOST_REQUESTS) {
        made.report.note("request_log", "all older ones", "more than 100,000: the newest are kept");
    }
    let mut take = |table: &str| tables.remove(table).unwrap_or_default();
    made.agents(take("agent"));
    made.tasks(take("task"));
    made.modules(take("module"));
    let (sub_tasks, reviews) = (take("sub_task"), take("review_record"));
    made.sub_tasks(sub_tasks, reviews);
    made.count_sub_tasks();
    made.rewards(take("reward_log"));
    made.logs(take("activity_log"));
    made.rules(take("rule"));
    made.patrol(take("patrol_record"));
    made.requests(take("request_log"));
    made.tell();
    (made.rows, made.report)
}

struct Made<'a> {
    at: &'a Circumstances,
    rows: NewRows,
    report: Report,
}

/// A name of one line: what it cannot have is left out.
fn name(text: &str, most: usize) -> String {
    if let Ok(name) = Name::new(text) {
        return name.into_inner();
    }
    let words: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = clip(words.split_whitespace().collect::<Vec<_>>().join(" ").as_str(), most);
    Name::new(words).map_or_else(|_| "without a name".to_owned(), Name::into_inner)
}

impl Made<'_> {
    /// A time that cannot be later than now.
    fn time(&self, row: &Row, column: &str) -> Option<Timestamp> {
        row.time(column, &self.at.zone).map(|time| time.min(self.at.now))
    }

    /// When a row was made; now when it does not say.
    fn made_at(&self, row: &Row) -> Timestamp {
        self.time(row, "created_at").unwrap_or(self.at.now)
    }

    fn knows_agent(&self, id: &str) -> bool {
        self.rows.agents.iter().any(|agent| agent.id == id)
    }

    /// The id of a row that has not been seen before.
    fn fresh_id(
        &mut self,
        table: &'static str,
        row: &Row,
        seen: &mut HashSet<String>,
    ) -> Option<String> {
        match row.id("id") {
            Some(id) if seen.insert(id.clone()) => Some(id),
            Some(id) => {
                self.report.skip(table, &id, "its id is another's");
                None
            }
            None => {
                self.report.skip(table, &row.said("id"), "its id is none");
                None
            }
        }
    }

    fn agents(&mut self, rows: Vec<Row>) {
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

    fn tasks(&mut self, rows: Vec<Row>) {
        let mut ids = HashSet::new();
        for row in rows {
            let Some(id) = self.fresh_id("task", &row, &mut ids) else { continue };
            let status = row.said("status").parse().unwrap_or_else(|_| {
                self.report.note("task", &id, "its status is none: it is in planning");
                TaskStatus::Planning
            });
            let created_at = self.made_at(&row);
            let updated_at = self.time(&row, "updated_at").unwrap_or(created_at).max(created_at);
            self.rows.tasks.push(task::Model {
                id,
                plan_key: None,
                name: name(&row.said("name"), 200),
                description: row.said("description"),
                kind: Word(row.said("type").parse().unwrap_or(WorkType::Once)),
                status: Word(status),
                sub_tasks: 0,
                open_sub_tasks: 0,
                done_sub_tasks: 0,
                from_person: false,
                deadline: None,
                stuck_after: None,
                starved_after: None,
                rework_limit: None,
                created_at: At(created_at),
                updated_at: At(updated_at),
            });
        }
    }

    fn modules(&mut self, rows: Vec<Row>) {
        let mut ids = HashSet::new();
        for row in rows {
            let Some(id) = self.fresh_id("module", &row, &mut ids) else { continue };
            let task_id = row.id("task_id");
            let Some(task_id) = task_id.filter(|id| self.rows.tasks.iter().any(|it| it.id == *id))
            else {
                self.report.skip("module", &id, "its task is not there");
                continue;
            };
            let created_at = At(self.made_at(&row));
            self.rows.modules.push(module::Model {
                id,
                task_id,
                plan_key: None,
                name: name(&row.said("name"), 200),
                description: row.said("description"),
                created_at,
            });
        }
    }

    fn sub_tasks(&mut self, rows: Vec<Row>, reviews: Vec<Row>) {
        let tasks: HashMap<String, TaskStatus> =
            self.rows.tasks.iter().map(|task| (task.id.clone(), task.status.0)).collect();
        let modules: HashMap<String, String> =
            self.rows.modules.iter().map(|it| (it.id.clone(), it.task_id.clone())).collect();
        let mut reviews = self.reviews_by_sub_task(reviews);
        let mut ids = HashSet::new();
        for row in rows {
            let Some(id) = self.fresh_id("sub_task", &row, &mut ids) else { continue };
            let Some((task_id, task)) = row.id("task_id").and_then(|id| {
                let status = *tasks.get(&id)?;
                Some((id, status))
            }) else {
                self.report.skip("sub_task", &id, "its task is not there");
                continue;
            };
            let module_id = row.id("module_id").filter(|id| modules.get(id) == Some(&task_id));
            if module_id.is_none() && row.filled("module_id").is_some() {
                self.report.note("sub_task", &id, "its module is not there or another task's");
            }
            let judged = reviews.remove(&id).unwrap_or_default();
            self.sub_task(&row, id, (task_id, task), module_id, judged);
        }
        for (id, left) in reviews {
            for _ in left {
                self.report.skip("review_record", &id, "its sub-task is not there");
            }
        }
    }

    /// By when they were written.
    fn reviews_by_sub_task(&mut self, rows: Vec<Row>) -> BTreeMap<String, Vec<Row>> {
        let mut ids = HashSet::new();
        let mut all: BTreeMap<String, Vec<(Timestamp, Row)>> = BTreeMap::new();
        for row in rows {
            let Some(id) = self.fresh_id("review_record", &row, &mut ids) else { continue };
            let reviewer = row.id("reviewer_agent");
            if !reviewer.is_some_and(|id| self.knows_agent(&id)) {
                self.report.skip("review_record", &id, "its reviewer is not there");
                continue;
            }
            if row.said("result").parse::<Verdict>().is_err() {
                self.report.skip("review_record", &id, "its result is none");
                continue;
            }
            let at = self.made_at(&row);
            all.entry(row.id("sub_task_id").unwrap_or_default()).or_default().push((at, row));
        }
        let in_order = |mut rows: Vec<(Timestamp, Row)>| {
            rows.sort_by_key(|(at, _)| *at);
            rows.into_iter().map(|(_, row)| row).collect()
        };
        all.into_iter().map(|(id, rows)| (id, in_order(rows))).collect()
    }

    fn sub_task(
        &mut self,
        row: &Row,
        id: String,
        (task_id, task): (String, TaskStatus),
        module_id: Option<String>,
        judged: Vec<Row>,
    ) {
        use SubTaskStatus as S;
        let (now, created_at) = (self.at.now, self.made_at(row));
        let updated_at = self.time(row, "updated_at").unwrap_or(created_at).max(created_at);
        let agent = row.id("assigned_agent").filter(|id| self.knows_agent(id));
        let works = |made: &Self, id: &Option<String>| {
            let mut agents = made.rows.agents.iter();
            agents.any(|it| {
                Some(&it.id) == id.as_ref()
                    && it.role.0 == Role::Executor
                    && it.status.0 == AgentStatus::Active
            })
        };
        let said = row.said("status").parse().unwrap_or_else(|_| {
            self.report.note("sub_task", &id, "its status is none: it waits to be claimed");
            S::Pending
        });
        let is_closed = !TaskStatus::UNFINISHED.contains(&task);
        let status = match said {
            S::Done | S::Cancelled => said,
            S::Pending | S::Assigned | S::InProgress | S::Review | S::Rework | S::Blocked
                if is_closed =>
            {
                self.report.note(
                    "sub_task",
                    &id,
                    "it was open and its task is over: it is cancelled",
                );
                S::Cancelled
            }
            S::Assigned | S::InProgress | S::Rework if !works(self, &agent) => {
                self.report.note(
                    "sub_task",
                    &id,
                    "whoever had it is no active executor: it waits to be claimed",
                );
                S::Pending
            }
            S::Review if agent.is_none() => {
                self.report.note("sub_task", &id, "nobody handed it in: it waits to be claimed");
                S::Pending
            }
            S::Pending | S::Assigned | S::InProgress | S::Review | S::Rework | S::Blocked => said,
        };
        let assigned = agent.clone().filter(|_| status != S::Pending);
        let attempts =
            self.attempts(&id, status, agent.as_deref(), (created_at, updated_at), judged);
        let is_held = status.is_held();
        let priority: Priority = row.said("priority").parse().unwrap_or(Priority::Medium);
        let is_blocked = status == S::Blocked;
        self.rows.sub_tasks.push(sub_task::Model {
            id,
            task_id,
            module_id,
            plan_key: None,
            name: name(&row.said("name"), 200),
            description: row.said("description"),
            deliverable: row.said("deliverable"),
            acceptance: row.said("acceptance"),
            kind: Word(row.said("type").parse().unwrap_or(WorkType::Once)),
            status: Word(status),
            priority: Word(priority),
            priority_rank: priority.rank(),
            task_open: offers_work(task),
            open_dependencies: 0,
            assigned_agent: assigned,
            current_session_id: row.filled("current_session_id").filter(|_| is_held),
            attempt: attempts,
            lease_until: is_held.then_some(At(now + self.at.lease)),
            lease_limit: is_held.then_some(At(now + self.at.max_attempt)),
            lease_length: is_held.then(|| micros(self.at.lease)),
            lease_wish: None,
            rework_count: row.number("rework_count").unwrap_or(0).max(0),
            block_reason: is_blocked.then(|| "it was blocked on the original".to_owned()),
            block_class: is_blocked.then_some(Word(BlockClass::Patrol)),
            block_owner: is_blocked.then_some(Word(BlockOwner::Planner)),
            block_due: is_blocked.then_some(At(now + self.at.planner)),
            step: 0,
            step_rework_count: 0,
            retry_at: None,
            deadline: None,
            created_at: At(created_at),
            updated_at: At(updated_at),
            completed_at: (status == S::Done).then(|| {
                let done = self.time(row, "completed_at").unwrap_or(updated_at);
                At(done.max(created_at))
            }),
        });
    }

    /// One attempt for each verdict, and one for what is held or handed in. Answers how many.
    fn attempts(
        &mut self,
        sub_task: &str,
        status: SubTaskStatus,
        agent: Option<&str>,
        (created_at, updated_at): (Timestamp, Timestamp),
        judged: Vec<Row>,
    ) -> i64 {
        let Some(agent) = agent else {
            for _ in judged {
                self.report.skip("review_record", sub_task, "its sub-task was never anybody's");
            }
            return 0;
        };
        let (mut number, mut opened) = (0, created_at);
        for row in judged {
            number += 1;
            let ended = self.made_at(&row).max(opened);
            self.attempt(sub_task, number, agent, opened, Some((ended, Action::Submit)));
            self.review(&row, sub_task, number);
            opened = ended;
        }
        let last = match status {
            SubTaskStatus::Assigned | SubTaskStatus::InProgress => Some(None),
            SubTaskStatus::Review => Some(Some((updated_at.max(opened), Action::Submit))),
            SubTaskStatus::Done | SubTaskStatus::Rework if number == 0 => {
                Some(Some((updated_at.max(opened), Action::Submit)))
            }
            SubTaskStatus::Blocked => Some(Some((updated_at.max(opened), Action::Block))),
            SubTaskStatus::Pending
            | SubTaskStatus::Done
            | SubTaskStatus::Rework
            | SubTaskStatus::Cancelled => None,
        };
        if let Some(end) = last {
            number += 1;
            self.attempt(sub_task, number, agent, opened, end);
        }
        number
    }

    fn attempt(
        &mut self,
        sub_task: &str,
        number: i64,
        agent: &str,
        opened: Timestamp,
        end: Option<(Timestamp, Action)>,
    ) {
        self.rows.attempts.push(attempt::Model {
            sub_task_id: sub_task.to_owned(),
            number,
            agent_id: agent.to_owned(),
            session_id: None,
            opened_at: At(opened),
            ended_at: end.map(|(at, _)| At(at)),
            outcome: end.map(|(_, outcome)| Word(outcome)),
            fail_class: None,
            artifacts: None,
            summary: None,
        });
    }

    fn review(&mut self, row: &Row, sub_task: &str, round: i64) {
        let score = row.number("score").unwrap_or(MIN_REVIEW_SCORE);
        let created_at = At(self.made_at(row));
        self.rows.reviews.push(review::Model {
            id: row.id("id").unwrap_or_default(),
            sub_task_id: sub_task.to_owned(),
            reviewer_agent: row.id("reviewer_agent").unwrap_or_default(),
            round,
            attempt: round,
            result: Word(row.said("result").parse().unwrap_or(Verdict::Rejected)),
            score: score.clamp(MIN_REVIEW_SCORE, MAX_REVIEW_SCORE),
            issues: row.said("issues"),
            comment: row.said("comment"),
            rework_agent: row.id("rework_agent").filter(|id| self.knows_agent(id)),
            created_at,
        });
    }

    fn count_sub_tasks(&mut self) {
        let mut counts: HashMap<&str, (i64, i64, i64)> = HashMap::new();
        for row in &self.rows.sub_tasks {
            let count = counts.entry(row.task_id.as_str()).or_default();
            count.0 += 1;
            count.1 += i64::from(!row.status.0.is_final());
            count.2 += i64::from(row.status.0 == SubTaskStatus::Done);
        }
        for task in &mut self.rows.tasks {
            let count = counts.get(task.id.as_str()).copied().unwrap_or_default();
            (task.sub_tasks, task.open_sub_tasks, task.done_sub_tasks) = count;
        }
    }

    fn known_sub_tasks(&self) -> HashSet<String> {
        self.rows.sub_tasks.iter().map(|row| row.id.clone()).collect()
    }

    fn rewards(&mut self, rows: Vec<Row>) {
        let (mut ids, sub_tasks) = (HashSet::new(), self.known_sub_tasks());
        for row in rows {
            let Some(id) = self.fresh_id("reward_log", &row, &mut ids) else { continue };
            let agent = row.id("agent_id").filter(|id| self.knows_agent(id));
            let (Some(agent_id), Some(score_delta)) = (agent, row.number("score_delta")) else {
                self.report.skip("reward_log", &id, "its agent is not there, or it says no number");
                continue;
            };
            let created_at = At(self.made_at(&row));
            self.rows.rewards.push(reward::Model {
                id,
                agent_id,
                sub_task_id: row.id("sub_task_id").filter(|id| sub_tasks.contains(id)),
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

    fn logs(&mut self, rows: Vec<Row>) {
        let (mut ids, sub_tasks) = (HashSet::new(), self.known_sub_tasks());
        for row in rows {
            let Some(id) = self.fresh_id("activity_log", &row, &mut ids) else { continue };
            let Some(agent_id) = row.id("agent_id").filter(|id| self.knows_agent(id)) else {
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
                sub_task_id: row.id("sub_task_id").filter(|id| sub_tasks.contains(id)),
                action: Word(action),
                summary,
                session_id: row.filled("session_id"),
                created_at,
            });
        }
    }

    fn rules(&mut self, rows: Vec<Row>) {
        let (mut ids, sub_tasks) = (HashSet::new(), self.known_sub_tasks());
        for row in rows {
            let Some(id) = self.fresh_id("rule", &row, &mut ids) else { continue };
            let (scope, content) = (row.said("scope"), row.said("content"));
            let tasks = &self.rows.tasks;
            let task_id = row.id("task_id").filter(|id| tasks.iter().any(|task| task.id == *id));
            let sub_task_id = row.id("sub_task_id").filter(|id| sub_tasks.contains(id));
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
    fn patrol(&mut self, rows: Vec<Row>) {
        let (mut ids, sub_tasks) = (HashSet::new(), self.known_sub_tasks());
        for row in rows {
            let Some(id) = self.fresh_id("patrol_record", &row, &mut ids) else { continue };
            let Some(agent_id) = row.id("agent_id").filter(|id| self.knows_agent(id)) else {
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
                sub_task_id: row.id("sub_task_id").filter(|id| sub_tasks.contains(id)),
                action: Word(LogAction::Patrol),
                summary: words.join("; "),
                session_id: None,
                created_at,
            });
        }
    }

    fn requests(&mut self, rows: Vec<Row>) {
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
    fn tell(&mut self) {
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
            to_status: Some(row.status.clone()),
            attempt: row.attempt,
            ..event(&row.task_id)
        });
        let events = tasks.chain(sub_tasks).collect();
        self.rows.events = events;
    }
}

fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}
