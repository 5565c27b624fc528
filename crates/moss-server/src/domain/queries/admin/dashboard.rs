//! The dashboard: the work and the team in numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use moss_api::admin::{
    AdminAgent, AdminReview, AdminSubTask, AgentInShort, CoreCards, Count, Distributions,
    Highlights, Overview, ReviewDay, ReviewInShort, ScoreDay, SecondaryCards, SubTaskInShort,
    Trends,
};
use moss_api::{AgentStatus, Role, SubTaskStatus, TaskStatus, Timestamp, Verdict, Vocabulary};

use crate::domain::Error;
use crate::domain::days::{DaysUntilToday, zone};
use crate::domain::queries::admin::past_days::PastDays;
use crate::domain::queries::admin::scores::ratio;
use crate::domain::queries::admin::{agents, reviews, sub_tasks};
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::store::listed::days::{self, Days};
use crate::store::listed::words::{self, Words};

/// Of how many days verdicts are counted by what they say.
const REVIEW_WINDOW_DAYS: i64 = 7;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Tasks that are not over.
const OPEN_TASKS: &[TaskStatus] =
    &[TaskStatus::Planning, TaskStatus::Active, TaskStatus::InProgress];
/// Sub-tasks that somebody has, or that cannot go on.
const ACTIVE_SUB_TASKS: &[SubTaskStatus] = &[
    SubTaskStatus::Assigned,
    SubTaskStatus::InProgress,
    SubTaskStatus::Review,
    SubTaskStatus::Rework,
    SubTaskStatus::Blocked,
];

fn of(words: &Words, word: &str) -> i64 {
    words.get(word).copied().unwrap_or(0)
}

/// Of every word there is, also where there are none.
fn every<T: Vocabulary>(words: &Words) -> BTreeMap<String, i64> {
    T::all_words().map(|word| (word.to_owned(), of(words, word))).collect()
}

/// How things stand; `days` say when today began.
pub async fn overview(db: &Db, now: Timestamp, days: &DaysUntilToday) -> Result<Overview, Error> {
    let tasks = words::task_statuses(db).await?;
    let sub_tasks = words::sub_task_statuses(db).await?;
    let agent_statuses = words::agent_statuses(db).await?;
    let today = [days.today()];
    let first = |counts: Vec<i64>| counts.first().copied().unwrap_or(0);
    let verdicts = days::verdicts(db, Days(&today)).await?;
    let verdicts = verdicts.first().copied().unwrap_or_default();
    let deltas = days::deltas(db, Days(&today)).await?;
    let deltas = deltas.first().copied().unwrap_or_default();
    let rejected = verdicts.total - verdicts.approved;
    let window = DAY * u32::try_from(REVIEW_WINDOW_DAYS).unwrap_or(1);
    let mut agents = every::<AgentStatus>(&agent_statuses);
    agents.remove(AgentStatus::Removed.as_str());
    Ok(Overview {
        generated_at: now,
        review_window_days: REVIEW_WINDOW_DAYS,
        core_cards: CoreCards {
            open_task_count: OPEN_TASKS.iter().map(|status| of(&tasks, status.as_str())).sum(),
            active_sub_task_count: ACTIVE_SUB_TASKS
                .iter()
                .map(|status| of(&sub_tasks, status.as_str()))
                .sum(),
            review_queue_count: of(&sub_tasks, SubTaskStatus::Review.as_str()),
            blocked_sub_task_count: of(&sub_tasks, SubTaskStatus::Blocked.as_str()),
            active_agent_count: of(&agent_statuses, AgentStatus::Active.as_str()),
            today_completed_sub_task_count: first(days::approved(db, Days(&today)).await?),
        },
        secondary_cards: SecondaryCards {
            disabled_agent_count: of(&agent_statuses, AgentStatus::Disabled.as_str()),
            today_review_count: verdicts.total,
            today_rejected_review_count: rejected,
            today_reject_rate: ratio(rejected.saturating_mul(100), verdicts.total),
            today_net_score_delta: deltas.gained + deltas.lost,
        },
        distributions: Distributions {
            task_status_distribution: every::<TaskStatus>(&tasks),
            sub_task_status_distribution: every::<SubTaskStatus>(&sub_tasks),
            agent_status_distribution: agents,
            agent_role_distribution: every::<Role>(&words::agent_roles(db).await?),
            review_result_distribution_7d: every::<Verdict>(
                &words::verdicts_since(db, now - window).await?,
            ),
        },
    })
}

/// What is worth a look: of each the first few.
pub async fn highlights(
    db: &Db,
    now: Timestamp,
    limit: i64,
    inactive_hours: i64,
) -> Result<Highlights, Error> {
    let page = PageRequest::new(1, limit);
    let waiting = async |status| {
        let which = sub_tasks::Which { status: Some(status), ..Default::default() };
        let order = (sub_tasks::By::Updated, Sort::OldestFirst);
        let list = sub_tasks::List { task: None, module: None, which, order, page };
        Ok::<_, Error>(list.run(db).await?.items.into_iter().map(sub_task_in_short).collect())
    };
    let busiest = words::busiest(db, ACTIVE_SUB_TASKS, u64::try_from(limit).unwrap_or(0)).await?;
    let quiet_since = Some(now - HOUR * u32::try_from(inactive_hours).unwrap_or(1));
    let status = Some(AgentStatus::Active);
    let which = agents::Which { status, quiet_since, ..Default::default() };
    let quiet =
        agents::list(db, &which, (agents::By::LastRequest, Sort::OldestFirst), page).await?;
    let recent = reviews::list(db, &reviews::Which::default(), Sort::NewestFirst, page).await?;
    Ok(Highlights {
        generated_at: now,
        limit,
        inactive_hours,
        blocked_sub_tasks: waiting(SubTaskStatus::Blocked).await?,
        pending_review_sub_tasks: waiting(SubTaskStatus::Review).await?,
        busy_agents: in_short(agents::of(db, &busiest).await?),
        low_activity_agents: in_short(quiet.items),
        recent_reviews: recent.items.into_iter().map(review_in_short).collect(),
    })
}

fn in_short(agents: Vec<AdminAgent>) -> Vec<AgentInShort> {
    agents.into_iter().map(agent_in_short).collect()
}

/// What was done, day by day; what is `past` may be as old as [`PastDays`] says.
pub async fn trends(
    db: &Db,
    past: &PastDays,
    now: Timestamp,
    days: DaysUntilToday,
) -> Result<Trends, Error> {
    let each = &days.begin;
    let made = past.made.counted(db, each, now, days::made).await?;
    let approved = past.approved.counted(db, each, now, days::approved).await?;
    let verdicts = past.verdicts.counted(db, each, now, days::verdicts).await?;
    let deltas = past.deltas.counted(db, each, now, days::deltas).await?;
    let requests = past.requests.counted(db, each, now, days::requests).await?;
    let logs = past.logs.counted(db, each, now, days::logs).await?;
    let counts = |counts: Vec<i64>| {
        let dates = days.dates.iter().cloned();
        dates.zip(counts).map(|(date, count)| Count { date, count }).collect()
    };
    let verdicts = days.dates.iter().cloned().zip(verdicts);
    let deltas = days.dates.iter().cloned().zip(deltas);
    Ok(Trends {
        generated_at: now,
        days: i64::try_from(days.dates.len()).unwrap_or(0),
        start_date: days.dates.first().cloned().unwrap_or_default(),
        end_date: days.dates.last().cloned().unwrap_or_default(),
        sub_task_created_trend: counts(made),
        sub_task_completed_trend: counts(approved),
        review_trend: verdicts
            .map(|(date, of)| ReviewDay {
                date,
                total: of.total,
                approved: of.approved,
                rejected: of.total - of.approved,
            })
            .collect(),
        score_delta_trend: deltas
            .map(|(date, of)| ScoreDay {
                date,
                positive_score_delta: of.gained,
                negative_score_delta: of.lost,
                net_score_delta: of.gained + of.lost,
            })
            .collect(),
        request_trend: counts(requests),
        activity_trend: counts(logs),
        zone: days.zone.clone(),
    })
}

/// Most days that trends are asked for.
pub const MOST_DAYS: i64 = 30;

/// Counts the days that are over of the server's own time zone anew.
///
/// # Errors
/// When the database fails.
pub async fn count_past_days(db: &Db, past: &PastDays, now: Timestamp) -> Result<(), Error> {
    let counted = PastDays::default();
    let days = DaysUntilToday::new(now, &zone(None)?, MOST_DAYS);
    trends(db, &counted, now, days).await?;
    past.take_over(counted);
    Ok(())
}

fn sub_task_in_short(row: AdminSubTask) -> SubTaskInShort {
    SubTaskInShort {
        id: row.id,
        task_id: row.task_id,
        task_name: row.task_name,
        name: row.name,
        status: row.status,
        assigned_agent: row.assigned_agent,
        assigned_agent_name: row.assigned_agent_name,
        updated_at: row.updated_at,
        rework_count: row.rework_count,
    }
}

fn agent_in_short(row: AdminAgent) -> AgentInShort {
    AgentInShort {
        id: row.id,
        name: row.name,
        role: row.role,
        status: row.status,
        total_score: row.total_score,
        open_sub_task_count: row.open_sub_task_count,
        last_request_at: row.last_request_at,
        last_activity_at: row.last_activity_at,
    }
}

fn review_in_short(row: AdminReview) -> ReviewInShort {
    ReviewInShort {
        id: row.id,
        task_id: row.task_id,
        task_name: row.task_name,
        sub_task_id: row.sub_task_id,
        sub_task_name: row.sub_task_name,
        reviewer_agent: row.reviewer_agent,
        reviewer_agent_name: row.reviewer_agent_name,
        result: row.result,
        score: row.score,
        created_at: row.created_at,
    }
}
