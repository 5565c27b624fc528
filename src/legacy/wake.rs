//! The wake-up packet, from the original's routes asked side by side.

use futures_util::future::try_join_all;
use moss_api::{
    AgentBrief, Health, Log, LogAction, Page, Review, RewardLog, Role, Rules, ScoreSummary,
    SubTask, SubTaskStatus, Task, TaskStatus, Verdict, WakePacket, WorkItem, WorkKind, tokens,
    wake::{Claimable, Delivered, Lesson, Me, Owed, Rejection, RulesText, TaskItem},
};

use super::claim::rank;
use super::offered::Over;
use super::patrol::stuck;
use crate::client::delivery_log::parse;
use crate::client::work_item::plain;
use crate::client::{Client, pages, rules};
use crate::error::{Error, Result};

/// Items that are looked into; more are only counted by the commands the packet names.
pub const MAX_ITEMS: usize = 20;
const LESSONS: usize = 5;
/// Patrols whose logs are looked into for why something is blocked.
const PATROLS: usize = 5;
/// The ledger keeps the penalty, not the review score that led to it.
const UNKNOWN_SCORE: i64 = 0;

/// What every role's packet is made of.
struct Common {
    project: String,
    rules: Rules,
    score: ScoreSummary,
    agents: Vec<AgentBrief>,
    reflections: Vec<Log>,
    tasks: Vec<Task>,
    over: Over,
}

/// Asks everything the packet needs.
///
/// # Errors
/// When one of the questions fails: a packet with holes would read as "no work".
pub async fn compose(client: &Client, health: &Health, role: Option<Role>) -> Result<WakePacket> {
    let reflections = [
        ("action", LogAction::Reflection.to_string()),
        ("days", "60".into()),
        ("limit", "100".into()),
    ];
    let (rules, score, agents, reflections, tasks) = tokio::try_join!(
        rules::ask(client, &[]),
        client.get::<ScoreSummary>("/api/scores/me", &[]),
        client.get::<Vec<AgentBrief>>("/api/agents", &[]),
        client.get::<Vec<Log>>("/api/logs/mine", &reflections),
        pages::all::<Task>(client, "/api/tasks", &[]),
    )?;
    let common = Common {
        project: health.service.clone(),
        rules,
        score,
        agents,
        reflections,
        over: Over::among(&tasks.items),
        tasks: tasks.items,
    };
    let me = common.agents.iter().find(|agent| agent.id == common.score.agent_id);
    let role = me
        .and_then(|agent| agent.role.get())
        .or(role)
        .ok_or_else(|| Error::local("the server knows this key but not its agent's role"))?;
    let mut packet = empty(&common, role);
    match role {
        Role::Executor => executor(client, &common, &mut packet).await?,
        Role::Reviewer => reviewer(client, &common, &mut packet).await?,
        Role::Planner => planner(client, &common, &mut packet).await?,
        Role::Patrol => patrol(client, &common, &mut packet).await?,
    }
    packet.work =
        !packet.items.is_empty() || !packet.tasks.is_empty() || packet.claimable.is_some();
    packet.brief();
    Ok(packet)
}

fn empty(common: &Common, role: Role) -> WakePacket {
    let score = &common.score;
    let content = common.rules.content.clone();
    let lessons = common.reflections.iter().take(LESSONS).map(|log| Lesson {
        sub_task_id: log.sub_task_id.clone(),
        summary: log.summary.clone(),
        at: log.created_at,
    });
    WakePacket {
        schema: 1,
        now: crate::system::clock::now(),
        project: common.project.clone(),
        me: Me {
            id: score.agent_id.clone(),
            name: score.agent_name.clone(),
            role: role.into(),
            score: score.total_score,
            score_change: 0,
            rank: score.rank,
            agents: score.total_agents,
        },
        work: false,
        cursor: String::new(),
        items: Vec::new(),
        tasks: Vec::new(),
        anomalies: Vec::new(),
        late: Vec::new(),
        leftovers: Vec::new(),
        answers: Vec::new(),
        announce: None,
        claimable: None,
        withheld: None,
        lessons: lessons.collect(),
        owed: Vec::new(),
        rules: (!content.trim().is_empty()).then(|| RulesText {
            version: "current".to_owned(),
            tokens: tokens(&content),
            content: Some(content),
        }),
        omitted: Vec::new(),
        client_version: None,
        minimum_version: None,
    }
}

async fn executor(client: &Client, common: &Common, packet: &mut WakePacket) -> Result<()> {
    let one_page = [("page_size", "100".to_owned())];
    let (mut mine, mut available, ledger) = tokio::try_join!(
        pages::all::<SubTask>(client, "/api/sub-tasks/mine", &[]),
        pages::all::<SubTask>(client, "/api/sub-tasks/available", &[]),
        client.get::<Page<RewardLog>>("/api/scores/me/logs", &one_page),
    )?;
    common.over.leave(&mut available.items);
    packet.owed = owed(common, &ledger.items, &mine.items);
    common.over.leave(&mut mine.items);
    let held = [SubTaskStatus::Rework, SubTaskStatus::InProgress, SubTaskStatus::Assigned];
    let mut todo: Vec<_> = mine
        .items
        .iter()
        .filter_map(|s| held.iter().position(|h| s.status == *h).map(|urgency| (urgency, s)))
        .collect();
    todo.sort_by_key(|(urgency, s)| (*urgency, rank(s), s.created_at));
    let todo = todo.into_iter().map(|(_, sub_task)| sub_task);
    packet.items = looked_into(client, common, todo, None).await?;
    packet.claimable =
        available.items.iter().min_by_key(|s| (rank(s), s.created_at)).map(|best| Claimable {
            count: u64::try_from(available.items.len()).unwrap_or(u64::MAX),
            more: false,
            best_id: best.id.clone(),
            best_name: best.name.clone(),
        });
    Ok(())
}

/// Penalties for a sub-task that no reflection has followed.
fn owed(common: &Common, ledger: &[RewardLog], mine: &[SubTask]) -> Vec<Owed> {
    let mut owed: Vec<Owed> = Vec::new();
    for entry in ledger.iter().filter(|entry| entry.score_delta < 0) {
        let Some(id) = &entry.sub_task_id else { continue };
        let answered =
            |log: &Log| log.sub_task_id.as_ref() == Some(id) && log.created_at >= entry.created_at;
        if common.reflections.iter().any(answered) || owed.iter().any(|o| o.sub_task_id == *id) {
            continue;
        }
        let name = mine.iter().find(|s| s.id == *id).map_or_else(String::new, |s| s.name.clone());
        owed.push(Owed { sub_task_id: id.clone(), name, score: UNKNOWN_SCORE });
    }
    owed.truncate(LESSONS);
    owed
}

async fn reviewer(client: &Client, common: &Common, packet: &mut WakePacket) -> Result<()> {
    let waiting = at_status(client, common, SubTaskStatus::Review).await?;
    let others = waiting.iter().filter(|s| s.assigned_agent.as_ref() != Some(&packet.me.id));
    packet.items = looked_into(client, common, others, Some(WorkKind::Review)).await?;
    Ok(())
}

async fn planner(client: &Client, common: &Common, packet: &mut WakePacket) -> Result<()> {
    let blocked = at_status(client, common, SubTaskStatus::Blocked).await?;
    packet.items = looked_into(client, common, blocked.iter(), Some(WorkKind::Blocked)).await?;
    let open = [TaskStatus::Planning, TaskStatus::Active, TaskStatus::InProgress];
    let tasks: Vec<_> = common
        .tasks
        .iter()
        .filter(|t| open.iter().any(|o| t.status == *o))
        .take(MAX_ITEMS)
        .collect();
    let parts = try_join_all(tasks.iter().map(|task| async {
        let query = [("task_id", task.id.clone())];
        pages::all::<SubTask>(client, "/api/sub-tasks", &query).await
    }))
    .await?;
    for (task, parts) in tasks.into_iter().zip(parts) {
        let item = task_item(task, &parts.items);
        // A task that others are working on wants nothing from the planner.
        if item.all_done || item.open == 0 || task.status == TaskStatus::Planning {
            packet.tasks.push(item);
        }
    }
    Ok(())
}

fn task_item(task: &Task, parts: &[SubTask]) -> TaskItem {
    let count = |keep: &dyn Fn(&SubTask) -> bool| {
        i64::try_from(parts.iter().filter(|s| keep(s)).count()).unwrap_or(i64::MAX)
    };
    let done = count(&|s| s.status == SubTaskStatus::Done);
    let open = count(&|s| s.status.get().is_none_or(|status| !status.is_final()));
    TaskItem {
        id: task.id.clone(),
        name: task.name.clone(),
        description: task.description.clone(),
        status: task.status.clone(),
        sub_tasks: count(&|_| true),
        done,
        open,
        all_done: open == 0 && done > 0,
        from_person: false,
        deadline: None,
    }
}

async fn patrol(client: &Client, common: &Common, packet: &mut WakePacket) -> Result<()> {
    let held = tokio::try_join!(
        at_status(client, common, SubTaskStatus::InProgress),
        at_status(client, common, SubTaskStatus::Rework),
        at_status(client, common, SubTaskStatus::Assigned),
    )?;
    let held = [held.0, held.1, held.2].concat();
    let stuck = stuck(client, held).await?;
    let sub_tasks = stuck.iter().map(|it| it.sub_task());
    packet.items = looked_into(client, common, sub_tasks, Some(WorkKind::Stuck)).await?;
    for (item, it) in packet.items.iter_mut().zip(&stuck) {
        item.reason = Some(it.reason());
    }
    Ok(())
}

async fn at_status(
    client: &Client,
    common: &Common,
    status: SubTaskStatus,
) -> Result<Vec<SubTask>> {
    let query = [("status", status.to_string())];
    let mut sub_tasks = pages::all::<SubTask>(client, "/api/sub-tasks", &query).await?.items;
    common.over.leave(&mut sub_tasks);
    Ok(sub_tasks)
}

/// Each with its last rejection and delivery.
async fn looked_into<'a>(
    client: &Client,
    common: &Common,
    sub_tasks: impl Iterator<Item = &'a SubTask>,
    kind: Option<WorkKind>,
) -> Result<Vec<WorkItem>> {
    let items = sub_tasks.take(MAX_ITEMS).map(|s| look_into(client, common, s, kind));
    try_join_all(items).await
}

async fn look_into(
    client: &Client,
    common: &Common,
    sub_task: &SubTask,
    kind: Option<WorkKind>,
) -> Result<WorkItem> {
    let reviews = [("sub_task_id", sub_task.id.clone()), ("page_size", "1".to_owned())];
    let (reviews, delivery, reason) = tokio::try_join!(
        client.get::<Page<Review>>("/api/review-records", &reviews),
        logged_by_holder(client, sub_task, LogAction::Delivery),
        why_blocked(client, common, sub_task),
    )?;
    let name = |id: &str| {
        let agent = common.agents.iter().find(|agent| agent.id == id);
        agent.map_or_else(|| moss_api::short_id(id).to_owned(), |agent| agent.name.clone())
    };
    let mut item = plain(sub_task);
    if let Some(kind) = kind {
        item.kind = kind.into();
    }
    item.task_name = common
        .tasks
        .iter()
        .find(|task| task.id == sub_task.task_id)
        .map_or_else(String::new, |task| task.name.clone());
    item.agent =
        sub_task.assigned_agent.as_deref().filter(|id| *id != common.score.agent_id).map(name);
    let judged_at = reviews.items.first().map(|review| review.created_at);
    item.rejection =
        reviews.items.into_iter().next().filter(|review| review.result == Verdict::Rejected).map(
            |review| Rejection {
                score: review.score,
                reviewer: name(&review.reviewer_agent),
                issues: review.issues,
                comment: review.comment,
                at: review.created_at,
            },
        );
    item.reason = reason;
    // What was judged already is not what waits.
    let waits = |log: &Log| {
        item.kind != WorkKind::Review
            || judged_at.is_none_or(|judged_at| log.created_at >= judged_at)
    };
    item.delivered = delivery.filter(waits).map(|log| {
        let (summary, artifacts) = parse(&log.summary);
        Delivered {
            sub_task_id: sub_task.id.clone(),
            name: sub_task.name.clone(),
            agent: name(&log.agent_id),
            summary,
            artifacts,
            at: log.created_at,
        }
    });
    Ok(item)
}

/// Anyone may write a log of any kind there: what counts is who wrote it.
async fn newest_log(
    client: &Client,
    sub_task: &SubTask,
    agent: &str,
    action: LogAction,
) -> Result<Option<Log>> {
    let query = [
        ("sub_task_id", sub_task.id.clone()),
        ("agent_id", agent.to_owned()),
        ("action", action.to_string()),
        ("days", "60".to_owned()),
        ("limit", "1".to_owned()),
    ];
    Ok(client.get::<Vec<Log>>("/api/logs", &query).await?.into_iter().next())
}

async fn logged_by_holder(
    client: &Client,
    sub_task: &SubTask,
    action: LogAction,
) -> Result<Option<Log>> {
    match &sub_task.assigned_agent {
        Some(holder) => newest_log(client, sub_task, holder, action).await,
        None => Ok(None),
    }
}

/// The original keeps no reason. Whoever blocked a sub-task has logged one, which only a patrol may
/// do, and its holder may have logged before what is missing.
async fn why_blocked(
    client: &Client,
    common: &Common,
    sub_task: &SubTask,
) -> Result<Option<String>> {
    if sub_task.status != SubTaskStatus::Blocked {
        return Ok(None);
    }
    let patrols = common.agents.iter().filter(|agent| agent.role == Role::Patrol).take(PATROLS);
    let logs = patrols.map(|agent| newest_log(client, sub_task, &agent.id, LogAction::Patrol));
    let (blocked, missing) = tokio::try_join!(
        try_join_all(logs),
        logged_by_holder(client, sub_task, LogAction::Blocked),
    )?;
    let blocked = blocked.into_iter().flatten().max_by_key(|log| log.created_at);
    let said: Vec<_> = [blocked, missing].into_iter().flatten().map(|log| log.summary).collect();
    Ok((!said.is_empty()).then(|| said.join("\n")))
}
