//! Rules as the person in charge sees them, and as agents read them.

use moss_api::Rule;

use crate::domain::queries::{self, Db, Part, Sort};
use crate::domain::rules::Variables;
use crate::domain::{Error, Refusal, resolve};
use crate::store::rules;

/// All rules.
#[derive(Clone, Debug)]
pub struct RuleList {
    /// Of this scope, verbatim: an unknown word matches nothing.
    pub scope: Option<String>,
    /// For the task with this id, verbatim.
    pub task: Option<String>,
    /// By when they were made.
    pub sort: Sort,
    /// Rules left out before them.
    pub offset: u64,
}

impl RuleList {
    /// Reads them.
    pub async fn run(self, db: &Db) -> Result<Part<Rule>, Error> {
        let (scope, task) = (self.scope.as_deref(), self.task.as_deref());
        Ok(rules::list(db, scope, task, self.sort, self.offset).await?)
    }
}

/// The rule a text names.
///
/// # Errors
/// When there is none, or several.
pub async fn rule(db: &Db, text: &str) -> Result<Rule, Error> {
    let id = resolve::rule_id(db, text).await?;
    let row = rules::find(db, &id).await?;
    Ok(row.ok_or_else(|| Refusal::not_found("rule", text))?.into())
}

/// The text of the rules that apply: the global ones, those of a task and those of a sub-task, each
/// as the caller named it.
///
/// # Errors
/// When several things begin so.
pub async fn applying(
    db: &Db,
    task: Option<String>,
    sub_task: Option<String>,
    variables: &Variables,
) -> Result<String, Error> {
    let task = queries::task_id(db, task).await?;
    let sub_task = queries::sub_task_id(db, sub_task).await?;
    crate::domain::rules::applying(db, task.as_deref(), sub_task.as_deref(), variables).await
}
