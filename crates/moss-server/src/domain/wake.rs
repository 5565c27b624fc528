//! The wake-up packet: what an agent with no memory needs to know, by indexed queries only.
//! It reads and never writes.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use moss_api::{
    CLAIMABLE_COUNT_CAP, LateSubmission, LeftoverKind, MORE_AMISS, NextStep, Role, Scan,
    SubTaskStatus, TaskStatus, Timestamp, Verdict, WakePacket, WorkItem, WorkKind,
    wake::{Claimable, Delivered, Lesson, Me, Omitted, Owed, Rejection, RulesText, TaskItem},
};

use crate::config::timings::Timings;
use crate::domain::Error;
use crate::domain::outbox::Announcing;
use crate::domain::patrol::records::for_patrol;
use crate::domain::planning::leftovers::for_packet;
use crate::domain::planning::questions::answers_for;
use crate::domain::rules::{self, Variables};
use crate::domain::work::late::told;
use crate::domain::work::lease::ends_soon;
use crate::releases::ReleaseNotice;
use crate::security::secret::sha256_hex;
use crate::store::entity::sub_task::Model;
use crate::store::entity::{agent, attempt, review, task};
use crate::store::{
    Reads, agents, attempts, dependencies, late_submissions, logs, reviews, sub_tasks, tasks,
};

/// Sub-tasks a packet lists at most.
const MAX_ITEMS: u64 = 20;
/// Tasks a planner's packet lists at most.
const MAX_TASKS: u64 = 10;
const MAX_LESSONS: u64 = 5;
/// Reflections that are asked for at once.
const MAX_OWED: usize = 3;
/// Anomalies patrol's packet lists at most.
const MAX_ANOMALIES: usize = 10;
/// Late submissions a packet lists at most.
const MAX_LATE: u64 = 5;
/// A reviewer's queue is read this far to find work that is not its own.
const REVIEW_WINDOW: u64 = 60;

/// What the caller asks for besides the packet itself.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The cursor of an earlier packet: the score as it was then, so that whatever was added since
    /// is told, in whichever order it was written.
    pub since: Option<i64>,
    /// The version of the rules the caller has, or `none`: they are not sent again.
    pub rules: Option<String>,
    /// The sub-task to show first and whole, if it is among those of the packet.
    pub first: Option<String>,
    /// Whether a timer asks: of a packet without work nobody reads the rest.
    pub by_timer: bool,
}

/// What the packet says of the server.
#[derive(Clone, Debug)]
pub struct WakeContext {
    /// For the rule texts.
    pub variables: Variables,
    /// Leases and limits.
    pub timings: Timings,
    /// Who tells people, and what of.
    pub announcing: Option<Announcing>,
    /// Which clients there are.
    pub release_notice: ReleaseNotice,
    /// The time.
    pub now: Timestamp,
}

/// Builds the packet of an agent.
pub async fn packet<C: Reads>(
    db: &C,
    me: &agent::Model,
    asked: &Asked,
    context: &WakeContext,
) -> Result<WakePacket, Error> {
    let role = me.role.0;
    let (mut rows, tasks) = match role {
        Role::Executor => (executor_rows(db, me).await?, Vec::new()),
        Role::Reviewer => (reviewer_rows(db, me).await?, Vec::new()),
        Role::Planner => {
            (planner_rows(db, context.now).await?, planner_tasks(db, context.now).await?)
        }
        Role::Patrol => (Vec::new(), Vec::new()),
    };
    // The order among the others stays.
    rows.sort_by_key(|(_, row)| asked.first.as_ref() != Some(&row.id));
    let amiss = match role {
        Role::Patrol => for_patrol(db, &me.id, MAX_ANOMALIES).await?,
        Role::Executor | Role::Reviewer | Role::Planner => Scan { items: Vec::new(), more: false },
    };
    let late = match role {
        Role::Reviewer | Role::Planner => late_for(db, me).await?,
        Role::Executor | Role::Patrol => Vec::new(),
    };
    let (items, owed) = items(db, me, rows, context).await?;
    let claimable = match role {
        Role::Executor => claimable(db).await?,
        Role::Planner | Role::Reviewer | Role::Patrol => None,
    };
    let leftovers = match role {
        Role::Planner => {
            let done = tasks.iter().filter(|task| task.all_done).map(|task| task.id.clone());
            for_packet(db, &done.collect::<Vec<_>>()).await?
        }
        Role::Executor | Role::Reviewer | Role::Patrol => Vec::new(),
    };
    let answers = answers_for(db, &me.id).await?;
    let announce = match &context.announcing {
        Some(announcing) => announcing.waits_for(db, role, context.now).await?,
        None => None,
    };
    let work = !items.is_empty()
        || announce.is_some()
        || !answers.is_empty()
        || leftovers.iter().any(|leftover| leftover.kind == LeftoverKind::Question)
        || tasks.iter().any(is_work)
        || claimable.is_some()
        // The planner is shown them, and woken by none: the reviewer decides.
        || (role == Role::Reviewer && !late.is_empty())
        || !amiss.items.is_empty();
    let is_read = work || !asked.by_timer;
    let task_of_first = items.first().map(|item| (item.task_id.clone(), item.id.clone()));
    let mut packet = WakePacket {
        schema: 1,
        now: context.now,
        project: context.variables.project_name.clone(),
        me: about_me(db, me, asked).await?,
        work,
        cursor: me.total_score.to_string(),
        items,
        tasks,
        anomalies: amiss.items,
        late,
        leftovers,
        answers,
        announce,
        claimable,
        withheld: None,
        lessons: if is_read { lessons(db, me).await? } else { Vec::new() },
        owed,
        rules: if is_read {
            rules_text(db, asked, task_of_first, &context.variables).await?
        } else {
            None
        },
        omitted: amiss.more.then(more_amiss).into_iter().collect(),
        client_version: context.release_notice.newest.map(|version| version.to_string()),
        minimum_version: context.release_notice.minimum.map(|version| version.to_string()),
    };
    packet.brief();
    Ok(packet)
}

/// What patrol is not shown.
fn more_amiss() -> Omitted {
    Omitted { what: MORE_AMISS.to_owned(), next: NextStep::ListAnomalies }
}

async fn about_me<C: Reads>(db: &C, me: &agent::Model, asked: &Asked) -> Result<Me, Error> {
    let (rank, agents) = reviews::rank(db, me.total_score).await?;
    let score_change = asked.since.map_or(0, |since| me.total_score.saturating_sub(since));
    Ok(Me {
        id: me.id.clone(),
        name: me.name.clone(),
        role: me.role.0.into(),
        score: me.total_score,
        score_change,
        rank,
        agents,
    })
}

type Candidates = Vec<(WorkKind, Model)>;

fn all_as(kind: WorkKind, rows: Vec<Model>) -> impl Iterator<Item = (WorkKind, Model)> {
    rows.into_iter().map(move |row| (kind, row))
}

async fn executor_rows<C: Reads>(db: &C, me: &agent::Model) -> Result<Candidates, Error> {
    let mut wanted = Vec::new();
    for (kind, status) in [
        (WorkKind::Rework, SubTaskStatus::Rework),
        (WorkKind::InProgress, SubTaskStatus::InProgress),
        (WorkKind::Assigned, SubTaskStatus::Assigned),
    ] {
        wanted.extend(all_as(kind, sub_tasks::of_agent(db, &me.id, status, MAX_ITEMS).await?));
    }
    Ok(wanted)
}

async fn reviewer_rows<C: Reads>(db: &C, me: &agent::Model) -> Result<Candidates, Error> {
    let waiting =
        sub_tasks::unchanged_since(db, SubTaskStatus::Review, Timestamp::MAX, REVIEW_WINDOW)
            .await?;
    let ids: Vec<String> = waiting.iter().map(|row| row.id.clone()).collect();
    let own: HashSet<String> = attempts::worked_on(db, &me.id, &ids).await?.into_iter().collect();
    let mine_to_judge = waiting.into_iter().filter(|row| !own.contains(&row.id));
    let limit = usize::try_from(MAX_ITEMS).unwrap_or(usize::MAX);
    Ok(all_as(WorkKind::Review, mine_to_judge.take(limit).collect()).collect())
}

async fn planner_rows<C: Reads>(db: &C, now: Timestamp) -> Result<Candidates, Error> {
    let (status, ever) = (SubTaskStatus::Blocked, Timestamp::MAX);
    let blocked =
        sub_tasks::unjudged_since(db, status, ever, Role::Planner, now, MAX_ITEMS).await?;
    Ok(all_as(WorkKind::Blocked, blocked).collect())
}

async fn planner_tasks<C: Reads>(db: &C, now: Timestamp) -> Result<Vec<TaskItem>, Error> {
    let mut rows = tasks::all_done(db, Role::Planner, now, MAX_TASKS).await?;
    rows.extend(tasks::in_status(db, TaskStatus::Planning, MAX_TASKS).await?);
    Ok(rows.into_iter().map(task_item).collect())
}

/// A draft is shown and wakes nobody: it may stay one. A person's goal waits for its plan.
pub(in crate::domain) fn is_work(task: &TaskItem) -> bool {
    task.status != TaskStatus::Planning || task.waits_for_plan()
}

fn task_item(row: task::Model) -> TaskItem {
    TaskItem {
        all_done: row.all_done(),
        id: row.id,
        name: row.name,
        description: row.description,
        status: row.status.0.into(),
        sub_tasks: row.sub_tasks,
        done: row.done_sub_tasks,
        open: row.open_sub_tasks,
        from_person: row.from_person,
        deadline: row.deadline.map(|at| at.0),
    }
}

/// What was handed in too late by others and could be adopted.
async fn late_for<C: Reads>(db: &C, me: &agent::Model) -> Result<Vec<LateSubmission>, Error> {
    let mut rows = late_submissions::waiting(db, MAX_LATE).await?;
    rows.retain(|row| row.agent_id != me.id);
    told(db, rows).await
}

async fn claimable<C: Reads>(db: &C) -> Result<Option<Claimable>, Error> {
    let Some(best) = sub_tasks::best_claimable(db, 1).await?.pop() else { return Ok(None) };
    let count = sub_tasks::count_claimable(db).await?;
    Ok(Some(Claimable {
        count: count.min(CLAIMABLE_COUNT_CAP),
        more: count > CLAIMABLE_COUNT_CAP,
        best_id: best.id,
        best_name: best.name,
    }))
}

async fn lessons<C: Reads>(db: &C, me: &agent::Model) -> Result<Vec<Lesson>, Error> {
    let rows = logs::reflections(db, &me.id, MAX_LESSONS).await?;
    Ok(rows
        .into_iter()
        .map(|row| Lesson {
            sub_task_id: row.sub_task_id,
            summary: row.summary,
            at: row.created_at.0,
        })
        .collect())
}

async fn rules_text<C: Reads>(
    db: &C,
    asked: &Asked,
    first: Option<(String, String)>,
    variables: &Variables,
) -> Result<Option<RulesText>, Error> {
    if asked.rules.as_deref() == Some("none") {
        return Ok(None);
    }
    let (task, sub_task) = first.unzip();
    let content = rules::applying(db, task.as_deref(), sub_task.as_deref(), variables).await?;
    if content.is_empty() {
        return Ok(None);
    }
    let version: String = sha256_hex(content.as_bytes()).chars().take(8).collect();
    let known = asked.rules.as_deref() == Some(version.as_str());
    Ok(Some(RulesText {
        tokens: moss_api::tokens(&content),
        content: (!known).then_some(content),
        version,
    }))
}

/// What stands around the sub-tasks of a packet, fetched once for all of them.
struct Context {
    tasks: HashMap<String, task::Model>,
    last_reviews: HashMap<String, review::Model>,
    handed_in: HashMap<String, attempt::Model>,
    waits_for: HashMap<String, Vec<Model>>,
    names: HashMap<String, String>,
    now: Timestamp,
    assignment_lease: Duration,
}

async fn context<C: Reads>(
    db: &C,
    rows: &Candidates,
    about: &WakeContext,
) -> Result<Context, Error> {
    let ids: Vec<String> = rows.iter().map(|(_, row)| row.id.clone()).collect();
    let task_ids: HashSet<String> = rows.iter().map(|(_, row)| row.task_id.clone()).collect();
    let task_ids: Vec<String> = task_ids.into_iter().collect();
    let tasks = tasks::find_many(db, &task_ids).await?;
    let last_reviews = reviews::last_of(db, &ids).await?;
    // What it is built on is told of the first alone.
    let edges = dependencies::of(db, ids.get(..1).unwrap_or_default()).await?;
    let on: HashSet<String> = edges.iter().map(|edge| edge.depends_on.clone()).collect();
    let on: Vec<String> = on.into_iter().collect();
    let finished: HashMap<String, Model> =
        sub_tasks::find_many(db, &on).await?.into_iter().map(|row| (row.id.clone(), row)).collect();
    let mut waits_for: HashMap<String, Vec<Model>> = HashMap::new();
    for edge in edges {
        if let Some(row) = finished.get(&edge.depends_on) {
            waits_for.entry(edge.sub_task_id).or_default().push(row.clone());
        }
    }
    let all: Vec<String> = ids.into_iter().chain(on).collect();
    let handed_in = attempts::last_handed_in(db, &all).await?;
    let people = rows
        .iter()
        .filter_map(|(_, row)| row.assigned_agent.clone())
        .chain(last_reviews.values().map(|review| review.reviewer_agent.clone()))
        .chain(handed_in.values().map(|attempt| attempt.agent_id.clone()))
        .collect::<HashSet<_>>();
    let names = agents::names(db, people).await?;
    let tasks = tasks.into_iter().map(|row| (row.id.clone(), row)).collect();
    let (now, assignment_lease) = (about.now, about.timings.assignment_lease);
    Ok(Context { tasks, last_reviews, handed_in, waits_for, names, now, assignment_lease })
}

impl Context {
    fn name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_default()
    }

    fn delivered(&self, row: &Model) -> Option<Delivered> {
        let attempt = self.handed_in.get(&row.id)?;
        Some(Delivered {
            sub_task_id: row.id.clone(),
            name: row.name.clone(),
            agent: self.name(&attempt.agent_id),
            summary: attempt.summary.clone().unwrap_or_default(),
            artifacts: attempts::artifacts(attempt),
            at: attempt.ended_at.unwrap_or(attempt.opened_at).0,
        })
    }

    fn rejection(&self, row: &Model) -> Option<Rejection> {
        let review = self.last_reviews.get(&row.id)?;
        (review.result.0 == Verdict::Rejected).then(|| Rejection {
            score: review.score,
            reviewer: self.name(&review.reviewer_agent),
            issues: review.issues.clone(),
            comment: review.comment.clone(),
            at: review.created_at.0,
        })
    }

    fn item(&self, me: &agent::Model, kind: WorkKind, row: Model) -> WorkItem {
        let built_on = self.waits_for.get(&row.id).into_iter().flatten();
        let agent = row.assigned_agent.as_deref().filter(|id| *id != me.id);
        WorkItem {
            kind: kind.into(),
            task_name: self.tasks.get(&row.task_id).map(|t| t.name.clone()).unwrap_or_default(),
            priority: row.priority.0.into(),
            round: row.rework_count + 1,
            attempt: row.attempt,
            since: row.updated_at.0,
            lease_until: row.lease_until.map(|at| at.0),
            lease_ends_soon: agent.is_none() && ends_soon(&row, self.now, self.assignment_lease),
            agent: agent.map(|id| self.name(id)),
            reason: row.block_reason.clone(),
            block_class: row.block_class.map(|class| class.0.into()),
            due: row.block_due.map(|at| at.0),
            rejection: self.rejection(&row),
            delivered: self.delivered(&row),
            built_on: built_on.filter_map(|row| self.delivered(row)).collect(),
            id: row.id,
            name: row.name,
            task_id: row.task_id,
            description: row.description,
            deliverable: row.deliverable,
            acceptance: row.acceptance,
        }
    }
}

async fn items<C: Reads>(
    db: &C,
    me: &agent::Model,
    rows: Candidates,
    about: &WakeContext,
) -> Result<(Vec<WorkItem>, Vec<Owed>), Error> {
    if rows.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let context = context(db, &rows, about).await?;
    let items: Vec<WorkItem> =
        rows.into_iter().map(|(kind, row)| context.item(me, kind, row)).collect();
    let owed = owed(db, me, &items).await?;
    Ok((items, owed))
}

/// Rejections of the caller's own current work that it has not reflected on since.
async fn owed<C: Reads>(db: &C, me: &agent::Model, items: &[WorkItem]) -> Result<Vec<Owed>, Error> {
    let mut owed: Vec<(&WorkItem, &Rejection)> = items
        .iter()
        .filter(|item| item.agent.is_none() && me.role.0 == Role::Executor)
        // Who reworks what somebody else was rejected for owes nothing.
        .filter(|item| item.delivered.as_ref().is_some_and(|by| by.agent == me.name))
        .filter_map(|item| Some((item, item.rejection.as_ref()?)))
        .collect();
    let ids: Vec<String> = owed.iter().map(|(item, _)| item.id.clone()).collect();
    for reflection in logs::reflections_on(db, &me.id, &ids).await? {
        owed.retain(|(item, rejection)| {
            reflection.sub_task_id.as_deref() != Some(item.id.as_str())
                || reflection.created_at.0 < rejection.at
        });
    }
    Ok(owed
        .into_iter()
        .take(MAX_OWED)
        .map(|(item, rejection)| Owed {
            sub_task_id: item.id.clone(),
            name: item.name.clone(),
            score: rejection.score,
        })
        .collect())
}
