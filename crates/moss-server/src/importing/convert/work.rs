//! Tasks, modules and sub-tasks, with the attempts at them and the verdicts on these.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use moss_api::{
    Action, AgentStatus, BlockClass, BlockOwner, MAX_REVIEW_SCORE, MIN_REVIEW_SCORE, Priority,
    Role, SubTaskStatus, TaskStatus, Timestamp, Verdict, WorkType, offers_work,
};

use crate::importing::convert::{Made, name};
use crate::importing::values::Row;
use crate::store::entity::{attempt, module, review, sub_task, task};
use crate::store::{At, Word};

impl Made<'_> {
    pub(super) fn tasks(&mut self, rows: Vec<Row>) {
        let mut ids = HashSet::new();
        for row in rows {
            let Some(id) = self.fresh_id("task", &row, &mut ids) else { continue };
            let status = row.said("status").parse().unwrap_or_else(|_| {
                self.report.note("task", &id, "its status is none: it is in planning");
                TaskStatus::Planning
            });
            let created_at = self.made_at(&row);
            let updated_at = self.time(&row, "updated_at").unwrap_or(created_at).max(created_at);
            self.tasks.insert(id.clone());
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

    pub(super) fn modules(&mut self, rows: Vec<Row>) {
        let mut ids = HashSet::new();
        for row in rows {
            let Some(id) = self.fresh_id("module", &row, &mut ids) else { continue };
            let task_id = row.id("task_id");
            let Some(task_id) = task_id.filter(|id| self.tasks.contains(id)) else {
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

    pub(super) fn sub_tasks(&mut self, rows: Vec<Row>, reviews: Vec<Row>) {
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
            if !reviewer.is_some_and(|id| self.agents.contains(&id)) {
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
        let agent = row.id("assigned_agent").filter(|id| self.agents.contains(id));
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
        self.sub_tasks.insert(id.clone());
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
            rework_agent: row.id("rework_agent").filter(|id| self.agents.contains(id)),
            created_at,
        });
    }

    pub(super) fn count_sub_tasks(&mut self) {
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
}

fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}
