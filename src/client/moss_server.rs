//! The backend `moss-server`: one request for each of these.

use std::rc::Rc;

use async_trait::async_trait;
use moss_api::{
    Action, Attempt, Claimed, Exit, HistoryEvent, IdPrefix, Page, Plan, PlanOutcome, Role, SubTask,
    Submitted, WakePacket, WorkItem,
    requests::{Block, ClaimNext, Submit},
    text::Summary,
};

use super::backend::Backend;
use super::identity::Identity;
use super::pages::{self, Wanted};
use super::{Client, Query, work_item};
use crate::error::{Error, Result};
use crate::hints;

/// More than any packet takes: this is about one item only.
const NO_BUDGET: &str = "1000000";

/// `moss-server`, which resolves the beginnings of ids itself.
#[derive(Debug)]
pub struct MossServer {
    client: Rc<Client>,
}

impl MossServer {
    /// Behind this client.
    pub fn new(client: Rc<Client>) -> Self {
        Self { client }
    }
}

#[async_trait(?Send)]
impl Backend for MossServer {
    fn describe(&self) -> &'static str {
        "moss-server"
    }

    fn offers_updates(&self) -> bool {
        true
    }

    fn needs_moss_server(&self, _what: &str) -> Result<()> {
        Ok(())
    }

    async fn wake(&self, query: Query<'_>) -> Result<WakePacket> {
        self.client.get("/api/wake", query).await
    }

    async fn identity(&self) -> Result<Identity> {
        self.client.get("/api/agents/me", &[]).await
    }

    async fn skill(&self, _role: Role) -> Result<Option<String>> {
        match self.client.get_text("/api/agents/me/skill").await {
            Err(error) if error.exit() == Exit::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    async fn sub_task_id(&self, id: &IdPrefix) -> Result<String> {
        Ok(id.as_str().to_owned())
    }

    async fn task_id(&self, id: &IdPrefix) -> Result<String> {
        Ok(id.as_str().to_owned())
    }

    async fn module_id(&self, _task: Option<&str>, module: &str) -> Result<String> {
        Ok(module.to_owned())
    }

    async fn review_id(&self, id: &IdPrefix) -> Result<String> {
        Ok(id.as_str().to_owned())
    }

    async fn agent_ref(&self, agent: &str) -> Result<String> {
        Ok(agent.to_owned())
    }

    async fn offered(&self, path: &str, query: Query<'_>, wanted: Wanted) -> Result<Page<SubTask>> {
        pages::fetch(&self.client, path, query, wanted).await
    }

    async fn check_holder(&self, _id: &str, _action: Action) -> Result<()> {
        Ok(())
    }

    async fn claim_best(&self, body: &ClaimNext) -> Result<Option<Claimed>> {
        self.client.post_for("/api/sub-tasks/claim-next", body).await
    }

    async fn claim_refused(&self, _id: &str, error: Error) -> Result<Claimed> {
        Err(error)
    }

    async fn explain(&self, _id: &str, _action: Action, error: Error) -> Error {
        error
    }

    async fn submit(&self, id: &str, body: &Submit) -> Result<Submitted> {
        self.client.post(&format!("/api/sub-tasks/{id}/submit"), body).await
    }

    async fn keep_delivery(&self, _sub_task: &SubTask, _body: &Submit) -> Result<()> {
        Ok(())
    }

    async fn block(&self, id: &str, reason: Summary) -> Result<SubTask> {
        self.client.post(&format!("/api/sub-tasks/{id}/block"), &Block { reason }).await
    }

    async fn apply(&self, plan: &Plan) -> Result<PlanOutcome> {
        let outcome = self.client.post("/api/plans", plan).await;
        outcome.map_err(|error| match error.exit() {
            // It is one transaction.
            Exit::NotAllowed | Exit::NotFound | Exit::Conflict | Exit::Refused => {
                error.adding(hints::NOTHING_CHANGED)
            }
            Exit::Unreachable => error.hint(hints::APPLY_AGAIN),
            Exit::Done | Exit::Fault | Exit::Usage | Exit::Nothing | Exit::Update => error,
        })
    }

    async fn attempts(&self, id: &str) -> Result<Vec<Attempt>> {
        self.client.get(&format!("/api/sub-tasks/{id}/attempts"), &[]).await
    }

    async fn events(&self, id: &str) -> Result<Vec<HistoryEvent>> {
        self.client.get(&format!("/api/sub-tasks/{id}/history"), &[]).await
    }

    async fn work_item(&self, sub_task: &SubTask) -> Result<WorkItem> {
        let query = [
            ("max_tokens", NO_BUDGET.to_owned()),
            ("rules", "none".to_owned()),
            ("first", sub_task.id.clone()),
        ];
        let items = self.wake(&query).await?.items;
        let found = items.into_iter().find(|item| item.id == sub_task.id);
        Ok(found.unwrap_or_else(|| work_item::plain(sub_task)))
    }
}
