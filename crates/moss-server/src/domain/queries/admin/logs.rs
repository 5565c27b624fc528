//! The activity log as the person in charge is shown it.

use moss_api::Page;
use moss_api::admin::AdminLog;

use crate::domain::Error;
use crate::domain::queries::admin::distinct;
use crate::domain::queries::{Db, PageRequest, Sort};
use crate::store::entity::log::Model;
use crate::store::{agents, listed};

pub use crate::store::listed::logs::Which;

impl From<Model> for AdminLog {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            agent_id: row.agent_id,
            agent_name: None,
            agent_role: None,
            sub_task_id: row.sub_task_id,
            action: row.action.0.into(),
            summary: row.summary,
            session_id: row.session_id,
            created_at: row.created_at.0,
            acted_by: row.acted_by,
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
) -> Result<Page<AdminLog>, Error> {
    let mut page = listed::logs::list::<AdminLog>(db, which, sort, page).await?;
    let ids = distinct(page.items.iter().map(|row| row.agent_id.clone()).collect());
    for agent in agents::find_many(db, &ids).await? {
        for row in page.items.iter_mut().filter(|row| row.agent_id == agent.id) {
            row.agent_name = Some(agent.name.clone());
            row.agent_role = Some(agent.role.0.into());
        }
    }
    Ok(page)
}
