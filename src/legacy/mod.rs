//! The backend of the original OpenMOSS: the same work by means of part A of the wire alone.
//!
//! It has no wake-up packet, no plans, no leases, no idempotency and resolves no id prefixes. What
//! can be composed from its routes is composed here; what cannot is refused.

mod claim;
mod identity;
mod offered;
mod patrol;
mod plan;
mod refusal;
mod submit;
mod wake;

use std::rc::Rc;

use async_trait::async_trait;
use moss_api::{
    Action, Attempt, Claimed, Exit, Health, HistoryEvent, IdPrefix, Log, LogAction, Page, Plan,
    PlanOutcome, Review, Role, SubTask, Submitted, Task, WakePacket, WorkItem,
    requests::{ClaimNext, CreateLog, Hold, Submit},
    short_id,
    text::{Summary, Token},
};

use crate::client::backend::Backend;
use crate::client::identity::Identity;
use crate::client::pages::Wanted;
use crate::client::{Client, Query, resolve, work_item};
use crate::error::{Error, Result};
use crate::hints;
use crate::render::sanitize::quoted;

/// The original, as it last said of itself.
#[derive(Debug)]
pub struct Original {
    client: Rc<Client>,
    health: Health,
    /// The caller's role as the profile has it, for when the server does not tell.
    role: Option<Role>,
}

impl Original {
    /// Behind this client.
    pub fn new(client: Rc<Client>, health: Health, role: Option<Role>) -> Self {
        Self { client, health, role }
    }
}

/// Refuses what the original has no means for.
fn cannot(what: &str) -> Error {
    let message = format!("this server is the original OpenMOSS and cannot {what}");
    Error::new(Exit::Conflict, "original_server", message).hint(hints::NEEDS_MOSS_SERVER)
}

/// The first of two writes stands, the second has failed.
fn half_done(done: &str, sub_task: &SubTask, not_done: &str, error: &Error) -> Error {
    let called = format!("{} {}", short_id(&sub_task.id), quoted(&sub_task.name));
    Error::new(error.exit(), "half_done", format!("{done} {called}, but {not_done}: {error}"))
}

#[async_trait(?Send)]
impl Backend for Original {
    fn describe(&self) -> &'static str {
        "original OpenMOSS"
    }

    fn offers_updates(&self) -> bool {
        false
    }

    fn needs_moss_server(&self, what: &str) -> Result<()> {
        Err(cannot(what))
    }

    async fn wake(&self, _query: Query<'_>) -> Result<WakePacket> {
        wake::compose(&self.client, &self.health, self.role).await
    }

    async fn identity(&self) -> Result<Identity> {
        identity::ask(&self.client).await
    }

    /// It pastes the key into its text.
    async fn skill(&self, _role: Role) -> Result<Option<String>> {
        Ok(None)
    }

    async fn sub_task_id(&self, id: &IdPrefix) -> Result<String> {
        resolve::by_listing::<SubTask>(&self.client, "/api/sub-tasks", id).await
    }

    async fn task_id(&self, id: &IdPrefix) -> Result<String> {
        resolve::by_listing::<Task>(&self.client, "/api/tasks", id).await
    }

    async fn module_id(&self, task: Option<&str>, module: &str) -> Result<String> {
        resolve::module_id(&self.client, task, module).await
    }

    async fn review_id(&self, id: &IdPrefix) -> Result<String> {
        resolve::by_listing::<Review>(&self.client, "/api/review-records", id).await
    }

    async fn agent_ref(&self, agent: &str) -> Result<String> {
        resolve::agent_id(&self.client, agent).await
    }

    async fn offered(&self, path: &str, query: Query<'_>, wanted: Wanted) -> Result<Page<SubTask>> {
        offered::list(&self.client, path, query, wanted).await
    }

    async fn check_holder(&self, id: &str, action: Action) -> Result<()> {
        refusal::held_by_caller(&self.client, id, action).await.map(|_| ())
    }

    async fn claim_best(&self, body: &ClaimNext) -> Result<Option<Claimed>> {
        let session_id = body.session_id.clone().map(Token::into_inner);
        claim::next(&self.client, &Hold { session_id }).await
    }

    async fn claim_refused(&self, id: &str, error: Error) -> Result<Claimed> {
        claim::settle(&self.client, id, error).await
    }

    async fn explain(&self, id: &str, action: Action, error: Error) -> Error {
        refusal::explain(&self.client, id, action, error).await
    }

    async fn submit(&self, id: &str, body: &Submit) -> Result<Submitted> {
        let sub_task = submit::hand_in(&self.client, id, body).await?;
        Ok(Submitted { sub_task, late: None })
    }

    async fn keep_delivery(&self, sub_task: &SubTask, body: &Submit) -> Result<()> {
        submit::keep(&self.client, sub_task, submit::log_of(&sub_task.id, body)?).await
    }

    /// It keeps no reason of its own; the log is where a planner there looks for one.
    async fn block(&self, id: &str, reason: Summary) -> Result<SubTask> {
        let path = format!("/api/sub-tasks/{id}/{}", Action::Block);
        let sub_task: SubTask = match self.client.post_empty(&path).await {
            Err(error) => return Err(self.explain(id, Action::Block, error).await),
            Ok(sub_task) => sub_task,
        };
        let log = CreateLog {
            action: LogAction::Patrol.into(),
            summary: reason,
            sub_task_id: Some(id.to_owned()),
            session_id: None,
        };
        match self.client.post::<Log>("/api/logs", &log).await {
            Ok(_) => Ok(sub_task),
            Err(error) => Err(half_done("blocked", &sub_task, "the reason was not kept", &error)
                .hint(hints::log_reason(short_id(&sub_task.id)))),
        }
    }

    async fn apply(&self, plan: &Plan) -> Result<PlanOutcome> {
        plan::apply(&self.client, plan).await
    }

    async fn attempts(&self, _id: &str) -> Result<Vec<Attempt>> {
        Ok(Vec::new())
    }

    async fn events(&self, _id: &str) -> Result<Vec<HistoryEvent>> {
        Ok(Vec::new())
    }

    async fn work_item(&self, sub_task: &SubTask) -> Result<WorkItem> {
        Ok(work_item::plain(sub_task))
    }
}
