//! Reviews as the person in charge is shown them.

use moss_api::Page;
use moss_api::admin::{AdminReview, AdminReviewInFull};

use crate::domain::queries::admin::{Names, sub_tasks_by_id};
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::domain::{Error, Refusal, resolve};
use crate::store::entity::review::Model;
use crate::store::{listed, reviews};

pub use crate::store::listed::reviews::Which;

impl From<Model> for AdminReview {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            task_id: None,
            task_name: None,
            module_id: None,
            module_name: None,
            sub_task_id: row.sub_task_id,
            sub_task_name: None,
            reviewer_agent: row.reviewer_agent,
            reviewer_agent_name: None,
            round: row.round,
            result: row.result.0.into(),
            score: row.score,
            issues: row.issues,
            comment: row.comment,
            rework_agent: row.rework_agent,
            rework_agent_name: None,
            created_at: row.created_at.0,
        }
    }
}

/// A page.
///
/// # Errors
/// When the database fails.
pub async fn list(
    db: &Db,
    which: &Which,
    sort: Sort,
    page: PageRequest,
) -> Result<Page<AdminReview>, Error> {
    let mut page = listed::reviews::list::<AdminReview>(db, which, sort, page).await?;
    let ids = page.items.iter().map(|row| row.sub_task_id.clone()).collect();
    let sub_tasks = sub_tasks_by_id(db, ids).await?;
    for row in &mut page.items {
        if let Some(sub_task) = sub_tasks.get(&row.sub_task_id) {
            row.task_id = Some(sub_task.task_id.clone());
            row.module_id.clone_from(&sub_task.module_id);
            row.sub_task_name = Some(sub_task.name.clone());
        }
    }
    name(db, &mut page.items).await?;
    Ok(page)
}

async fn name(db: &Db, rows: &mut [AdminReview]) -> Result<(), Error> {
    let reviewers = rows.iter().map(|row| row.reviewer_agent.clone());
    let agents = reviewers.chain(rows.iter().filter_map(|row| row.rework_agent.clone()));
    let names = Names::of(
        db,
        agents.collect(),
        rows.iter().filter_map(|row| row.task_id.clone()).collect(),
        rows.iter().filter_map(|row| row.module_id.clone()).collect(),
    )
    .await?;
    for row in rows {
        row.task_name = row.task_id.as_deref().and_then(|id| names.task(id));
        row.module_name = names.module(row.module_id.as_ref());
        row.reviewer_agent_name = names.agent(Some(&row.reviewer_agent));
        row.rework_agent_name = names.agent(row.rework_agent.as_ref());
    }
    Ok(())
}

/// The review a text names, with what was to be done.
///
/// # Errors
/// When there is none, or several.
pub async fn one(db: &Db, text: &str) -> Result<AdminReviewInFull, Error> {
    let id = resolve::review_id(db, text).await?;
    let row = reviews::find(db, &id).await?;
    let mut row = AdminReview::from(row.ok_or_else(|| Refusal::not_found("review", text))?);
    let mut sub_tasks = sub_tasks_by_id(db, vec![row.sub_task_id.clone()]).await?;
    let sub_task = sub_tasks.remove(&row.sub_task_id);
    if let Some(sub_task) = &sub_task {
        row.task_id = Some(sub_task.task_id.clone());
        row.module_id.clone_from(&sub_task.module_id);
        row.sub_task_name = Some(sub_task.name.clone());
    }
    name(db, std::slice::from_mut(&mut row)).await?;
    let text = |of: fn(crate::store::entity::sub_task::Model) -> String| sub_task.clone().map(of);
    Ok(AdminReviewInFull {
        sub_task_description: text(|it| it.description),
        sub_task_deliverable: text(|it| it.deliverable),
        sub_task_acceptance: text(|it| it.acceptance),
        row,
    })
}
