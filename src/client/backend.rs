//! The backend: what moss-server and the original OpenMOSS do each in its own way.
//!
//! Everything else is the same on both, and asked of the [`Client`](super::Client). A command gets
//! its backend from the context, and never asks which one it is.

use async_trait::async_trait;
use moss_api::{
    Action, Attempt, Claimed, HistoryEvent, IdPrefix, Page, Plan, PlanOutcome, Role, SubTask,
    Submitted, WakePacket, WorkItem,
    requests::{ClaimNext, Submit},
    text::Summary,
};

use super::Query;
use super::identity::Identity;
use super::pages::Wanted;
use crate::error::{Error, Result};

/// A server that work is asked of. Every method fails when the server cannot be asked or refuses.
#[async_trait(?Send)]
pub trait Backend: std::fmt::Debug {
    /// What a person calls the server.
    fn describe(&self) -> &'static str;

    /// Whether the server knows of newer releases of `moss`.
    fn offers_updates(&self) -> bool;

    /// Refuses politely where there are no means to do this. `what` ends the sentence
    /// "this server cannot …".
    fn needs_moss_server(&self, what: &str) -> Result<()>;

    /// The wake-up packet.
    async fn wake(&self, query: Query<'_>) -> Result<WakePacket>;

    /// Whose key it is.
    async fn identity(&self) -> Result<Identity>;

    /// The SKILL.md that can be written as the server has it; none where `moss` knows it better.
    async fn skill(&self, role: Role) -> Result<Option<String>>;

    /// A sub-task's whole id, or what the server takes for it.
    async fn sub_task_id(&self, id: &IdPrefix) -> Result<String>;

    /// A task's whole id, or what the server takes for it.
    async fn task_id(&self, id: &IdPrefix) -> Result<String>;

    /// A module's whole id, or what the server takes for it; of this task, when one is named.
    async fn module_id(&self, task: Option<&str>, module: &str) -> Result<String>;

    /// A verdict's whole id, or what the server takes for it.
    async fn review_id(&self, id: &IdPrefix) -> Result<String>;

    /// An agent's whole id, or what the server takes for it: a name, an id, or its beginning.
    async fn agent_ref(&self, agent: &str) -> Result<String>;

    /// As much as is wanted of a list of sub-tasks that wait for somebody.
    async fn offered(&self, path: &str, query: Query<'_>, wanted: Wanted) -> Result<Page<SubTask>>;

    /// Refuses an action that only the holder may take, where the server does not.
    async fn check_holder(&self, id: &str, action: Action) -> Result<()>;

    /// Claims the best sub-task; none when nothing is offered.
    async fn claim_best(&self, body: &ClaimNext) -> Result<Option<Claimed>>;

    /// What it means that the claim of this sub-task was refused so.
    async fn claim_refused(&self, id: &str, error: Error) -> Result<Claimed>;

    /// What it means that this action was refused so.
    async fn explain(&self, id: &str, action: Action, error: Error) -> Error;

    /// Hands in a sub-task with what was said and the files.
    async fn submit(&self, id: &str, body: &Submit) -> Result<Submitted>;

    /// Keeps what came with a submission that the server took and overlooked.
    async fn keep_delivery(&self, sub_task: &SubTask, body: &Submit) -> Result<()>;

    /// Stops a sub-task, with the reason where its planner looks for it.
    async fn block(&self, id: &str, reason: Summary) -> Result<SubTask>;

    /// Makes or changes a whole task.
    async fn apply(&self, plan: &Plan) -> Result<PlanOutcome>;

    /// Every hold on a sub-task, first to last; none where none are kept.
    async fn attempts(&self, id: &str) -> Result<Vec<Attempt>>;

    /// Every event of a sub-task, first to last; none where none are kept.
    async fn events(&self, id: &str) -> Result<Vec<HistoryEvent>>;

    /// The sub-task with everything its executor needs to know, as the packet shows it.
    async fn work_item(&self, sub_task: &SubTask) -> Result<WorkItem>;
}
