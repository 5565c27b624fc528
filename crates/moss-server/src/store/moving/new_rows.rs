//! Filling a new database with rows that were made elsewhere.

use sea_orm::ActiveValue::NotSet;

use crate::config::Address;
use crate::store::Transaction;
use crate::store::entity::{
    agent, agent_key, attempt, event, log, module, request_log, review, reward, rule, sub_task,
    task, version,
};
use crate::store::insert::{all_set, insert_many};
use crate::store::moving::ends::Target;
use crate::store::moving::error::MoveError;
use crate::store::moving::tables;

/// What the history says of what was imported. What another server did not hold itself to is no fault
/// of such a sub-task: see `store/verify`.
pub const IMPORTED: &str = "import";

/// All rows of a new database.
#[derive(Clone, Debug, Default)]
pub struct NewRows {
    /// Agents.
    pub agents: Vec<agent::Model>,
    /// Their keys.
    pub keys: Vec<agent_key::Model>,
    /// Tasks.
    pub tasks: Vec<task::Model>,
    /// Modules.
    pub modules: Vec<module::Model>,
    /// Sub-tasks.
    pub sub_tasks: Vec<sub_task::Model>,
    /// Attempts at them.
    pub attempts: Vec<attempt::Model>,
    /// Verdicts.
    pub reviews: Vec<review::Model>,
    /// Lines of the ledger.
    pub rewards: Vec<reward::Model>,
    /// Entries of the activity log.
    pub logs: Vec<log::Model>,
    /// Rules.
    pub rules: Vec<rule::Model>,
    /// Versions of rules.
    pub versions: Vec<version::Model>,
    /// The history.
    pub events: Vec<event::Model>,
    /// Logged requests.
    pub requests: Vec<request_log::Model>,
}

/// Writes them into a database that nobody has used: all of them or none.
///
/// # Errors
/// See [`MoveError`]. The target is then as it was, or an empty database.
pub async fn fill_new(to: &Address, rows: NewRows) -> Result<(), MoveError> {
    let target = Box::pin(Target::open(to)).await?;
    let filled = Box::pin(fill(&target, rows)).await;
    target.close().await;
    filled
}

async fn fill(target: &Target, rows: NewRows) -> Result<(), MoveError> {
    target.must_be_at_rest().await?;
    let tx = target.begin().await?;
    match Box::pin(write(target, &tx, rows)).await {
        Ok(()) => tx.commit().await.map_err(MoveError::at_the_end(&target.address)),
        Err(error) => {
            let _ = tx.rollback().await;
            Err(error)
        }
    }
}

async fn write(target: &Target, tx: &Transaction, rows: NewRows) -> Result<(), MoveError> {
    target.clear(tx, &tables::all()).await?;
    let failed = MoveError::at(&target.address);
    macro_rules! insert {
        ($($entity:ident: $rows:ident),+ $(,)?) => {$(
            let made = rows.$rows.into_iter().map(all_set).collect();
            insert_many::<$entity::Entity, _>(tx, made).await.map_err(&failed)?;
        )+};
    }
    insert!(
        agent: agents,
        agent_key: keys,
        task: tasks,
        module: modules,
        sub_task: sub_tasks,
        attempt: attempts,
        review: reviews,
        reward: rewards,
        log: logs,
        rule: rules,
        version: versions,
    );
    // The database numbers these itself.
    let events =
        rows.events.into_iter().map(|row| event::ActiveModel { seq: NotSet, ..all_set(row) });
    insert_many::<event::Entity, _>(tx, events.collect()).await.map_err(&failed)?;
    let requests = rows
        .requests
        .into_iter()
        .map(|row| request_log::ActiveModel { seq: NotSet, ..all_set(row) });
    insert_many::<request_log::Entity, _>(tx, requests.collect()).await.map_err(&failed)
}
