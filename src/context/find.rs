//! Finding what an id is the beginning of.

use moss_api::{ErrorCode, Exit, IdPrefix, SubTask, Task};

use super::Context;
use crate::client::resolve::{self, is_whole_id};
use crate::error::{Error, Result};
use crate::hints;

/// What an id is the beginning of.
#[derive(Debug)]
pub enum Found {
    /// A sub-task.
    SubTask(Box<SubTask>),
    /// A task.
    Task(Box<Task>),
}

impl Context {
    /// The sub-task or, failing that, the task.
    ///
    /// # Errors
    /// When neither is there, or several are.
    pub async fn find(&self, id: &IdPrefix) -> Result<Found> {
        match self.sub_task(id).await {
            Ok(sub_task) => Ok(Found::SubTask(Box::new(sub_task))),
            Err(error) if error.exit() == Exit::NotFound => match self.task(id).await {
                Ok(task) => Ok(Found::Task(Box::new(task))),
                Err(error) if error.exit() == Exit::NotFound => Err(Error::of(
                    ErrorCode::NotFound,
                    format!("no sub-task and no task begins with {}", id.as_str()),
                )
                .hint(hints::FIND_ANY)),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// The sub-task, with everything the server says of it.
    ///
    /// # Errors
    /// When it is not there, or several are.
    pub async fn sub_task(&self, id: &IdPrefix) -> Result<SubTask> {
        let id = self.sub_task_id(id).await?;
        let found = self.client.get(&format!("/api/sub-tasks/{id}"), &[]).await;
        found.map_err(|error| or_look(error, hints::FIND_SUB_TASK))
    }

    /// The task.
    ///
    /// # Errors
    /// When it is not there, or several are.
    pub async fn task(&self, id: &IdPrefix) -> Result<Task> {
        let id = self.task_id(id).await?;
        let found = self.client.get(&format!("/api/tasks/{id}"), &[]).await;
        found.map_err(|error| or_look(error, hints::FIND_TASK))
    }

    /// Makes sure that the task a list was narrowed to is there. Servers list nothing of one that is
    /// not, without a word.
    ///
    /// # Errors
    /// When it is not there, or several are.
    pub async fn ensure_task(&self, id: &IdPrefix) -> Result<()> {
        self.task(id).await.map(|_| ())
    }

    /// The same of a sub-task.
    ///
    /// # Errors
    /// As [`Self::ensure_task`].
    pub async fn ensure_sub_task(&self, id: &IdPrefix) -> Result<()> {
        self.sub_task(id).await.map(|_| ())
    }

    /// The same of a module; of this task, when one is named.
    ///
    /// # Errors
    /// As [`Self::ensure_task`].
    pub async fn ensure_module(&self, task: Option<&str>, module: &str) -> Result<()> {
        resolve::module_id(&self.client, task, module).await.map(|_| ())
    }

    /// The same of an agent.
    ///
    /// # Errors
    /// As [`Self::ensure_task`].
    pub async fn ensure_agent(&self, agent: &str) -> Result<()> {
        resolve::listed_agent(&self.client, agent).await.map(|_| ())
    }

    /// What to name a sub-task in a request.
    ///
    /// # Errors
    /// When a server that resolves no beginnings has no such sub-task, or several.
    pub async fn sub_task_id(&self, id: &IdPrefix) -> Result<String> {
        if id.is_whole() {
            return Ok(id.as_str().to_owned());
        }
        self.backend().await?.sub_task_id(id).await
    }

    /// What to name a task in a request.
    ///
    /// # Errors
    /// When a server that resolves no beginnings has no such task, or several.
    pub async fn task_id(&self, id: &IdPrefix) -> Result<String> {
        if id.is_whole() {
            return Ok(id.as_str().to_owned());
        }
        self.backend().await?.task_id(id).await
    }

    /// What to name a module in a request; of this task, when one is named.
    ///
    /// # Errors
    /// When a server that resolves no beginnings has no such module, or several.
    pub async fn module_id(&self, task: Option<&str>, module: &str) -> Result<String> {
        if is_whole_id(module) {
            return Ok(module.to_owned());
        }
        self.backend().await?.module_id(task, module).await
    }

    /// What to name a verdict in a request.
    ///
    /// # Errors
    /// When a server that resolves no beginnings has no such verdict, or several.
    pub async fn review_id(&self, id: &IdPrefix) -> Result<String> {
        if id.is_whole() {
            return Ok(id.as_str().to_owned());
        }
        self.backend().await?.review_id(id).await
    }

    /// What to name an agent in a request.
    ///
    /// # Errors
    /// When a server that knows agents by their ids alone has no such agent, or several.
    pub async fn agent_ref(&self, agent: &str) -> Result<String> {
        if is_whole_id(agent) {
            return Ok(agent.to_owned());
        }
        self.backend().await?.agent_ref(agent).await
    }
}

/// The error; one that something was not found says where to look, if it does not yet.
fn or_look(error: Error, look: &str) -> Error {
    let is_told = error.exit() != Exit::NotFound || error.advice().is_some();
    if is_told { error } else { error.hint(look) }
}
